import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildDaemon, type DaemonRequest } from '../../src/daemon/build-daemon.js';
import { inspectGoVariable } from '../../src/daemon/go-variable.js';
import { readBuildInputs } from '../../src/inputs/build-inputs.js';
import type { Failure } from '../../src/platform/errors.js';
import { childEnvironment } from '../../src/platform/process/environment.js';
import { silentLog } from '../../src/platform/progress/log.js';
import { createProcesses, type Processes } from '../../src/platform/process/processes.js';
import { startGitServer } from '../fixtures/git-server.js';
import { createTestProcesses } from '../fixtures/ports.js';
import { useScratchDirectories, writeTree } from '../integration/daemon/scratch.js';

const newDirectory = useScratchDirectories();
/** Ends a hang; a busy machine may be slow. */
const limit = 600_000;
type GoRequest = Partial<Extract<DaemonRequest, { builder: 'go' }>>;

async function writeModule(main: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const directory = await newDirectory();
  await writeTree(directory, { 'go.mod': 'module ch-golden.example/case\n\ngo 1.21\n', 'main.go': main, ...more });
  return directory;
}

/** Builds, and returns the path of the binary and the warnings. */
async function build(
  source: string,
  request: GoRequest = {},
  processes: Processes = createTestProcesses(),
): Promise<{ readonly path: string; readonly warnings: readonly string[] }> {
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (line: string) => void warnings.push(line) };
  const outputDirectory = join(await newDirectory(), 'out');
  const { path } = await buildDaemon(
    { builder: 'go', source, packagePath: '.', outputDirectory, ...request },
    { processes, log },
  );
  return { path, warnings };
}

async function run(path: string): Promise<string> {
  return (await createTestProcesses().run({ argv: [path] })).stderr.trim();
}

describe('row 11: GOFLAGS with -ldflags', () => {
  const main = 'package main\n\nvar version, commit = "dev", "none"\n\nfunc main() { println(version, commit) }\n';
  const stamp = { version: 'v1.2.3', versionVariable: 'main.version' };

  test.each<readonly [what: string, goFlags: string, request: GoRequest, prints: string]>([
    ['without a stamp of ours', '-ldflags=-X=main.commit=abc', {}, 'dev abc'],
    ['with one', '-ldflags=-X=main.commit=abc', stamp, 'v1.2.3 abc'],
    ['with one, two dashes and quotes', "-v '--ldflags=-X main.commit=abc -w'", stamp, 'v1.2.3 abc'],
    ['with one, and a pattern', '"-ldflags=all=-X main.commit=abc"', stamp, 'v1.2.3 abc'],
    [
      'with one, and a pattern that does not match',
      '-ldflags=example.com/...=-X=main.commit=abc',
      stamp,
      'v1.2.3 none',
    ],
    [
      'with one, of which the last of two counts',
      '-ldflags=-X=main.commit=a -ldflags=all=-X=main.commit=b',
      stamp,
      'v1.2.3 b',
    ],
    ['with one, for the same variable', '-ldflags=-X=main.version=v0', stamp, 'v1.2.3 none'],
    ['with one, and nothing in it', '-ldflags=', stamp, 'v1.2.3 none'],
    ['with one, and other flags', '-mod=mod', stamp, 'v1.2.3 none'],
  ])(
    '%s',
    async (_, GOFLAGS, request, prints) => {
      const processes = createTestProcesses(undefined, { GOFLAGS });
      expect(await run((await build(await writeModule(main), request, processes)).path)).toBe(prints);
    },
    limit,
  );

  test(
    'that strip the symbols: a warning that only the smoke test can tell',
    async () => {
      const processes = createTestProcesses(undefined, { GOFLAGS: '-ldflags=-s' });
      const { path, warnings } = await build(await writeModule(main), stamp, processes);
      expect(await run(path)).toBe('v1.2.3 none');
      expect(warnings).toEqual([
        'The binary has no symbols, so only the smoke test can tell whether main.version has the version',
      ]);
    },
    limit,
  );
});

describe('row 12: a version variable that the program computes', () => {
  const pick = '//go:noinline\nfunc pick() string { return "dev" }\n';
  type Verdict = 'constant' | 'computed';
  const programs: readonly (readonly [declarations: string, verdict: Verdict | 'either', imports?: string])[] = [
    ['var version string', 'constant'],
    ['var version = "dev"', 'constant'],
    ['const base = "de"\nvar version = base + "v"', 'constant'],
    [`var version = pick()\n${pick}`, 'computed'],
    // The compiler may compute it.
    ['var version = pick()\nfunc pick() string { return "dev" }\n', 'either'],
    ['var version = os.Getenv("HOME")', 'computed', 'import "os"'],
    ['var version = strings.TrimSpace(os.Args[0])', 'computed', 'import (\n\t"os"\n\t"strings"\n)'],
    ['var version, _ = os.Hostname()', 'computed', 'import "os"'],
    [`var other = pick()\nvar version = other\n${pick}`, 'computed'],
    ['var banner = "v" + version\nvar version = "dev"\nfunc init() { _ = banner }', 'constant'],
    ['var version string\nvar length = len(version)\nfunc init() { if version == "" { version = "dev" } }', 'constant'],
  ];

  test.each(programs)(
    'is rejected if the stamp has no effect, and only then: %j',
    async (declarations, verdict, imports = '') => {
      const source = await writeModule(
        `package main\n\n${imports}\n\n${declarations}\n\nfunc main() { println(version) }\n`,
      );
      const plain = join(await newDirectory(), 'plain');
      const argv = ['go', 'build', '-ldflags=-X main.version=v7', '-o', plain, '.'] as const;
      await createTestProcesses().run({ argv, cwd: source, env: { CGO_ENABLED: '0' } });
      const isEffective = (await run(plain)) === 'v7';
      if (verdict !== 'either') expect(isEffective).toBe(verdict === 'constant');
      expect(await inspectGoVariable(plain, 'main.version')).toBe(isEffective ? 'constant' : 'computed');
      const attempt = build(source, { version: 'v7', versionVariable: 'main.version' });
      if (isEffective) expect(await run((await attempt).path)).toBe('v7');
      else
        await expect(attempt).rejects.toMatchObject({
          message: 'the daemon computes main.version when it starts, which replaces the version set by the build',
          fix: 'declare main.version without a value or with a constant, e.g. var version = "dev"',
        });
    },
    limit,
  );

  test(
    'in a package with dots in its name',
    async () => {
      const source = await writeModule(
        'package main\n\nimport info "ch-golden.example/case/info.v3"\n\n' +
          'func main() { println(info.Version, info.Host) }\n',
        { 'info.v3/info.go': 'package info\n\nimport "os"\n\nvar Version = "dev"\nvar Host, _ = os.Hostname()\n' },
      );
      const stamp = (name: string): GoRequest => ({
        version: 'v7',
        versionVariable: `ch-golden.example/case/info.v3.${name}`,
      });
      expect(await run((await build(source, stamp('Version'))).path)).toMatch(/^v7 /);
      await expect(build(source, stamp('Host'))).rejects.toThrow('computes ch-golden.example/case/info.v3.Host');
    },
    limit,
  );
});

describe('row R: what is no obstacle', () => {
  const main = 'package main\n\nfunc main() { println("built") }\n';

  (process.getuid?.() === 0 ? test : test.skip)(
    'a Git repository that belongs to another user',
    async () => {
      const source = await writeModule(main);
      const git = ['git', '-C', source, '-c', 'user.name=x', '-c', 'user.email=x@example.com'] as const;
      const processes = createTestProcesses();
      await processes.run({ argv: ['git', 'init', '-q', source] });
      await processes.run({ argv: [...git, 'add', '.'] });
      await processes.run({ argv: [...git, 'commit', '-qm', 'Add a daemon'] });
      await processes.run({ argv: ['chown', '-R', '12345:12345', source] });
      const status = processes.run({ argv: ['git', '-C', source, 'status'] });
      await expect(status).rejects.toMatchObject({
        evidence: expect.arrayContaining([expect.stringContaining('dubious ownership')]),
      });
      expect(await run((await build(source)).path)).toBe('built');
    },
    limit,
  );

  test(
    'no HOME',
    async () => {
      const environment = childEnvironment({
        ...process.env,
        HOME: undefined,
        GOCACHE: await newDirectory(),
        GOMODCACHE: await newDirectory(),
      });
      const processes = createProcesses({ environment, signal: new AbortController().signal, log: silentLog });
      expect(await run((await build(await writeModule(main), {}, processes)).path)).toBe('built');
    },
    limit,
  );
});

describe('row 13: a private module', () => {
  const token = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a';
  let server: Awaited<ReturnType<typeof startGitServer>>;
  beforeAll(async () => {
    server = await startGitServer(token, {
      'acme-private/private': {
        'v1.0.0': {
          'go.mod': 'module github.com/acme-private/private\n\ngo 1.21\n',
          'private.go': 'package private\n\nconst Secret = "found"\n',
        },
      },
    });
  });
  afterAll(async () => server.close());

  /** Plain `go build` can fetch the module here: git is told to use $GITHUB_TOKEN. */
  async function prepare(): Promise<{ readonly source: string; readonly environment: NodeJS.ProcessEnv }> {
    const home = await newDirectory();
    await writeTree(home, {
      gitconfig:
        `[url "${server.url}/"]\n\tinsteadOf = https://github.com/\n` +
        '[credential]\n\thelper = "!f() { echo username=x; echo \\"password=$GITHUB_TOKEN\\"; }; f"\n',
    });
    const source = await writeModule(
      'package main\n\nimport private "github.com/acme-private/private"\n\nfunc main() { println(private.Secret) }\n',
      { 'go.mod': 'module ch-golden.example/case\n\ngo 1.21\n\nrequire github.com/acme-private/private v1.0.0\n' },
    );
    const environment = {
      ...process.env,
      GITHUB_TOKEN: token,
      GIT_CONFIG_GLOBAL: join(home, 'gitconfig'),
      GOFLAGS: '-mod=mod -modcacherw',
      GOMODCACHE: join(home, 'modules'),
      GOPRIVATE: 'github.com/acme-private',
      GOPROXY: 'direct',
    };
    return { source, environment };
  }

  const processesFor = (environment: NodeJS.ProcessEnv): Processes =>
    createProcesses({
      environment: childEnvironment(environment),
      ownEnvironment: environment,
      signal: new AbortController().signal,
      log: silentLog,
    });

  test(
    'without daemon-build-env: the message mentions withheld credentials, and the fix names the input',
    async () => {
      const { source, environment } = await prepare();
      const failure = (await build(source, {}, processesFor(environment)).catch((error: unknown) => error)) as Failure;
      expect(failure.message).toBe(
        `go build . in "${source}" failed: authentication failed (credentials are withheld from builds)`,
      );
      expect(failure.fix).toBe('name the variables that hold the credentials, e.g. daemon-build-env: GITHUB_TOKEN');
      expect(failure.evidence.join('\n')).toContain('Authentication failed');
    },
    limit,
  );

  test(
    'with it: the module is fetched',
    async () => {
      const { source, environment } = await prepare();
      const request = { buildEnvironment: ['GITHUB_TOKEN'] };
      expect(await run((await build(source, request, processesFor(environment))).path)).toBe('found');
    },
    limit,
  );

  test(
    'with the wrong token: the fix names the variable',
    async () => {
      const { source, environment } = await prepare();
      const processes = processesFor({ ...environment, GITHUB_TOKEN: 'ghs_wrong' });
      await expect(build(source, { buildEnvironment: ['GITHUB_TOKEN'] }, processes)).rejects.toMatchObject({
        message: `go build . in "${source}" failed: authentication failed`,
        fix: expect.stringMatching(/^check the credentials in GITHUB_TOKEN;/),
      });
    },
    limit,
  );

  test('with a variable that is not set', async () => {
    const source = await writeModule('package main\n\nfunc main() {}\n');
    await expect(build(source, { buildEnvironment: ['NO_SUCH_VARIABLE'] })).rejects.toMatchObject({
      message: 'environment variable NO_SUCH_VARIABLE is not set',
      fix: expect.stringContaining('daemon-build-env'),
    });
  });

  test('the values are masked in lines and evidence, also line by line', async () => {
    const lines: string[] = [];
    const processes = processesFor({ ...process.env, KEY: `${token}\nsecond-line` });
    const attempt = processes.run({
      argv: ['sh', '-c', 'echo "the key is $KEY"; exit 1'],
      inherit: ['KEY'],
      onLine: (line) => void lines.push(line),
    });
    await expect(attempt).rejects.toMatchObject({ evidence: ['the key is ***', '***'] });
    expect(lines).toEqual(['the key is ***', '***']);
  });

  const read = (value: string, builder = 'go'): unknown => {
    const given: Readonly<Record<string, string>> = {
      'daemon-build-env': value,
      'daemon-builder': builder,
      ...(builder === 'prebuilt' ? { 'daemon-binary': '/bin/true' } : {}),
      store: '/store',
    };
    const { daemon } = readBuildInputs((name) => given[name] ?? '', { cache: '/cache', work: '/work' });
    return 'buildEnvironment' in daemon.request ? daemon.request.buildEnvironment : undefined;
  };

  test('the input takes names, separated by spaces, commas or lines', () => {
    expect(read('GITHUB_TOKEN, SSH_AUTH_SOCK\nA  B')).toEqual(['GITHUB_TOKEN', 'SSH_AUTH_SOCK', 'A', 'B']);
    expect(read('')).toBeUndefined();
  });

  test.each([
    ['GITHUB_TOKEN=abc', 'go', 'not a valid name of an environment variable'],
    ['GITHUB_ENV', 'nx', 'could change later steps of the job'],
    ['GITHUB_TOKEN', 'prebuilt', 'daemon-build-env is set, but daemon-builder is prebuilt'],
  ])('the input does not take %j for the builder %s', (value, builder, message) =>
    expect(() => read(value, builder)).toThrow(message),
  );
});
