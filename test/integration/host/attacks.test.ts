import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { chmod, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pullImage, rollBackImage } from '../../../src/app/pull-image.js';
import { forgetSeen } from '../../../src/host/seen-file.js';
import { tryReadCurrent } from '../../../src/host/local-versions.js';
import { listHost, verifyHost } from '../../../src/host/list-host.js';
import { pullVersion, type Pulled } from '../../../src/host/pull-version.js';
import { changePolicy } from '../../../src/host/trust-policy.js';
import { openReader } from '../../../src/objects/open-store.js';
import type { Clock } from '../../../src/platform/clock.js';
import { formatDocument } from '../../../src/platform/document.js';
import { Failure } from '../../../src/platform/errors.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import type { Session } from '../../../src/platform/session.js';
import { changeChannels } from '../../../src/store/change-channels.js';
import { recordHeartbeat } from '../../../src/store/heartbeat.js';
import type { StoreIndex } from '../../../src/store/index/store-index.js';
import { createSignature, formatEnvelope, shortenId } from '../../../src/trust/dsse.js';
import { addIdentity, addKey, type TrustPolicy } from '../../../src/trust/policy.js';
import { signDocument } from '../../../src/trust/signed-document.js';
import { formatStatement, statementType } from '../../../src/trust/statement.js';
import { attestSubjects, testWorkflow } from '../../fixtures/attest-manifest.js';
import { attackedStores, type AttackedStore, type AttackedStores } from '../../fixtures/attacked-stores.js';
import { forgedVersions, forgeFile } from '../../fixtures/forged-versions.js';
import { countBytes, forgeManifest, image, publishTestVersion } from '../../fixtures/host-versions.js';
import { createMemoryState, createMemoryStore, type MemoryState } from '../../fixtures/memory-store.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { asQcow2 } from '../../fixtures/qcow2-bytes.js';
import { makeBytes } from '../../fixtures/random.js';
import { testServerWithinMs } from '../../fixtures/s3-server.js';
import { createTestSigner } from '../../fixtures/signer.js';
import { createSigstoreAuthority, type SigstoreAuthority } from '../../fixtures/sigstore-authority.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';
import { createTestClock } from '../../fixtures/test-clock.js';
import { createTestVm } from '../../fixtures/vm-host.js';
import { noHelpers } from '../../fixtures/helpers.js';

// The attacks of docs/security.md, by the numbers there, against every kind of store. The rest of them concern no
// store: 7, a VM's directory of another user, and 8, locks held by other users, are in vm-confinement.test.ts and
// file-lock.test.ts.

const processes = createTestProcesses();
const { signal } = new AbortController();
const [signer, thief] = [createTestSigner(), createTestSigner()];
const [id, thiefId] = [shortenId(signer.key.id), shortenId(thief.key.id)];
const day = 24 * 3_600_000;
const indexKey = `snapshots/${image}.index.json`;
const heartbeatKey = `snapshots/${image}.heartbeat.json`;
const keyOf = (version: number, document: string): string => `snapshots/${image}.${version}.${document}`;

let authority: SigstoreAuthority;
/** Versions 1 and 2, each signed by the key and attested by the workflow, and a signed index. */
let published: MemoryState;

beforeAll(async () => {
  authority = await createSigstoreAuthority('public');
  published = createMemoryState();
  for (const version of [1, 2]) {
    await publishTestVersion(createMemoryStore(published), { image: asQcow2(makeBytes(version, 100_000)) }, signer);
    const sha256 = sha256Of(published.objects.get(keyOf(version, 'manifest.json'))!);
    published.objects.set(
      keyOf(version, 'sigstore.json'),
      await attestSubjects(authority, [{ name: `${image}.${version}.manifest.json`, sha256 }]),
    );
  }
});

let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let root: string;
/** What the attacker changes; `serve` puts it into the store. */
let state: MemoryState;
let stores: AttackedStores;
let store: AttackedStore;
let served: ReadonlyMap<string, Buffer>;
let said: string[];
/** Requests for data in a pull: all but documents. */
let requests: number;

const log = {
  ...silentLog,
  warn: (line: string) => {
    if (!line.startsWith('cloud-hypervisor is not installed')) said.push(line);
  },
};
const hostPorts = { processes, log, signal };

/** What the attacker has made, as whoever asks the store sees it from now on. */
async function serve(): Promise<void> {
  for (const key of new Set([...served.keys(), ...state.objects.keys()])) {
    const bytes = state.objects.get(key);
    if (bytes === undefined || served.get(key)?.equals(bytes) !== true) await store.put(key, bytes);
  }
  served = new Map(state.objects);
}

async function pull(wanted: number | string = 'latest', clock: Clock = createTestClock(Date.now())): Promise<Pulled> {
  const reader = countBytes(openReader(store.place, { ...hostPorts, clock }));
  try {
    return await pullVersion({ root, image, wanted, verify: false }, { ...hostPorts, clock, store: reader });
  } finally {
    requests = reader.seen.requests;
  }
}

/** As the commands run. */
const session = (clock: Clock): Session => ({
  ...hostPorts,
  clock,
  cancel: () => undefined,
  owner: 'tester',
  secrets: [],
  helpers: noHelpers,
  steps: { run: async (_, work) => work(log), timeline: () => [] },
});
const pullRecent = async (clock: Clock = createTestClock(Date.now())): Promise<unknown> =>
  pullImage({ store: store.place, root, image, wanted: 'latest', verify: false, maxAgeMs: 14 * day }, session(clock));
const rollBack = async (): Promise<unknown> => rollBackImage({ root, image }, session(createTestClock(Date.now())));
const createVmOf = async (version: number): Promise<unknown> =>
  createTestVm(root, { version }, { ...hostPorts, clock: createTestClock() });

const policies = {
  'a key': (policy: TrustPolicy) => addKey(policy, { key: signer.key.publicKey, uses: ['versions'] }),
  'a key that signs the index, too': (policy: TrustPolicy) =>
    addKey(policy, { key: signer.key.publicKey, uses: ['versions', 'index'] }),
  'a workflow on GitHub': (policy: TrustPolicy) =>
    addIdentity(policy, {
      issuer: testWorkflow.issuer,
      repository: testWorkflow.repository,
      ref: testWorkflow.ref,
      trustedRoots: [authority.root],
    }),
} as const;
type PolicyName = keyof typeof policies;
const trust = async (name: PolicyName | undefined): Promise<unknown> =>
  name === undefined ? undefined : changePolicy({ root, change: policies[name] }, hostPorts);

const indexOf = ({ objects }: MemoryState): StoreIndex => JSON.parse(String(objects.get(indexKey))) as StoreIndex;
const putIndex = (index: object): unknown => state.objects.set(indexKey, formatDocument(index));
/** As far as the index tells, this is the next thing that happened in the store. */
const forgeIndex = (change: (index: StoreIndex) => object): unknown => {
  const index = indexOf(state);
  return putIndex({ ...change(index), generation: index.generation + 1 });
};
/** Hosts that follow the channel are to take version 1, which the attacker forges. */
const offerVersion1 = (): unknown =>
  forgeIndex((index) => ({ ...index, channels: { latest: index.live.find(({ version }) => version === 1) } }));
const forgeHeartbeat = async (version: number, by?: typeof signer): Promise<void> =>
  recordHeartbeat(
    { image, version, owner: 'attacker' },
    {
      store: createMemoryStore(state),
      clock: createTestClock(Date.now()),
      ...(by === undefined ? {} : { signer: by }),
    },
  );
const revoke = async (version: number): Promise<unknown> =>
  changeChannels(
    {
      image,
      owner: 'tester',
      operation: { operation: 'revoke', which: { version }, reason: 'leaks a key', replacement: version === 1 ? 2 : 1 },
    },
    { store: createMemoryStore(state), clock: createTestClock(Date.now()), signer },
  );

/** All that a host has, by its digest, but for what it remembers, its locks, and what it has only begun to fetch. */
async function readHost(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(root.length + 1);
    if (entry.isFile() && !/(^|\/)\./.test(path)) files.set(path, sha256Of(await readFile(join(root, path))));
  }
  return files;
}

/** The one line that a person reads. */
async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => {
      throw new Error('the attack went through');
    },
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Failure);
  const { message } = error as Failure;
  expect(message).not.toMatch(/\p{Cc}/u);
  return message;
}

interface Attack {
  readonly name: string;
  readonly policy?: PolicyName;
  readonly make: () => unknown;
  /** In the one line; `STORE` stands for the address of the store. */
  readonly message: string;
  /** Only the file tells, so that it has to be fetched. */
  readonly byFile?: true;
}

const newFiles: Readonly<Record<string, () => void>> = {
  initramfs: () => forgeFile(state, 'initramfs', makeBytes(7, 5000)),
  kernel: () => forgeFile(state, 'kernel', makeBytes(8, 5000)),
  cmdline: () =>
    forgeManifest(state, 1, (manifest) => {
      manifest['cmdline'] = 'root=LABEL=cloudimg-rootfs ro init=/bin/sh';
    }),
};
const swaps: readonly Attack[] = (['a key', 'a workflow on GitHub'] as const).flatMap((policy) =>
  Object.entries(newFiles).map(([what, swap]) => ({
    name: `4: another ${what}, and an index that names the new manifest`,
    policy,
    make: swap,
    message:
      `the ${policy === 'a key' ? 'signature' : 'attestation'} of ${image}.1 is for "${image}.1.manifest.json", ` +
      'with SHA-256 ',
  })),
);

/** Some of those that forged-versions.test.ts has all of. */
const forged = (number: number, names: readonly string[]): readonly Attack[] =>
  forgedVersions
    .filter(({ name }) => names.includes(name))
    .map(({ name, forge, message, by }) => ({
      name: `${number}: ${name}`,
      make: () => forge(state),
      message,
      ...(by === 'file' ? { byFile: true as const } : {}),
    }));

const statementOf = (version: number): Buffer =>
  formatStatement({
    name: `${image}.${version}.manifest.json`,
    sha256: sha256Of(state.objects.get(keyOf(version, 'manifest.json'))!),
  });
const swapDocument = (document: string): unknown =>
  state.objects.set(keyOf(1, document), state.objects.get(keyOf(2, document))!);
const wrongIndex =
  `STORE/${indexKey}: invalid signature by key ${id}: the content was changed after signing, or the ` +
  'signature is for something else';
const index = 'a key that signs the index, too';

const signatures: readonly Attack[] = [
  {
    name: 'an unsigned version',
    policy: 'a key',
    make: () => state.objects.delete(keyOf(1, 'dsse.json')),
    message: `${image}.1 is signed by a GitHub workflow only; expected: a signature by key ${id}`,
  },
  {
    name: 'a version signed by another key',
    policy: 'a key',
    make: () =>
      state.objects.set(
        keyOf(1, 'dsse.json'),
        formatEnvelope({
          payloadType: statementType,
          payload: statementOf(1),
          signatures: [createSignature(statementType, statementOf(1), thief.key)],
        }),
      ),
    message: `the signature of ${image}.1 is signed by key ${thiefId}; expected: a signature by key ${id}`,
  },
  {
    name: 'a version with the signature of another one',
    policy: 'a key',
    make: () => swapDocument('dsse.json'),
    message: `the signature of ${image}.1 is for "${image}.2.manifest.json"`,
  },
  {
    name: 'a signed version under another number',
    policy: 'a key',
    make: () => {
      for (const document of ['dsse.json', 'manifest.json']) swapDocument(document);
      forgeManifest(state, 1, () => undefined);
    },
    message: `STORE/${keyOf(1, 'manifest.json')} is the manifest of ${image}.2`,
  },
  {
    name: 'an unattested version',
    policy: 'a workflow on GitHub',
    make: () => state.objects.delete(keyOf(1, 'sigstore.json')),
    message: `${image}.1 is signed by a key only; expected: a signature by a workflow of https://github.com/acme/images at refs/heads/main`,
  },
  {
    name: 'a version with the attestation of another one',
    policy: 'a workflow on GitHub',
    make: () => swapDocument('sigstore.json'),
    message: `the attestation of ${image}.1 is for "${image}.2.manifest.json"`,
  },
  {
    name: 'an index that is not signed',
    policy: index,
    make: () => forgeIndex((found) => ({ ...found, signatures: undefined })),
    message: `STORE/${indexKey} is not signed; expected: a signature by key ${id}`,
  },
  {
    name: 'an index signed by another key',
    policy: index,
    make: () => forgeIndex((found) => signDocument('index', found, thief.key)),
    message: `STORE/${indexKey} is signed by key ${thiefId}; expected: a signature by key ${id}`,
  },
  {
    name: 'a signed index that was changed',
    policy: index,
    make: () => forgeIndex((found) => ({ ...found, revoked: {} })),
    message: wrongIndex,
  },
];

const attacks: readonly Attack[] = [
  ...forged(1, ['a file of the host as its disk', 'a second option in a good one']),
  ...forged(2, [
    'an image over /dev/sda',
    'an image over https://example.org/x',
    'an image over json:{"driver":"raw","file":{"',
    'an external data file',
  ]),
  ...swaps,
  ...signatures,
];

test('there are attacks in each row', () => {
  expect(['1', '2', '4'].map((row) => attacks.filter(({ name }) => name.startsWith(`${row}: `)).length)).toEqual([
    2, 4, 6,
  ]);
});

describe.each(Object.keys(attackedStores) as readonly (keyof typeof attackedStores)[])('a %s', (kind) => {
  beforeAll(async () => {
    stores = await attackedStores[kind]();
  }, testServerWithinMs);
  afterAll(async () => stores.stop());
  beforeEach(async () => {
    directory = await makeTestDirectory('attacks');
    root = join(directory.path, 'host');
    state = createMemoryState(published);
    [served, said, requests] = [new Map(), [], 0];
    store = await stores.makeStore(directory.path);
    await serve();
  });
  afterEach(async () => directory.remove());

  const addressed = (message: string): string =>
    message.replace('STORE', () =>
      openReader(store.place, { ...hostPorts, clock: createTestClock() })
        .uri('x')
        .slice(0, -2),
    );

  test.each(attacks.map((attack) => [attack.name, attack.policy ?? 'nobody', attack] as const))(
    '%s, on a host that trusts %s',
    async (_, __, attack) => {
      await trust(attack.policy);
      await pull();
      const before = await readHost();
      offerVersion1();
      await attack.make();
      await serve();
      expect(await failure(pull())).toContain(addressed(attack.message));
      // A manifest that was accepted is here before its files are, and its version is not whole.
      const isRecord = (path: string): boolean => attack.byFile === true && path.startsWith(`versions/${image}.1/`);
      expect(new Map([...(await readHost())].filter(([path]) => !isRecord(path)))).toEqual(before);
      expect(requests > 0).toBe(attack.byFile === true);
      expect(await tryReadCurrent(root, image)).toBe(2);
      expect(await verifyHost({ root, image }, hostPorts)).toContainEqual({ version: 2, problems: [] });
      expect(await failure(createVmOf(1))).toMatch(/^ubuntu-base\.1 is (not|incomplete) on this host$/);
    },
  );

  describe('3: an old index and a forged heartbeat', () => {
    test.each(['nobody', ...Object.keys(policies)] as readonly (PolicyName | 'nobody')[])(
      'is rejected by a host that trusts %s and has seen a newer index',
      async (policy) => {
        await trust(policy === 'nobody' ? undefined : policy);
        await pull();
        await revoke(2);
        await serve();
        await pull();
        const before = await readHost();
        state.objects.set(indexKey, published.objects.get(indexKey)!);
        await forgeHeartbeat(2);
        await serve();
        expect(await failure(pullRecent())).toBe(
          addressed(
            `STORE/${indexKey} went back from generation 3 to 2: an old copy of the index, or a restored bucket`,
          ),
        );
        expect(await failure(pull(2))).toContain('went back from generation 3 to 2');
        expect(await readHost()).toEqual(before);
        expect(await tryReadCurrent(root, image)).toBe(1);
      },
    );

    test('with a higher generation brings no revoked version back', async () => {
      await revoke(2);
      await serve();
      await pull();
      forgeIndex((found) => ({
        ...found,
        revoked: {},
        channels: { latest: found.live.find(({ version }) => version === 2) },
      }));
      await serve();
      expect(await failure(pull())).toMatch(/^version 2 of ubuntu-base is revoked: leaks a key \(since .*, by /);
      expect([requests, await tryReadCurrent(root, image)]).toEqual([0, 1]);
    });

    test('is rejected by --max-age on a new host, if the heartbeat has to be signed', async () => {
      await trust('a key that signs the index, too');
      for (const [by, message] of [
        [undefined, `STORE/${heartbeatKey} is not signed; expected: a signature by key ${id}`],
        [thief, `STORE/${heartbeatKey} is signed by key ${thiefId}; expected: a signature by key ${id}`],
      ] as const) {
        await forgeHeartbeat(2, by);
        await serve();
        expect(await failure(pullRecent())).toBe(addressed(message));
      }
      state.objects.delete(heartbeatKey);
      await serve();
      expect(await failure(pullRecent())).toMatch(
        /^latest of ubuntu-base was built .* and no run has found it current since then \(limit: 14\.0 days\)$/,
      );
    });

    test('passes --max-age on a new host otherwise, until a signed index expires', async () => {
      await forgeHeartbeat(2);
      await serve();
      await expect(pullRecent()).resolves.toMatchObject({ version: 2 });
      await trust('a key that signs the index, too');
      await expect(pull()).resolves.toMatchObject({ found: 2 });
      const late = createTestClock(Date.now() + 31 * day);
      expect(await failure(pull('latest', late))).toMatch(
        /ubuntu-base\.index\.json expired on .* and was not renewed$/,
      );
    });
  });

  test('an index far ahead keeps a host from the real one until host forget, unless the index is signed', async () => {
    const real = indexOf(state);
    putIndex({ ...real, generation: 10 ** 9 });
    await serve();
    await pull();
    putIndex(real);
    await serve();
    expect(await failure(pull())).toContain('went back from generation 1000000000 to 2');
    await forgetSeen({ root, image }, hostPorts);
    await pull();
    await trust('a key that signs the index, too');
    putIndex({ ...real, generation: 10 ** 9 });
    await serve();
    expect(await failure(pull())).toContain(addressed(wrongIndex));
    putIndex(real);
    await serve();
    await expect(pull()).resolves.toMatchObject({ changed: false });
  });

  test('4: a different initramfs, kernel or cmdline, or an unsigned version, passes with a warning', async () => {
    offerVersion1();
    for (const swap of Object.values(newFiles)) swap();
    for (const document of ['dsse.json', 'sigstore.json']) state.objects.delete(keyOf(1, document));
    await serve();
    expect(await pull()).toMatchObject({ changed: true, local: { version: 1 } });
    expect(said).toEqual([expect.stringMatching(/^Signatures are not verified: this host has no trust policy /)]);
  });

  describe('5: a revoked version', () => {
    beforeEach(async () => {
      for (const version of [1, 2]) await pull(version);
    });

    test('is not taken by a rollback, or for a VM, and is marked', async () => {
      await revoke(1);
      await serve();
      await pull();
      const before = await readHost();
      expect(await failure(rollBack())).toBe(
        'every complete version of ubuntu-base before 2 on this host is revoked: 1 (leaks a key)',
      );
      expect(await failure(createVmOf(1))).toMatch(/^version 1 of ubuntu-base is revoked: leaks a key/);
      expect(await failure(pull(1))).toBe('version 1 of ubuntu-base is revoked: leaks a key');
      expect((await listHost({ root, image })).map(({ version, use, revoked }) => [version, use, revoked])).toEqual([
        [2, 'current', undefined],
        [1, 'none', 'leaks a key'],
      ]);
      expect(await readHost()).toEqual(before);
    });

    test('that a host was rolled back to fails the next pull', async () => {
      await rollBack();
      await revoke(1);
      await serve();
      expect(await failure(pullRecent())).toBe('ubuntu-base.1 is in use on this host and is revoked: leaks a key');
    });
  });

  test('6: one byte of the previous image, and a rollback', async () => {
    for (const version of [1, 2]) await pull(version);
    const path = join(root, 'snapshots', `${image}.1.qcow2`);
    await chmod(path, 0o644);
    const file = await open(path, 'r+');
    await file.write(Buffer.from([(await readFile(path)).readUInt8(70_000) ^ 1]), 0, 1, 70_000);
    await file.close();
    expect(await failure(rollBack())).toMatch(
      /^ubuntu-base\.1 is damaged: .* has a different SHA-256 than its manifest \(expected [0-9a-f]{64}\)$/,
    );
    expect(await tryReadCurrent(root, image)).toBe(2);
  });
});
