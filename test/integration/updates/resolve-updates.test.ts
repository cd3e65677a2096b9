import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { childEnvironment } from '../../../src/platform/process/environment.js';
import { CancelledError, Failure, ToolError } from '../../../src/platform/errors.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { createProcesses, type Processes } from '../../../src/platform/process/processes.js';
import { readAptState, type AptState } from '../../../src/apt/apt-state.js';
import { digestUpdates, formatUpdates } from '../../../src/updates/format-updates.js';
import {
  resolveUpdates,
  tryResolveUpdates,
  type Updates,
  type UpdatesRequest,
} from '../../../src/updates/resolve-updates.js';
import { serveArchive, type TestArchive, type TestPackage } from '../../fixtures/apt-repository.js';
import { compileSources } from '../../fixtures/compile-sources.js';
import { openFakeFiles } from '../../fixtures/fake-filesystem.js';
import { startTestServer, type TestServer } from '../../fixtures/http-server.js';
import { giveToPlainUser, startAsPlainUser } from '../../fixtures/plain-user.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeSigningKey, type SigningKey } from '../../fixtures/signing-key.js';
import { makeTestDirectory, type Tree } from '../../fixtures/small-image.js';

const processes = createTestProcesses();
const old: readonly TestPackage[] = [
  { name: 'openssl', version: '3.0.15-1' },
  { name: 'curl', version: '8.1-1' },
];
const newSecurity: readonly TestPackage[] = [{ name: 'openssl', version: '3.0.16-1', depends: 'libnew1' }];
/** apt treats equal versions as different packages if their dependencies differ. */
const dependencies: Readonly<Record<string, string>> = { 'openssl 3.0.16-1': 'libnew1' };
const newOrdinary: readonly TestPackage[] = [
  ...old,
  { name: 'curl', version: '8.2-1' },
  { name: 'libnew1', version: '1.0-1' },
];

let server: TestServer;
let key: SigningKey;
let keyring: Buffer;
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
/** Of one test: its archives and directories are below it. */
let place: string;
let tests = 0;

beforeAll(async () => {
  server = await startTestServer();
  key = await makeSigningKey(processes);
  keyring = await readFile(key.keyring);
  directory = await makeTestDirectory('updates');
  await chmod(directory.path, 0o755);
});
beforeEach(() => void (place = `t${String(tests++)}`));
afterAll(async () => {
  await server.close();
  await key.remove();
  await directory.remove();
});

async function serveMain(
  packages: readonly TestPackage[],
  more: Partial<TestArchive> = {},
  damage = '',
): Promise<void> {
  await serveArchive(
    { path: `/${place}/debian`, suite: 'stable', codename: 'bookworm', label: 'Debian', packages, ...more },
    { server, key, processes },
    damage,
  );
}

async function serveSecurity(packages: readonly TestPackage[]): Promise<void> {
  await serveArchive(
    {
      path: `/${place}/security`,
      suite: 'stable-security',
      codename: 'bookworm-security',
      label: 'Debian-Security',
      packages,
    },
    { server, key, processes },
  );
}

const bothSources = (signedBy = '/usr/share/keyrings/test.gpg'): string => {
  const stanza = (archive: string, suite: string): string =>
    `Types: deb\nURIs: ${server.url}/${place}/${archive}\nSuites: ${suite}\nComponents: main\nSigned-By: ${signedBy}\n`;
  return [stanza('debian', 'bookworm'), stanza('security', 'bookworm-security')].join('\n');
};

/** The state of an image that has these packages; names after `hold:` are held. */
async function takeState(installed: Readonly<Record<string, string>>, tree: Tree = {}): Promise<AptState> {
  const status = Object.entries({ dpkg: '1.21', ...installed })
    .map(([name, version]) =>
      [
        `Package: ${name.replace('hold:', '')}`,
        `Status: ${name.startsWith('hold:') ? 'hold' : 'install'} ok installed`,
        'Maintainer: Test <test@example.org>',
        'Architecture: amd64',
        `Version: ${version}`,
        ...(dependencies[`${name} ${version}`] === undefined
          ? []
          : [`Depends: ${dependencies[`${name} ${version}`]!}`]),
        'Description: a package of a test',
        '',
      ].join('\n'),
    )
    .join('\n');
  const state = await readAptState(
    openFakeFiles({
      '/var/lib/dpkg/status': status,
      '/usr/share/keyrings/test.gpg': keyring,
      '/etc/apt/sources.list.d/test.sources': bothSources(),
      ...tree,
    }),
  );
  return state!;
}

const request = async (
  installed: Readonly<Record<string, string>>,
  more: Partial<UpdatesRequest> = {},
  tree: Tree = {},
): Promise<UpdatesRequest> => ({
  state: await takeState(installed, tree),
  upgrade: 'all',
  packages: [],
  // The archives of these tests are on this machine.
  allowLocalSources: true,
  directory: join(directory.path, place, 'work'),
  cache: join(directory.path, place, 'cache'),
  ...more,
});

async function resolve(
  installed: Readonly<Record<string, string>>,
  more: Partial<UpdatesRequest> = {},
  tree: Tree = {},
): Promise<Updates> {
  return resolveUpdates(await request(installed, more, tree), { processes, log: silentLog });
}

/** The message of the failure, as a user sees it. */
async function fail(
  installed: Readonly<Record<string, string>>,
  more: Partial<UpdatesRequest> = {},
  tree: Tree = {},
): Promise<string> {
  const answer = await tryResolveUpdates(await request(installed, more, tree), { processes, log: silentLog });
  if (answer.kind !== 'unknown') throw new Error(`${answer.kind}: ${formatUpdates(answer.updates)}`);
  expect(answer.reason.message).not.toContain('\n');
  expect(await readdir(join(directory.path, place, 'work'))).toEqual([]);
  return answer.reason.message;
}

const installed = { openssl: '3.0.15-1', curl: '8.1-1' };

describe('row 43: a source on this machine', () => {
  test.each<readonly [host: string, expected: RegExp]>([
    [
      '127.0.0.1',
      /^a package source of the image is rejected: 127\.0\.0\.1:\d+ is at 127\.0\.0\.1, a loopback address$/,
    ],
    ['localhost', /rejected: localhost:\d+ is at \S+, a loopback address$/],
    ['[::ffff:127.0.0.1]', /rejected: \[::ffff:7f00:1\]:\d+ is at ::ffff:7f00:1, a loopback address$/],
  ])('%s is rejected unless allowed', async (host, expected) => {
    await serveMain(old);
    await serveSecurity(old);
    const { port } = new URL(server.url);
    const sources = bothSources().replaceAll(server.url, `http://${host}:${port}`);
    const seen = server.seen.length;
    expect(
      await fail(installed, { allowLocalSources: false }, { '/etc/apt/sources.list.d/test.sources': sources }),
    ).toMatch(expected);
    expect(server.seen).toHaveLength(seen);
  });
});

describe('a package gets a newer version between runs', () => {
  test('nothing, then due, then nothing', async () => {
    await serveMain(old);
    await serveSecurity([]);
    const before = await resolve(installed);
    expect(formatUpdates(before)).toBe('nothing to do: 0 of 3 packages have updates');

    await serveMain(newOrdinary);
    await serveSecurity(newSecurity);
    const due = await resolve(installed);
    expect(due.updates).toEqual([
      { name: 'curl', architecture: 'amd64', from: '8.1-1', to: '8.2-1', security: false, archive: 'Debian:stable' },
      { name: 'libnew1', architecture: 'amd64', to: '1.0-1', security: false, archive: 'Debian:stable' },
      {
        name: 'openssl',
        architecture: 'amd64',
        from: '3.0.15-1',
        to: '3.0.16-1',
        security: true,
        archive: 'Debian-Security:stable-security',
      },
    ]);
    expect(formatUpdates(due)).toBe(
      'rebuild: openssl 3.0.15-1 → 3.0.16-1 (security), curl 8.1-1 → 8.2-1, libnew1 1.0-1 (new)',
    );
    expect(digestUpdates(due)).not.toBe(digestUpdates(before));

    const after = await resolve({ openssl: '3.0.16-1', curl: '8.2-1', libnew1: '1.0-1' });
    expect(formatUpdates(after)).toBe('nothing to do: 0 of 4 packages have updates');
    expect(await readdir(join(directory.path, place, 'work'))).toEqual([]);
  });

  test('from security archives only, with their dependencies from other archives', async () => {
    await serveMain([...newOrdinary, { name: 'libnew1', version: '1.0-1' }]);
    await serveSecurity([]);
    expect(formatUpdates(await resolve(installed, { upgrade: 'security' }))).toBe(
      'nothing to do: 0 of 3 packages have security updates',
    );

    await serveSecurity(newSecurity);
    const due = await resolve(installed, { upgrade: 'security' });
    expect(due.updates.map(({ name, to, security }) => [name, to, security])).toEqual([
      ['libnew1', '1.0-1', false],
      ['openssl', '3.0.16-1', true],
    ]);
    expect(
      formatUpdates(await resolve({ ...installed, openssl: '3.0.16-1', libnew1: '1.0-1' }, { upgrade: 'security' })),
    ).toMatch(/^nothing to do: 0 of 4/);
  });

  test('a regular version newer than a security update counts as one', async () => {
    await serveMain([{ name: 'openssl', version: '3.0.17-1' }]);
    await serveSecurity([{ name: 'openssl', version: '3.0.16-1' }]);
    expect(formatUpdates(await resolve(installed))).toBe('rebuild: openssl 3.0.15-1 → 3.0.17-1 (security)');
    expect(formatUpdates(await resolve(installed, { upgrade: 'security' }))).toBe(
      'rebuild: openssl 3.0.15-1 → 3.0.16-1 (security)',
    );
  });

  test('held and pinned packages have no updates', async () => {
    await serveMain(newOrdinary);
    await serveSecurity(newSecurity);
    const pins = { '/etc/apt/preferences.d/keep': 'Package: curl\nPin: version 8.1-1\nPin-Priority: 1001\n' };
    expect(formatUpdates(await resolve({ 'hold:openssl': '3.0.15-1', curl: '8.1-1' }, {}, pins))).toBe(
      'nothing to do: 0 of 3 packages have updates',
    );
  });

  test('a requested package that is not installed is due', async () => {
    await serveMain([...old, { name: 'jq', version: '1.6-1' }]);
    await serveSecurity([]);
    for (const upgrade of ['all', 'security'] as const)
      expect(formatUpdates(await resolve(installed, { upgrade, packages: ['jq', 'curl'] }))).toBe(
        'rebuild: jq 1.6-1 (new)',
      );
    expect(formatUpdates(await resolve({ ...installed, jq: '1.6-1' }, { packages: ['jq'] }))).toMatch(/^nothing to do/);
  });
});

describe('cached package lists', () => {
  const fetchedLists = (): number =>
    server.seen.filter(({ path }) => path.startsWith(`/${place}/`) && path.endsWith('/Packages')).length;

  test('are not fetched again while nothing changes', async () => {
    await serveMain(old);
    await serveSecurity([]);
    await resolve(installed);
    const first = fetchedLists();
    expect(first).toBeGreaterThan(0);
    await resolve(installed);
    expect(fetchedLists()).toBe(first);
    await serveMain(newOrdinary);
    expect((await resolve(installed)).updates).toHaveLength(1);
  });

  test('serve two runs at once that have different sources', async () => {
    await serveMain(newOrdinary);
    await serveSecurity(newSecurity);
    const tree = { '/etc/apt/sources.list.d/test.sources': bothSources().split('\n\n')[0]! };
    const [both, one] = await Promise.all([resolve(installed), resolve(installed, {}, tree)]);
    expect(both.updates.map(({ name }) => name)).toEqual(['curl', 'libnew1', 'openssl']);
    expect(one.updates.map(({ name }) => name)).toEqual(['curl']);
  });

  test('are fetched again if another run locks them for too long', async () => {
    await serveMain(newOrdinary);
    await serveSecurity([]);
    const run: Processes['run'] = async (command) => {
      if (command.argv[0] === 'flock') throw new ToolError('flock failed with exit code 1', command.argv, 1);
      return processes.run(command);
    };
    expect(
      (await resolveUpdates(await request(installed), { processes: { ...processes, run }, log: silentLog })).updates,
    ).toHaveLength(1);
    expect(await readdir(join(directory.path, place, 'cache'))).toEqual(['lock']);
  });

  test('are deleted after a failure', async () => {
    await serveMain(old);
    await serveSecurity([]);
    await resolve(installed);
    await serveMain(newOrdinary, {}, 'X-Added: later\n');
    await fail(installed);
    await serveMain(newOrdinary);
    expect((await resolve(installed)).updates).toHaveLength(1);
  });
});

describe('reports why it cannot tell', () => {
  beforeEach(async () => {
    await serveMain(old);
    await serveSecurity([]);
  });

  test('a Release file that does not match its signature', async () => {
    await serveMain(newOrdinary, {}, 'X-Added: later\n');
    expect(await fail(installed)).toBe('a package repository of the image has no valid signature');
  });

  test.each(['Trusted: yes', 'Allow-Insecure: yes'])('no signature, even if the source has %s', async (option) => {
    server.serve(`/${place}/debian/dists/bookworm/Release.gpg`, { body: Buffer.alloc(0), status: 404 });
    expect(
      await fail(
        installed,
        {},
        { '/etc/apt/sources.list.d/test.sources': bothSources().replace('Signed-By', `${option}\nSigned-By`) },
      ),
    ).toBe('a package repository of the image has no valid signature');
  });

  test('a signature by a key that the image does not have', async () => {
    const other = await makeSigningKey(processes);
    try {
      expect(await fail(installed, {}, { '/usr/share/keyrings/test.gpg': await readFile(other.keyring) })).toBe(
        'a package repository of the image has no valid signature',
      );
    } finally {
      await other.remove();
    }
  });

  test('an expired Release file', async () => {
    await serveMain(old, { validUntil: new Date('2020-01-01') });
    expect(await fail(installed)).toBe(
      'a package repository of the image has a Release file that has expired or is not valid yet',
    );
    const tree = {
      '/etc/apt/sources.list.d/test.sources': bothSources().replaceAll('Signed-By', 'Check-Valid-Until: no\nSigned-By'),
    };
    expect(formatUpdates(await resolve(installed, {}, tree))).toMatch(/^nothing to do/);
  });

  test('a list that does not match its signed checksum', async () => {
    server.serve(`/${place}/debian/dists/bookworm/main/binary-amd64/Packages`, {
      body: Buffer.from('Package: evil\n'),
    });
    expect(await fail(installed)).toMatch(/is inconsistent|cannot be reached/);
  });

  test('a repository that does not exist', async () => {
    const url = `${server.url}/${place}/nowhere`;
    const tree = {
      '/etc/apt/sources.list.d/more.list': `deb [signed-by=/usr/share/keyrings/test.gpg] ${url} bookworm main\n`,
    };
    expect(await fail(installed, {}, tree)).toBe('a package repository of the image cannot be reached');
  });

  test('a server that does not exist', async () => {
    const tree = { '/etc/apt/sources.list.d/more.list': 'deb http://127.0.0.1:1/debian bookworm main\n' };
    expect(await fail(installed, {}, tree)).toBe('a package repository of the image cannot be reached');
  });

  test('a package that no repository has', async () => {
    expect(await fail(installed, { packages: ['no-such-package'] })).toBe(
      "the image's repositories do not have a requested package",
    );
  });

  test('no security archive', async () => {
    expect(
      await fail(
        installed,
        { upgrade: 'security' },
        { '/etc/apt/sources.list.d/test.sources': bothSources().split('\n\n')[0]! },
      ),
    ).toBe("the image's package sources have no security archive");
  });

  test('no apt on this machine', async () => {
    const ports = { processes: { ...processes, tryFind: async () => Promise.resolve(undefined) }, log: silentLog };
    expect(await tryResolveUpdates(await request(installed), ports)).toMatchObject({
      kind: 'unknown',
      reason: { message: 'apt-get is not installed on this machine' },
    });
  });

  test('a cache that is not a directory', async () => {
    await mkdir(join(directory.path, place, 'work'), { recursive: true });
    await writeFile(join(directory.path, place, 'cache'), '');
    expect(await fail(installed)).toMatch(/^updates could not be resolved: EEXIST/);
  });

  test('a cancelled run throws instead', async () => {
    const cancel = new AbortController();
    const detail = (line: string): void => {
      if (line.startsWith('$ apt-get')) cancel.abort(new CancelledError('cancelled'));
    };
    const ports = {
      processes: createProcesses({
        environment: childEnvironment(process.env),
        signal: cancel.signal,
        log: { ...silentLog, detail },
      }),
      log: silentLog,
    };
    await expect(tryResolveUpdates(await request(installed), ports)).rejects.toThrow(CancelledError);
    expect(await readdir(join(directory.path, place, 'work'))).toEqual([]);
  });
});

describe('a hostile image', () => {
  beforeEach(async () => {
    await serveMain(newOrdinary);
    await serveSecurity(newSecurity);
  });

  test.each(['', '/../..'])('gets no key of this machine (%s)', async (prefix) => {
    expect(
      await fail(installed, {}, { '/etc/apt/sources.list.d/test.sources': bothSources(`${prefix}${key.keyring}`) }),
    ).toBe('a package repository of the image has no valid signature');
  });

  test('gets no key of this machine through a modified state', async () => {
    const good = await takeState(installed);
    const path = `/../../../../../..${directory.path}/${place}-escaped.gpg`;
    const state = {
      ...good,
      keyrings: good.keyrings.map((one) => ({ ...one, path })),
      preferences: [{ name: `../../../${place}-escaped`, text: '' }],
    };
    expect(await fail(installed, { state })).toBe('a package repository of the image has no valid signature');
    expect((await readdir(directory.path)).filter((name) => name.includes('escaped'))).toEqual([]);
  });

  test('has its sources in files and on discs ignored, with a warning', async () => {
    const warnings: string[] = [];
    const tree = {
      '/etc/apt/sources.list':
        'deb file:/etc ./\ndeb copy:/etc ./\ndeb cdrom:[Debian GNU/Linux 12 _Bookworm_]/ bookworm main\n',
    };
    const updates = await resolveUpdates(await request(installed, {}, tree), {
      processes,
      log: { ...silentLog, warn: (line) => void warnings.push(line) },
    });
    expect(updates.updates).toHaveLength(3);
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toBe('Ignored a package source of the image that is not on the network: "file:/etc"');
  });

  test.each(['mirror+file:/etc/passwd', 'ssh://127.0.0.1/x', 'ftp://127.0.0.1/x', 'rsh:x', '/etc'])(
    'cannot add a source at %s',
    async (uri) => {
      expect(await fail(installed, {}, { '/etc/apt/sources.list': `deb ${uri} bookworm main\n` })).toMatch(
        /^the image has an unsupported package source: ".*" \(supported: http, https\)$/,
      );
    },
  );

  test.each(['file:///etc/hostname', 'copy:///etc/hostname', 'mirror+file:///etc/hostname'])(
    'cannot send apt to %s',
    async (target) => {
      for (const name of ['InRelease', 'Release'])
        server.serve(`/${place}/debian/dists/bookworm/${name}`, { body: Buffer.alloc(0), redirectTo: target });
      expect(await fail(installed)).toBe('a package repository of the image cannot be reached');
    },
  );
});

test('a source can contain its key', async () => {
  await serveMain(newOrdinary);
  await serveSecurity(newSecurity);
  const { stdout } = await processes.run({
    argv: ['gpg', '--homedir', dirname(key.keyring), '--batch', '--armor', '--export'],
  });
  const block = stdout
    .trim()
    .split('\n')
    .map((line) => `\n ${line === '' ? '.' : line}`)
    .join('');
  expect(
    (await resolve(installed, {}, { '/etc/apt/sources.list.d/test.sources': bothSources(block) })).updates,
  ).toHaveLength(3);
});

describe('run by', () => {
  let compiled: string;

  beforeAll(async () => {
    compiled = join(directory.path, 'compiled');
    await compileSources(['src/updates', 'test/fixtures/ports.ts', 'test/fixtures/resolve-child.ts'], compiled);
  });
  beforeEach(async () => {
    await serveMain(newOrdinary);
    await serveSecurity(newSecurity);
    await mkdir(join(directory.path, place));
    await writeFile(join(directory.path, place, 'request.json'), JSON.stringify(await request(installed)));
  });

  const script = (): string => join(compiled, 'test/fixtures/resolve-child.js');
  const answerOf = (output: string): readonly string[] =>
    (JSON.parse(output) as { updates: Updates }).updates.updates.map(({ name }) => name);

  test('a plain user', async () => {
    await giveToPlainUser(join(directory.path, place));
    const child = startAsPlainUser(script(), [join(directory.path, place, 'request.json')]);
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(errors).toBe('');
    expect(answerOf(output)).toEqual(['curl', 'libnew1', 'openssl']);
  });

  /** Sets up a machine whose apt configuration names a program, and whose apt and dpkg have no state. */
  const poison = `set -e
mount -t tmpfs none /etc/apt
mount -t tmpfs none /var/lib/apt
mount -t tmpfs none /var/cache/apt
mount -t tmpfs none /var/lib/dpkg
echo 'APT::Update::Pre-Invoke { "touch '"$1"'"; }; Acquire::http::Proxy "http://127.0.0.1:1/";' > /etc/apt/apt.conf
shift
"$@"
find /etc/apt /var/lib/apt /var/cache/apt /var/lib/dpkg -type f ! -name apt.conf >&2`;

  (process.getuid?.() === 0 ? test : test.skip)("root, without using this machine's apt and dpkg state", async () => {
    const touched = join(directory.path, place, 'touched');
    const { stdout, stderr } = await processes.run({
      argv: [
        'unshare',
        '--mount',
        '--',
        'sh',
        '-c',
        poison,
        'sh',
        touched,
        process.execPath,
        script(),
        join(directory.path, place, 'request.json'),
      ],
    });
    expect(answerOf(stdout)).toEqual(['curl', 'libnew1', 'openssl']);
    expect(stderr).toBe('');
    expect(await readdir(join(directory.path, place))).not.toContain('touched');
  });
});

test('a failure has a fix', async () => {
  await serveMain(old, {}, 'X-Added: later\n');
  await serveSecurity([]);
  const error: unknown = await resolve(installed).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Failure);
  expect((error as Failure).fix).toBe('add its key to the base, and name the key with signed-by in its source');
  expect((error as Failure).evidence.join('\n')).toMatch(/BADSIG|invalid/);
});
