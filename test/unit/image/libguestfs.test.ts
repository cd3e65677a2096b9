import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { applianceFailure } from '../../../src/image/libguestfs/appliance-failure.js';
import { formatSession, quoteArgument } from '../../../src/image/libguestfs/guestfish.js';
import { splitForSession } from '../../../src/image/libguestfs/libguestfs-driver.js';
import { planMeasure, planSession, parseSpaceNeed } from '../../../src/image/libguestfs/plan-script.js';
import { hygieneEdits } from '../../../src/image/hygiene.js';
import { rootOwned, type Edit } from '../../../src/image/plan.js';
import type { Guest } from '../../../src/disk/open-guest.js';

const install: Edit = { kind: 'install', packages: ['curl', 'g++'] };
const write = {
  kind: 'write',
  path: "/etc/it's $(id)",
  content: { text: 'x' },
  attributes: { mode: 0o4755, uid: 7, gid: 8 },
} as const;
const run: Edit = { kind: 'run', name: 'set-up.sh', script: { file: '/home/me/set-up.sh', sha256: 'a'.repeat(64) } };

describe('a word of guestfish', () => {
  test.each([
    ['mount-options', 'mount-options'],
    ['/dev/sda1', '"/dev/sda1"'],
    ['!id', '"\\x21id"'],
    ['a | id', '"a \\x7c id"'],
    ['<x"\\\n$`\'>', '"\\x3cx\\x22\\x5c\\x0a\\x24\\x60\\x27\\x3e"'],
    ['ü', '"\\xc3\\xbc"'],
    ['', '""'],
  ])('%j', (word, expected) => expect(quoteArgument(word)).toBe(expected));
  test('has no NUL', () => expect(() => quoteArgument('a\0b')).toThrow('NUL'));
});

test('a session mounts what the guest mounts, and leaves nothing of ours', () => {
  const part = (number: number, path: string): unknown => ({ partition: { number }, mount: { path } });
  const guest = { root: part(1, '/'), boot: part(16, '/boot') } as unknown as Guest;
  expect(
    formatSession({
      guest,
      uploads: [{ from: '/tmp/a,b', to: '/var/tmp/x/a' }],
      directory: '/var/tmp/x',
      command: 'sh /var/tmp/x/plan',
    }),
  ).toBe(
    [
      'run',
      'echo "ch-golden: launched"',
      'mount-options "noatime,errors=remount-ro" "/dev/sda1" "/"',
      'mount-options "noatime,errors=remount-ro" "/dev/sda16" "/boot"',
      'mkdir-p "/var/tmp/x"',
      'chmod "0700" "/var/tmp/x"',
      'upload "/tmp/a,b" "/var/tmp/x/a"',
      'sh "sh /var/tmp/x/plan"',
      'rm-rf "/var/tmp/x"',
      'umount-all',
      'shutdown',
      '',
    ].join('\n'),
  );
});

describe('the session', () => {
  test('lasts from the first program to the last', () => {
    expect(splitForSession([write, install, write, run, ...hygieneEdits])).toEqual({
      before: [write],
      session: [install, write, run],
      after: hygieneEdits,
    });
    expect(splitForSession([write])).toEqual({ before: [write], session: [], after: [] });
  });
  test('has no other edits of files', () => {
    expect(() => splitForSession([install, { kind: 'remove', pattern: '/x' }, run])).toThrow(
      'the driver libguestfs cannot remove /x between programs',
    );
  });
});

describe('the script', () => {
  const { script, files } = planSession([install, write, run], undefined);
  test('is one that a shell reads, whatever names have in them', () => {
    execFileSync('sh', ['-n'], { input: script });
    expect(script).toContain("'install' '--' 'curl' 'g++'");
    expect(script).toContain(`cp -- /var/tmp/ch-golden/content-1 '/etc/it'\\''s $(id)'`);
    expect(script).toContain("chown 7:8 -- '/etc/it'\\''s $(id)'\nchmod 4755 -- ");
  });
  test('comes with what it needs', () => {
    expect(files).toEqual({
      'security-preferences': expect.anything(),
      'content-1': { text: 'x' },
      'content-2': { file: '/home/me/set-up.sh', sha256: 'a'.repeat(64) },
    });
  });
  test('takes away a file that is in the way, and no directory', () => {
    expect(planSession([{ ...write, path: '/x' }], undefined).script).toContain(
      "if [ -d '/x' ] && [ ! -L '/x' ]; then exit 92; fi\nrm -f -- '/x'\n",
    );
  });
  test('of a security upgrade stops without a security archive', () => {
    expect(planSession([{ kind: 'upgrade', scope: 'security' }], undefined).script).toMatch(
      /grep -Eq '.*' \|\| exit 91\n/,
    );
    expect(planSession([{ kind: 'upgrade', scope: 'all' }], undefined).script).not.toContain('exit 91');
  });
  test('of a snapshot keeps its lists', () => {
    const pinned = planSession([{ ...install, snapshot: '20260501T000000Z' }], {
      snapshot: '20260501T000000Z',
      sources: 'Types: deb\n',
    });
    expect(pinned.script).toContain("export APT_CONFIG='/var/tmp/ch-golden/apt.conf'\n");
    expect(pinned.script).toMatch(/grep -F '\/20260501T000000Z\/'.* >\/var\/tmp\/ch-golden\/index\n/);
    expect(pinned.files['pinned.sources']).toEqual({ text: 'Types: deb\n' });
  });
});

describe('what packages need', () => {
  test('is asked of apt, which changes nothing', () => {
    const { script, files } = planMeasure(
      [
        { kind: 'install', packages: ['curl'] },
        { kind: 'upgrade', scope: 'security' },
      ],
      undefined,
    );
    execFileSync('sh', ['-n'], { input: script });
    expect(script.match(/'apt-get' '--print-uris'.* \|\| true\n/g)).toHaveLength(2);
    expect(Object.keys(files)).toEqual(['security-preferences']);
  });
  test('is the sum of its answers', () => {
    const answer = (megabytes: number): readonly string[] => [
      'Need to get 1 MB of archives.',
      `After this operation, ${megabytes} MB of additional disk space will be used.`,
    ];
    const lines = [
      'Reading package lists...',
      'ch-golden: free 100 4096',
      'ch-golden: edit 0',
      ...answer(5),
      'ch-golden: edit 1',
      'E: Unable to locate package x',
      'ch-golden: edit 2',
      ...answer(7),
      'ch-golden: exit 0',
    ];
    expect(parseSpaceNeed(lines)).toEqual({ needed: 14_000_000, free: 409_600 });
    expect(parseSpaceNeed(['E: Could not connect', 'ch-golden: exit 100'])).toEqual({ needed: 0, free: 0 });
  });
});

test.each([
  ['supermin: /boot/vmlinuz-6.8.0-45-generic: open: Permission denied', /no kernel that this user may read/],
  ['supermin: failed to find a suitable kernel (host_cpu=x86_64).', /no kernel that this user may read/],
  ["qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory", /too little memory/],
  ['libguestfs: error: write: No space left on device', /the disk is full/],
  ['something else', /the libguestfs appliance did not start/],
])('an appliance that does not start: %s', (line, message) => {
  const failure = applianceFailure([line]);
  expect(failure.message).toMatch(message);
  expect(failure.fix).not.toMatch(/chmod/);
});

test('attributes of root are written as they are', () => {
  expect(planSession([run, { ...write, path: '/x', attributes: rootOwned(0o644) }, run], undefined).script).toContain(
    "chown 0:0 -- '/x'\nchmod 0644 -- '/x'\n",
  );
});
