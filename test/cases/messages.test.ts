import { describe, expect, test } from '@jest/globals';
import { listAllSecrets } from '../../src/app/collect-failure.js';
import { toRunReport } from '../../src/app/build/run-report.js';
import { checkFuse, checkTun } from '../../src/app/doctor/checks/devices.js';
import { checkSpace } from '../../src/app/doctor/checks/disk-space.js';
import { checkCpu, checkKernel, checkKvm } from '../../src/app/doctor/checks/kvm.js';
import { checkMachine } from '../../src/app/doctor/checks/machine.js';
import { checkDriver, checkProgram, listPrograms } from '../../src/app/doctor/checks/programs.js';
import { formatFinding, type Finding } from '../../src/app/doctor/finding.js';
import { rootOwned } from '../../src/image/plan.js';
import { resolveEdits } from '../../src/image/resolve-edits.js';
import type { BuildInputs } from '../../src/inputs/build-inputs.js';
import type { Processes } from '../../src/platform/process/processes.js';
import { createRedactor } from '../../src/platform/secrets/redact.js';
import { renderSummary } from '../../src/report/render-summary.js';
import { tryDiagnose } from '../../src/smoke/check-guest.js';
import { emptyProbe } from '../../src/smoke/probe-state.js';
import type { UnitStatus } from '../../src/smoke/guest-facts.js';
import type { VersionFacts } from '../../src/store/documents/version-facts.js';
import { openFakeFiles } from '../fixtures/fake-filesystem.js';
import type { Tree } from '../fixtures/small-image.js';

/** A machine without programs, for a plain user. */
const bare = {
  processes: {
    tryFind: async () => Promise.resolve(undefined),
    run: async () => Promise.reject(new Error('no')),
  } as unknown as Processes,
};

async function listFindings(): Promise<readonly Finding[]> {
  const drivers = await Promise.all(
    (['inject', 'mount', 'libguestfs', 'auto'] as const).map(async (requested) =>
      checkDriver({ requested, programs: true }, bare),
    ),
  );
  return [
    ...drivers.flatMap(({ findings }) => findings),
    ...listPrograms({
      builder: 'nx',
      base: 'bootstrap',
      isRoot: false,
      driver: 'mount',
      smoke: true,
      bridge: true,
    }).flatMap((program) => [
      checkProgram(program, { path: undefined }),
      checkProgram(program, { path: `/usr/bin/${program.program}` }),
      checkProgram(program, { path: `/usr/bin/${program.program}`, output: 'version 0.1' }),
    ]),
    checkMachine('linux', 'arm64'),
    checkKernel('4.4.0', { min: '5.0', for: 'Cloud Hypervisor', severity: 'broken' }),
    checkCpu('', 'broken'),
    ...(['missing', 'denied'] as const).flatMap((device) => [
      checkFuse(device),
      checkTun(device, 'broken'),
      checkKvm(device, undefined, 'broken'),
    ]),
    checkKvm('ok', { works: false, reason: 'the kernel printed nothing.' }, 'broken'),
    checkSpace('work directory', '/w', { problem: 'EACCES' }, []),
    checkSpace('work directory', '/w', { free: 0 }, [{ what: 'the image', bytes: 1024 ** 3 }]),
  ];
}

test('row 50: each finding of the doctor is a sentence in its filled form', async () => {
  for (const finding of await listFindings()) {
    const line = formatFinding(finding);
    expect(line).not.toMatch(/undefined|NaN|\[object|\$\{|\b([a-z]{3,}) (?:the |a )?\1\b| {2}|: :|:$/);
    // The name appears once.
    expect(finding.text.startsWith(finding.name) || finding.text.startsWith(`the ${finding.name} `)).toBe(false);
  }
  const { findings } = await checkDriver({ requested: 'libguestfs', programs: true }, bare);
  expect(findings.map(formatFinding)).toEqual(['driver: libguestfs needs guestfish']);
});

describe('row 49: a directory on the way to a file', () => {
  const write = {
    kind: 'write',
    path: '/usr/local/bin/tool',
    content: { text: 'x' },
    attributes: rootOwned(0o755),
  } as const;
  test.each<readonly [what: string, tree: Tree, message: string, fix: string]>([
    [
      'a dangling link',
      { 'usr/local/bin': { link: '/opt/nowhere' } },
      '/usr/local/bin in the image is a link to "/opt/nowhere", which does not exist',
      'create "/opt/nowhere" in the base, or remove the link',
    ],
    [
      'a dangling link, relative',
      { 'usr/local/bin': { link: '../gone' } },
      '/usr/local/bin in the image is a link to "../gone", which does not exist',
      'create "../gone" in the base, or remove the link',
    ],
    [
      'a file',
      { 'usr/local/bin': 'x' },
      '/usr/local/bin in the image is not a directory',
      'choose a different destination, or remove it from the base',
    ],
  ])('is %s', async (_, tree, message, fix) => {
    await expect(resolveEdits([write], openFakeFiles(tree))).rejects.toMatchObject({ message, fix });
  });
});

describe('row 51: a dry run', () => {
  test.each([
    [null, 'built', '### ✅ Built ubuntu-base; nothing published'],
    [{}, 'proven', '### ✅ Built and booted ubuntu-base; nothing published'],
  ] as const)('with the smoke report %j is %s', (smoke, outcome, title) => {
    const report = toRunReport(
      { kind: 'proven', facts: { smoke } as VersionFacts, saved: undefined },
      'ubuntu-base',
      [],
    );
    expect(report.outcome).toBe(outcome);
    const { facts, ...plain } = report;
    expect(facts).toBeDefined();
    expect(renderSummary(plain)).toMatch(new RegExp(`^${title} \\(dry run\\)\n`));
  });
});

describe('row 31: a daemon that crashes again and again', () => {
  const running: UnitStatus = {
    loadState: 'loaded',
    unitFileState: 'enabled',
    activeState: 'active',
    subState: 'running',
    result: 'success',
    execMainCode: 0,
    execMainStatus: 0,
    restarts: 4,
    listeners: [],
    journal: [],
  };
  const crashed: UnitStatus = {
    ...running,
    activeState: 'activating',
    subState: 'auto-restart',
    result: 'exit-code',
    execMainCode: 1,
    execMainStatus: 3,
    restarts: 2,
  };
  const exited = 'daytona-daemon.service: Main process exited, code=exited, status=3/NOTIMPLEMENTED';
  const killed = 'daytona-daemon.service: Main process exited, code=killed, status=11/SEGV';
  test.each<readonly [what: string, statuses: readonly UnitStatus[], says: string]>([
    [
      "seen while it runs, with systemd's line",
      [{ ...running, journal: ['panic', exited, 'Scheduled restart job'] }],
      'last process exited with code 3',
    ],
    ['by a signal', [{ ...running, journal: [exited, killed] }], 'last process killed by signal 11'],
    ['seen before', [crashed, running], 'last process exited with code 3'],
    ['seen now', [{ ...crashed, restarts: 4, journal: [killed] }], 'last process exited with code 3'],
    ['not seen', [running], 'exit status of its last process unknown'],
  ])('%s', (_, statuses, says) => {
    const failure = tryDiagnose({
      name: 'smoke-1',
      unit: 'daytona-daemon.service',
      port: 2280,
      version: undefined,
      now: 60_000,
      probe: { ...emptyProbe, statuses },
      health: { latest: { startedAt: 0, at: 0, attempt: { kind: 'silent', reason: 'ECONNREFUSED' } } },
    });
    expect(failure?.message).toBe(`smoke-1: daytona-daemon.service keeps crashing: 4 restarts, ${says}`);
  });
});

describe('row 32: values of daemon-env are masked if they are secret', () => {
  const secretsOf = (line: string): readonly string[] =>
    listAllSecrets({ daemon: { environment: [line] } as unknown as BuildInputs['daemon'] }, { secrets: [] });
  test.each([
    ['LICENSE=/etc/acme.lic', []],
    ['MODE=production', []],
    ['REGION=eu-central-1', []],
    ['URL=https://example.org:8443/api/v1', []],
    ['DAYTONA_SANDBOX_ID=%H', []],
    ['PATH=/usr/local/sbin:/usr/local/bin', []],
    ['ID=8c5f6b0a-7a5e-4a1e-9d7f-0d6f9a1c2b3d', []],
    ['API_TOKEN=short-one', ['short-one']],
    ['DB_PASSWORD=a b c', ['a b c']],
    ['apiKey=abcdef', ['abcdef']],
    ['DB=postgres://me:hunter2@db/app', ['me:hunter2']],
    ['X=q7VbR2mZ8xKp4LtN9wYc', ['q7VbR2mZ8xKp4LtN9wYc']],
    [`HASH=${'0123456789abcdef'.repeat(2)}`, ['0123456789abcdef'.repeat(2)]],
  ] as const)('%s', (line, secrets) => {
    expect(secretsOf(line)).toEqual(secrets);
  });

  test('a path stays in the report', () => {
    const { text } = createRedactor(secretsOf('LICENSE=/etc/acme.lic'));
    expect(text('open /etc/acme.lic: no such file')).toBe('open /etc/acme.lic: no such file');
  });
});
