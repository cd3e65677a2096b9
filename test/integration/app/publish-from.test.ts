import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { appendFile, chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { exportStore, publishFrom, trimStaged, type PublishFromReport } from '../../../src/app/publish-from.js';
import type { ObjectStore } from '../../../src/objects/object-store.js';
import { openStore } from '../../../src/objects/open-store.js';
import { systemClock } from '../../../src/platform/clock.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { changeChannels } from '../../../src/store/change-channels.js';
import { claimVersion } from '../../../src/store/claim-version.js';
import { tryReadHeartbeat } from '../../../src/store/heartbeat.js';
import { readIndex } from '../../../src/store/index/update-index.js';
import { readVersionSignatures } from '../../../src/store/version-signatures.js';
import { findBrokenVersions } from '../../fixtures/check-store.js';
import { image, makeImage, publishTestVersion } from '../../fixtures/host-versions.js';
import { listFiles } from '../../fixtures/list-files.js';
import { asQcow2 } from '../../fixtures/qcow2-bytes.js';
import { createTestSession } from '../../fixtures/session.js';
import { createTestSigner } from '../../fixtures/signer.js';
import { builder, layeredOver } from '../../fixtures/version-parts.js';

const signer = createTestSigner();
const session = createTestSession();
let root: string;
let directory: string;
let store: ObjectStore;
let staged: ObjectStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'publish-from-'));
  directory = join(root, 'staged');
  store = openStore({ address: join(root, 'store') }, session);
  staged = openStore({ address: directory }, session);
});
afterEach(async () => rm(root, { recursive: true }));

const place = (): { readonly address: string } => ({ address: join(root, 'store') });

const exportAll = async (): Promise<readonly number[]> => exportStore({ store: place(), image, directory }, session);

interface PublishOptions {
  readonly signed?: boolean;
  readonly run?: string;
}

const publish = async (
  change: Partial<Parameters<typeof publishFrom>[0]> = {},
  { signed = true, run }: PublishOptions = {},
): Promise<PublishFromReport> =>
  publishFrom(
    {
      store: place(),
      image,
      directory,
      version: undefined,
      channel: 'latest',
      keep: 10,
      unsafeStore: false,
      ...change,
    },
    {
      ...session,
      builder: run === undefined ? builder : { ...builder, run },
      directories: { work: join(root, 'work') },
      ...(signed ? { signer } : {}),
    },
  );

const liveIn = async (where: ObjectStore): Promise<readonly number[]> =>
  (await readIndex(image, where)).live.map(({ version }) => version);

describe('a store is exported', () => {
  test('with its manifests and documents, without images and signatures', async () => {
    await publishTestVersion(store, {}, signer);
    await publishTestVersion(store, {}, signer);
    expect(await exportAll()).toEqual([1, 2]);
    const { signatures, expires, channels } = await readIndex(image, staged);
    expect({ signatures, expires, latest: channels['latest']?.version }).toEqual({ latest: 2 });
    expect(await listFiles(join(directory, 'snapshots'))).toEqual([
      ...[1, 2].flatMap((version) =>
        ['inventory.json', 'manifest.json', 'spdx.json'].map((suffix) => `${image}.${version}.${suffix}`),
      ),
      `${image}.index.json`,
    ]);
  });

  test('of an image that has no version', async () => {
    expect(await exportAll()).toEqual([]);
    expect((await publishTestVersion(staged)).manifest.version).toBe(1);
  });

  test('so that a build takes a number that is free in the store, too', async () => {
    await publishTestVersion(store);
    await claimVersion({ image, owner: 'other', version: 4, builder }, { store, clock: systemClock, log: silentLog });
    await exportAll();
    expect((await publishTestVersion(staged)).manifest.version).toBe(5);
  });

  test('never over another copy', async () => {
    await publishTestVersion(store);
    await exportAll();
    await expect(exportAll()).rejects.toMatchObject({ fix: 'export into an empty directory' });
  });
});

describe('what a build has left is published', () => {
  test.each(['flattened', 'layered'] as const)('%s: complete, signed, under its number', async (layout) => {
    await publishTestVersion(store, {}, signer);
    await exportAll();
    await publishTestVersion(staged, { layout });
    const { changed, version, uris } = await publish();
    expect({ changed, number: version.manifest.version, image: basename(uris.image) }).toEqual({
      changed: true,
      number: 2,
      image: `${image}.2.qcow2`,
    });
    expect(await findBrokenVersions(image, store)).toEqual([]);
    const index = await readIndex(image, store);
    expect({ live: await liveIn(store), latest: index.channels['latest']?.version }).toEqual({
      live: [1, 2],
      latest: 2,
    });
    expect(index.signatures?.map(({ keyid }) => keyid)).toEqual([signer.key.id]);
    expect(await readVersionSignatures({ image, version: 2, ...version }, store)).toMatchObject([
      { kind: 'keys', signers: [signer.key.id] },
    ]);
  });

  test('once: a second time counts as a check, and writes the heartbeat', async () => {
    await exportAll();
    await publishTestVersion(staged);
    expect((await publish()).changed).toBe(true);
    const before = await listFiles(join(root, 'store', 'snapshots'));
    expect((await publish()).changed).toBe(false);
    expect(await listFiles(join(root, 'store', 'snapshots'))).toEqual([...before, `${image}.heartbeat.json`].sort());
    expect(await tryReadHeartbeat(image, store)).toMatchObject({ version: 1, signatures: [{ keyid: signer.key.id }] });
  });

  test('and old versions go', async () => {
    for (let number = 1; number <= 3; number += 1) await publishTestVersion(store, {}, signer);
    await exportAll();
    await publishTestVersion(staged);
    await publish({ keep: 2 });
    expect(await liveIn(store)).toEqual([3, 4]);
  });
});

describe('what the store has is trimmed', () => {
  const trim = async (version = 2): Promise<void> => trimStaged({ image, directory, version }, session);
  const usedBytes = async (name: string): Promise<number> =>
    (await stat(join(directory, 'snapshots', `${image}.${name}`))).blocks * 512;

  test('and put back when it is published, to the byte', async () => {
    await publishTestVersion(store, { image: makeImage(6) }, signer);
    await exportAll();
    const changed = makeImage(6, [2]);
    await publishTestVersion(staged, { image: changed });
    const before = await usedBytes('2.qcow2');
    await trim();
    expect(before - (await usedBytes('2.qcow2'))).toBeGreaterThanOrEqual(5 * 1024 ** 2);
    const { version } = await publish();
    expect(await findBrokenVersions(image, store)).toEqual([]);
    expect(version.manifest.files.find(({ role }) => role === 'image')?.sha256).toBe(sha256Of(changed));
    expect(await readFile(join(root, 'store', 'snapshots', `${image}.2.qcow2`))).toEqual(changed);
    expect(await listFiles(join(root, 'work'))).toEqual([]);
  });

  test('nothing of a first version', async () => {
    await exportAll();
    await publishTestVersion(staged, { image: makeImage(2) });
    await trim(1);
    expect((await publish()).changed).toBe(true);
    expect(await findBrokenVersions(image, store)).toEqual([]);
  });

  test('but never in a store', async () => {
    await publishTestVersion(staged);
    await publishTestVersion(staged);
    const before = await readFile(join(directory, 'snapshots', `${image}.2.qcow2`));
    await expect(trim()).rejects.toThrow(/1\.qcow2 exists: this is a store/);
    expect(await readFile(join(directory, 'snapshots', `${image}.2.qcow2`))).toEqual(before);
  });

  test('but zeros that no version of the store explains are not published', async () => {
    await publishTestVersion(store, { image: makeImage(3) }, signer);
    await exportAll();
    await publishTestVersion(staged, { image: makeImage(3, [1]) });
    const path = join(directory, 'snapshots', `${image}.2.qcow2`);
    await makeWritable(async () => {
      const bytes = await readFile(path);
      await writeFile(path, bytes.fill(0, 1024 ** 2, 2 * 1024 ** 2));
    });
    await expect(publish()).rejects.toThrow(/SHA-256 differs .*first difference in the chunk at offset 1048576/);
    expect(await liveIn(store)).toEqual([1]);
  });
});

describe('a version that is published already', () => {
  test('is not recorded as current if there is a newer one', async () => {
    await publishTestVersion(store, {}, signer);
    await publishTestVersion(store, {}, signer);
    await exportAll();
    expect((await publish({ version: 1 })).changed).toBe(false);
    expect(await tryReadHeartbeat(image, store)).toBeUndefined();
    expect((await publish({ version: 2 })).changed).toBe(false);
    expect(await tryReadHeartbeat(image, store)).toMatchObject({ version: 2 });
  });

  test('and revoked is rejected', async () => {
    await publishTestVersion(store);
    await publishTestVersion(store);
    await exportAll();
    const operation = { operation: 'revoke', which: { version: 1 }, reason: 'bad openssl' } as const;
    await changeChannels({ image, owner: 'other', operation }, { ...session, store });
    await expect(publish({ version: 1 }, { signed: false })).rejects.toThrow('is published and revoked: bad openssl');
  });
});

test('a claim that an earlier attempt of the run has left is taken over', async () => {
  await exportAll();
  await publishTestVersion(staged);
  const run = (attempt: number): string => `https://github.com/acme/images/actions/runs/1/attempts/${attempt}`;
  const claimed = { image, owner: 'killed', version: 1, builder: { ...builder, run: run(1) } };
  await claimVersion(claimed, { store, clock: systemClock, log: silentLog });
  await expect(publish()).rejects.toThrow('version 1 of ubuntu-base is taken');
  expect((await publish({}, { run: run(2) })).changed).toBe(true);
});

describe('nothing is published', () => {
  const staging = (name: string): string => join(directory, 'snapshots', `${image}.2.${name}`);
  const damages: readonly (readonly [string, () => Promise<void>, string | RegExp])[] = [
    ['an image with another byte', async () => flip(staging('qcow2')), /2\.qcow2: SHA-256 differs/],
    ['a longer kernel', async () => appendFile(staging('vmlinuz'), 'x'), /2\.vmlinuz: size is 3001 bytes, not 3000/],
    ['a missing initramfs', async () => rm(staging('initramfs')), /2\.initramfs: missing/],
    [
      'another inventory',
      async () => appendFile(staging('inventory.json'), ' '),
      /2\.inventory\.json: size is \d+ bytes/,
    ],
    ['another manifest', async () => appendFile(staging('manifest.json'), ' '), /2\.manifest\.json/],
    [
      'an image that is a link out of the directory',
      async () => {
        await rm(staging('qcow2'));
        await symlink('/etc/passwd', staging('qcow2'));
      },
      /not a plain file|is rejected/,
    ],
  ];
  test.each(damages)('of %s', async (_, damage, message) => {
    await publishTestVersion(store, {}, signer);
    await exportAll();
    await publishTestVersion(staged);
    const before = await listFiles(join(root, 'store'));
    await makeWritable(damage);
    await expect(publish()).rejects.toThrow(message);
    expect(await listFiles(join(root, 'store'))).toEqual(before);
  });

  test('of an image that opens a file of the publisher, though its digest is right', async () => {
    await publishTestVersion(store, {}, signer);
    await exportAll();
    await publishTestVersion(staged, { image: asQcow2(Buffer.alloc(5000), layeredOver('/etc/passwd', 'raw')) });
    await expect(publish()).rejects.toThrow('is rejected');
    expect(await liveIn(store)).toEqual([1]);
  });

  test('under a number that another run has claimed meanwhile', async () => {
    await publishTestVersion(store, {}, signer);
    await exportAll();
    await publishTestVersion(staged);
    await publishTestVersion(store, {}, signer);
    await expect(publish()).rejects.toThrow(`version 2 of ${image} is taken`);
    expect(await findBrokenVersions(image, store)).toEqual([]);
  });

  test('without the key that signs the index', async () => {
    await publishTestVersion(store, {}, signer);
    await exportAll();
    await publishTestVersion(staged);
    await expect(publish({}, { signed: false })).rejects.toMatchObject({ fix: expect.stringContaining('sign-key') });
    expect(await liveIn(store)).toEqual([1]);
  });

  test('from what is no directory', async () => {
    await expect(publish({ directory: 's3://bucket/x' })).rejects.toThrow('is not a directory of this machine');
  });
});

/** Objects of a store are read-only. */
async function makeWritable(work: () => Promise<void>): Promise<void> {
  for (const name of await listFiles(join(directory, 'snapshots')))
    await chmod(join(directory, 'snapshots', name), 0o644);
  await work();
}

async function flip(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  await writeFile(path, bytes);
}
