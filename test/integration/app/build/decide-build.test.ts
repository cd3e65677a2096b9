import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildPorts } from '../../../../src/app/build/build-steps.js';
import { decideBuild, type Decision } from '../../../../src/app/build/decide-build.js';
import type { BuildSettings } from '../../../../src/app/build/settings.js';
import type { BuildInputs } from '../../../../src/inputs/build-inputs.js';
import { systemClock } from '../../../../src/platform/clock.js';
import { sha256Of } from '../../../../src/platform/fs/files.js';
import { silentLog } from '../../../../src/platform/progress/log.js';
import type { Steps } from '../../../../src/platform/progress/steps.js';
import { claimVersion } from '../../../../src/store/claim-version.js';
import { commitVersion, stageVersion } from '../../../../src/store/publish-version.js';
import type { Reference, StoredVersion } from '../../../../src/store/read-versions.js';
import { toVersionFacts } from '../../../../src/store/documents/version-facts.js';
import { readAptState } from '../../../../src/apt/apt-state.js';
import { serveArchive, type TestPackage } from '../../../fixtures/apt-repository.js';
import { openFakeFiles } from '../../../fixtures/fake-filesystem.js';
import { startTestServer, type TestServer } from '../../../fixtures/http-server.js';
import { createMemoryState, createMemoryStore, type MemoryState } from '../../../fixtures/memory-store.js';
import { createTestProcesses } from '../../../fixtures/ports.js';
import { makeSigningKey, type SigningKey } from '../../../fixtures/signing-key.js';
import { makeTestDirectory } from '../../../fixtures/small-image.js';
import { builder, makeVersionParts } from '../../../fixtures/version-parts.js';

const processes = createTestProcesses();
const fingerprint = sha256Of('these inputs');
const steps: Steps = { run: async (_, work) => work(silentLog), timeline: () => [] };
let server: TestServer;
let key: SigningKey;
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let state: MemoryState;
let newest: StoredVersion;

beforeAll(async () => {
  server = await startTestServer();
  key = await makeSigningKey(processes);
  directory = await makeTestDirectory('decide');
});
afterAll(async () => {
  await server.close();
  await key.remove();
  await directory.remove();
});
beforeEach(async () => {
  state = createMemoryState();
  await serve([{ name: 'openssl', version: '3.0.15-1' }]);
  newest = await publish(await describeApt());
});

async function serve(packages: readonly TestPackage[]): Promise<void> {
  await serveArchive(
    {
      path: '/debian-security',
      suite: 'stable-security',
      codename: 'bookworm-security',
      label: 'Debian-Security',
      packages,
    },
    { server, key, processes },
  );
}

/** What apt knows in an image with one package and one source. */
async function describeApt(): Promise<Buffer> {
  const status = ['dpkg 1.21', 'openssl 3.0.15-1']
    .map((one) => one.split(' '))
    .map(
      ([name, version]) =>
        `Package: ${name!}\nStatus: install ok installed\nMaintainer: Test <test@example.org>\n` +
        `Architecture: amd64\nVersion: ${version!}\nDescription: of a test\n`,
    )
    .join('\n');
  return Buffer.from(
    JSON.stringify(
      await readAptState(
        openFakeFiles({
          '/var/lib/dpkg/status': status,
          '/usr/share/keyrings/test.gpg': await readFile(key.keyring),
          '/etc/apt/sources.list':
            `deb [signed-by=/usr/share/keyrings/test.gpg] ${server.url}/debian-security` + ' bookworm-security main\n',
        }),
      ),
    ),
  );
}

async function publish(aptState?: Buffer): Promise<StoredVersion> {
  const ports = { store: createMemoryStore(state), clock: systemClock, log: silentLog };
  const parts = await makeVersionParts(join(directory.path, `parts-${Math.random()}`));
  const claim = await claimVersion({ image: 'ubuntu-base', owner: 'tester', builder }, ports);
  const staged = await stageVersion({ claim, golden: parts.golden, base: parts.base }, ports);
  return commitVersion(
    {
      staged,
      facts: toVersionFacts({ ...parts, fingerprint }),
      imageSha256: parts.imageSha256,
      channel: 'latest',
      ...(aptState === undefined ? {} : { aptState }),
    },
    ports,
  );
}

interface Question {
  readonly upgrade?: 'none' | 'security' | 'all';
  readonly ifUnchanged?: 'skip' | 'build';
  readonly fingerprint?: string;
  readonly reference?: Partial<Reference>;
  readonly version?: number;
  readonly requested?: StoredVersion;
  readonly settings?: BuildSettings;
  readonly daemon?: { readonly sha256: string };
}

async function decide(question: Question = {}): Promise<Decision> {
  const inputs = {
    publish: {
      image: 'ubuntu-base',
      channel: 'canary',
      version: question.version,
      ifUnchanged: question.ifUnchanged ?? 'skip',
    },
    changes: { upgrade: question.upgrade ?? 'none', packages: [], files: [], allowLocalAptSources: true },
    directories: { cache: join(directory.path, 'cache') },
  } as unknown as BuildInputs;
  const { base, daemon } = newest.manifest;
  return decideBuild(
    {
      fingerprint,
      base,
      daemon,
      requested: undefined,
      settings: {},
      ...question,
      reference: { newest, isNamed: true, ...question.reference },
      inputs,
      directory: directory.path,
    },
    { processes, steps, clock: systemClock, store: createMemoryStore(state) } as unknown as BuildPorts & {
      readonly store: ReturnType<typeof createMemoryStore>;
    },
  );
}

test('nothing is built if nothing changed, whether updates are requested or not', async () => {
  expect(await decide()).toMatchObject({
    kind: 'unchanged',
    isRequested: false,
    why: 'has the same base, daemon and settings',
  });
  expect(await decide({ upgrade: 'security' })).toMatchObject({
    kind: 'unchanged',
    why: 'has the same base, daemon and settings; nothing to do: 0 of 2 packages have security updates',
  });
});

test('a security update is a reason to build, by its name, if updates are requested', async () => {
  await serve([{ name: 'openssl', version: '3.0.16-1' }]);
  expect(await decide()).toMatchObject({ kind: 'unchanged' });
  expect(await decide({ upgrade: 'security' })).toEqual({
    kind: 'build',
    why: 'rebuild: openssl 3.0.15-1 → 3.0.16-1 (security)',
    securityUpdates: ['openssl'],
  });
});

test('it is built if it cannot tell, and says why', async () => {
  newest = await publish();
  expect(await decide({ upgrade: 'all' })).toMatchObject({
    kind: 'build',
    why: 'cannot tell if updates are due: ubuntu-base.2 has no record of its apt state',
  });
  newest = await publish(Buffer.from('{"schema":1}'));
  expect(await decide({ upgrade: 'all' })).toMatchObject({
    kind: 'build',
    why: expect.stringContaining('ubuntu-base.3.apt-state.json is not valid: architectures: '),
  });
  newest = await publish(await describeApt());
  server.serve('/debian-security/dists/bookworm-security/Release', { body: Buffer.from('') });
  expect(await decide({ upgrade: 'all' })).toMatchObject({
    kind: 'build',
    why: expect.stringMatching(/^cannot tell if updates are due: /),
  });
  state.objects.set('snapshots/ubuntu-base.4.apt-state.json', Buffer.from('{}'));
  expect(await decide({ upgrade: 'all' })).toMatchObject({
    kind: 'build',
    why: expect.stringContaining('SHA-256 differs'),
  });
});

test('other ingredients, a first version and the wish to build are reasons, too', async () => {
  expect(await decide({ reference: { newest: undefined } })).toMatchObject({
    kind: 'build',
    why: 'first version',
  });
  expect(await decide({ fingerprint: sha256Of('others') })).toMatchObject({
    kind: 'build',
    why: 'changed since ubuntu-base.1: settings, which ubuntu-base.1 does not record',
  });
  expect(await decide({ fingerprint: sha256Of('others'), daemon: { sha256: sha256Of('d') } })).toMatchObject({
    why: expect.stringMatching(/^changed since ubuntu-base\.1: daemon sha256 \w{12} → sha256 \w{12}$/),
  });
  expect(await decide({ ifUnchanged: 'build' })).toMatchObject({ kind: 'build', why: 'if-unchanged is build' });
  expect(await decide({ reference: { isNamed: false } })).toMatchObject({
    kind: 'build',
    why: 'channel canary does not point to a version yet',
  });
});

test('a requested version is built if its number is free; if it is published it is the same, or rejected', async () => {
  expect(await decide({ version: 8 })).toMatchObject({ kind: 'build', why: 'version 8 was requested' });
  expect(await decide({ requested: newest })).toMatchObject({ kind: 'unchanged', isRequested: true });
  await expect(decide({ requested: newest, fingerprint: sha256Of('others') })).rejects.toThrow(
    'with different content',
  );
});
