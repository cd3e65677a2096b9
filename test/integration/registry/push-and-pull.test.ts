import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pushImage, type PushReport } from '../../../src/app/push-image.js';
import { pushPublished } from '../../../src/app/push-published.js';
import { verifyHost } from '../../../src/host/list-host.js';
import { pullVersion, type Pulled } from '../../../src/host/pull-version.js';
import { changePolicy } from '../../../src/host/trust-policy.js';
import type { PushInputs } from '../../../src/inputs/push-inputs.js';
import type { ObjectStore } from '../../../src/objects/object-store.js';
import { openStore } from '../../../src/objects/open-store.js';
import { systemClock } from '../../../src/platform/clock.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { openBlob, readBlob } from '../../../src/registry/blobs.js';
import { listTags, tryFetchManifest } from '../../../src/registry/manifests.js';
import { parseRegistryAddress } from '../../../src/registry/reference.js';
import { createRegistryClient, type RegistryClient } from '../../../src/registry/registry-client.js';
import { moveChannelTo } from '../../../src/store/index/store-index.js';
import { openSource } from '../../../src/store/oci/open-source.js';
import { findVersion } from '../../../src/store/read-versions.js';
import { verifyVersionFiles } from '../../../src/store/verify-version.js';
import { addKey } from '../../../src/trust/policy.js';
import { goProgramWithinMs } from '../../fixtures/go-programs.js';
import { changeIndex, image, makeImage, publishTestVersion } from '../../fixtures/host-versions.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { getOras, registryUser, startRegistry, type TestRegistry } from '../../fixtures/registry-server.js';
import { createTestSession } from '../../fixtures/session.js';
import { createTestSigner } from '../../fixtures/signer.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';

const mebibyte = 1024 ** 2;
const signal = new AbortController().signal;
const session = createTestSession();
const processes = createTestProcesses();
const hostPorts = { processes, log: silentLog, clock: systemClock, signal };

let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let root: string;
let store: ObjectStore;
let place: { readonly address: string };
let repository: string;
let registries: Readonly<Record<'distribution' | 'memory' | 'closed', TestRegistry>>;
let made = 0;

beforeAll(async () => {
  const [distribution, memory, closed] = await Promise.all([
    startRegistry('distribution'),
    startRegistry('memory'),
    startRegistry('distribution', { auth: true }),
  ]);
  registries = { distribution, memory, closed };
}, goProgramWithinMs);
afterAll(async () => {
  await Promise.all(Object.values(registries).map(async ({ stop }) => stop()));
});

beforeEach(async () => {
  directory = await makeTestDirectory('registry');
  root = join(directory.path, 'host');
  place = { address: join(directory.path, 'store') };
  await mkdir(place.address);
  store = openStore(place, hostPorts);
  repository = `golden/test-${(made += 1)}`;
  // No credentials of whoever runs the test.
  process.env['DOCKER_CONFIG'] = join(directory.path, 'docker');
});
afterEach(async () => directory.remove());

type Kind = keyof typeof registries;

const addressOf = (kind: Kind): string => `oci://${registries[kind].host}/${repository}`;
const push = async (kind: Kind, more: Partial<PushInputs> = {}): Promise<PushReport> =>
  pushImage(
    {
      store: place,
      image,
      wanted: 'latest',
      repository: parseRegistryAddress(addressOf(kind)),
      tags: [],
      format: 'version',
      ...more,
    },
    session,
  );
const pull = async (kind: Kind, wanted: number | string = 'latest'): Promise<Pulled> =>
  pullVersion(
    { root, image, wanted, verify: false },
    { ...hostPorts, store: openSource({ address: addressOf(kind) }, hostPorts) },
  );
const clientOf = (kind: Kind): RegistryClient =>
  createRegistryClient(parseRegistryAddress(addressOf(kind)), { access: 'pull' }, hostPorts);

describe.each(['distribution', 'memory'] as const)('a registry (%s)', (kind) => {
  test('gives a host a version, and then what changed in the next', async () => {
    await publishTestVersion(store, { image: makeImage(70) });
    const first = await push(kind);
    expect(first).toMatchObject({ version: 1, tags: ['1', 'latest'], changed: true, presentBytes: 0 });
    expect((await pull(kind)).transfer).toMatchObject({ fetched: first.sentBytes, reused: 0 });
    await publishTestVersion(store, { image: makeImage(70, [5, 68]), kernel: Buffer.from('kernel') });
    await publishTestVersion(store, { image: makeImage(70, [68]), kernel: Buffer.from('kernel') });
    const third = await push(kind, { tags: ['stable'] });
    // The first layer of 64 MiB is the same as in version 1.
    expect(third.sentBytes).toBeLessThan(7 * mebibyte);
    expect(third.tags).toEqual(['3', 'latest', 'stable']);
    const second = await pull(kind);
    expect(second.found).toBe(3);
    expect(second.transfer.fetched).toBeLessThan(mebibyte + 10_000);
    expect(await verifyHost({ root, image }, { log: silentLog, signal })).toEqual([
      { version: 3, problems: [] },
      { version: 1, problems: [] },
    ]);
    expect((await listTags(clientOf(kind))).filter((tag) => !/^(ch-golden|sha256)/.test(tag)).sort()).toEqual([
      '1',
      '3',
      'latest',
      'stable',
    ]);
  });

  test('gets nothing again from a second push', async () => {
    await publishTestVersion(store);
    const first = await push(kind);
    expect(await push(kind)).toEqual({ ...first, sentBytes: 0, presentBytes: first.sentBytes, changed: false });
  });

  test('has every byte of the store', async () => {
    await publishTestVersion(store, { layout: 'layered', image: makeImage(3) }, createTestSigner());
    await push(kind);
    const source = openSource({ address: addressOf(kind) }, hostPorts);
    const { manifest } = await findVersion(image, 1, source);
    const verified = await verifyVersionFiles(manifest, { store: source, log: silentLog, signal });
    expect(verified.map(({ problem }) => problem).filter((problem) => problem !== undefined)).toEqual([]);
    expect(verified.length).toBeGreaterThan(5);
    for (const suffix of ['dsse.json', 'manifest.json', 'spdx.json', 'SHA256SUMS']) {
      const key = `snapshots/${image}.1.${suffix}`;
      expect((await source.read(key, 10 * mebibyte))?.bytes).toEqual((await store.read(key, 10 * mebibyte))?.bytes);
    }
    expect(await source.read(`snapshots/${image}.2.manifest.json`, mebibyte)).toBeUndefined();
    expect(await source.open(`snapshots/${image}.1.other`)).toBeUndefined();
  });

  test('serves a host that verifies signatures, and no index without one', async () => {
    const signer = createTestSigner();
    await changePolicy(
      { root, change: (policy) => addKey(policy, { key: signer.key.publicKey, uses: ['versions', 'index'] }) },
      hostPorts,
    );
    await publishTestVersion(store, {}, signer);
    await push(kind);
    expect((await pull(kind)).signedBy).toMatchObject({ key: signer.key.id });
    // Whoever can write to the registry, but does not have the key.
    const forged = openStore({ address: join(directory.path, 'forged') }, hostPorts);
    await mkdir(join(directory.path, 'forged'));
    await publishTestVersion(forged);
    await publishTestVersion(forged);
    place = { address: join(directory.path, 'forged') };
    await push(kind, { wanted: 2 });
    await expect(pull(kind, 2)).rejects.toThrow(/signature|signed/);
  });

  test('lets no host go back to an older index', async () => {
    await publishTestVersion(store);
    const old = await store.read(`snapshots/${image}.index.json`, mebibyte);
    await push(kind);
    await publishTestVersion(store);
    await push(kind);
    await pull(kind);
    const current = await store.read(`snapshots/${image}.index.json`, mebibyte);
    await writeFile(join(place.address, `snapshots/${image}.index.json`), old?.bytes ?? '');
    // Our push does not replace a newer index.
    expect((await push(kind)).changed).toBe(false);
    expect((await pull(kind)).found).toBe(2);
    await writeFile(join(place.address, `snapshots/${image}.index.json`), current?.bytes ?? '');
    await changeIndex(store, (index) => moveChannelTo(index, 'latest', 1));
    await push(kind);
    expect((await pull(kind)).found).toBe(1);
  });

  test('is not written to if a tag is taken, or the repository has another image', async () => {
    await publishTestVersion(store);
    await push(kind);
    place = { address: join(directory.path, 'other') };
    await mkdir(place.address);
    await publishTestVersion(openStore(place, hostPorts));
    await expect(push(kind)).rejects.toMatchObject({
      message: `${addressOf(kind)}:1 is not ${image}.1 of this store: the tag is taken`,
      fix: expect.stringContaining('a separate repository'),
    });
  });

  test('has a containerDisk with the image, and the same digest each time', async () => {
    const content = makeImage(20);
    await publishTestVersion(store, { image: content });
    const first = await push(kind, { format: 'containerdisk' });
    expect(first.tags).toEqual(['1.containerdisk', 'latest.containerdisk']);
    expect(await push(kind, { format: 'containerdisk' })).toMatchObject({
      digest: first.digest,
      sentBytes: 0,
      changed: false,
    });
    const client = clientOf(kind);
    const found = await tryFetchManifest(client, 'latest.containerdisk');
    expect(found?.digest).toBe(first.digest);
    const { layers, config } = found!.manifest;
    const archive = join(directory.path, 'layer.tar');
    await writeFile(archive, await buffer(await openBlob(client, layers[0]!)));
    const list = await processes.run({ argv: ['tar', '--numeric-owner', '-tvf', archive] });
    expect(list.stdout.split('\n').map((line) => line.replace(/\s+\d{4}-\S+ \S+/, '').replace(/ +/g, ' '))).toEqual([
      'dr-xr-xr-x 107/107 0 disk/',
      expect.stringMatching(new RegExp(`^-r--r----- 107/107 ${content.length} disk/${image}\\.qcow2$`)),
      '',
    ]);
    await processes.run({ argv: ['tar', '-xf', archive, '-C', directory.path, '--no-same-owner'] });
    expect(sha256Of(await readFile(join(directory.path, `disk/${image}.qcow2`)))).toBe(sha256Of(content));
    expect(JSON.parse(String(await readBlob(client, config, mebibyte)))).toMatchObject({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [layers[0]!.digest] },
    });
    repository += '-again';
    expect(await push(kind, { format: 'containerdisk' })).toMatchObject({ digest: first.digest, changed: true });
  });

  test('has no containerDisk of a layered version', async () => {
    await publishTestVersion(store, { layout: 'layered' });
    await expect(push(kind, { format: 'containerdisk' })).rejects.toThrow('layered: a containerDisk has one file');
  });

  test(
    'is readable by oras, byte for byte',
    async () => {
      const content = makeImage(66);
      await publishTestVersion(store, { image: content });
      const { reference } = await push(kind);
      const oras = await getOras();
      const to = join(directory.path, 'oras');
      const run = async (...args: readonly string[]): Promise<string> =>
        (await processes.run({ argv: [oras, ...args], cwd: directory.path })).stdout;
      await run('pull', '--plain-http', '--output', to, reference);
      const parts = await Promise.all(
        ['part-0000', 'part-0001'].map(async (part) => readFile(join(to, `${image}.1.qcow2.${part}`))),
      );
      expect(sha256Of(Buffer.concat(parts))).toBe(sha256Of(content));
      const tree = JSON.parse(await run('discover', '--plain-http', '--format', 'json', reference)) as {
        readonly referrers?: readonly { readonly artifactType: string }[];
        readonly manifests?: readonly { readonly artifactType: string }[];
      };
      const types = (tree.referrers ?? tree.manifests ?? []).map(({ artifactType }) => artifactType);
      expect(types).toEqual(
        expect.arrayContaining(['application/spdx+json', 'application/vnd.ch-golden.checksums.v1']),
      );
    },
    goProgramWithinMs,
  );
});

describe('a registry with passwords', () => {
  const save = async (config: object): Promise<void> => {
    await mkdir(join(directory.path, 'docker'), { recursive: true });
    await writeFile(join(directory.path, 'docker', 'config.json'), JSON.stringify(config));
  };
  const pair = Buffer.from(`${registryUser.name}:${registryUser.password}`).toString('base64');

  test('rejects who has none, with the command that helps', async () => {
    await publishTestVersion(store);
    await expect(push('closed')).rejects.toMatchObject({
      message: `registry ${registries.closed.host} requires credentials, and none are saved for it`,
      fix: `sign in: docker login ${registries.closed.host}`,
    });
  });

  test('rejects a wrong password without naming it', async () => {
    await publishTestVersion(store);
    const auth = Buffer.from('golden:wrong horse').toString('base64');
    await save({ auths: { [registries.closed.host]: { auth } } });
    const error = await push('closed').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: expect.stringContaining('returned 401') });
    expect(JSON.stringify(error) + String(error)).not.toMatch(/horse|Z29sZGVu/);
  });

  test('accepts the password that docker login saved', async () => {
    await publishTestVersion(store);
    await save({ auths: { [`http://${registries.closed.host}`]: { auth: pair } } });
    await push('closed');
    expect((await pull('closed')).found).toBe(1);
  });

  test('accepts what a credential helper returns for it', async () => {
    await publishTestVersion(store);
    const helper = join(directory.path, 'docker-credential-test');
    const answer = JSON.stringify({ Username: registryUser.name, Secret: registryUser.password });
    await writeFile(
      helper,
      `#!/bin/sh\nread server\n[ "$1 $server" = "get ${registries.closed.host}" ] && echo '${answer}'\n`,
    );
    await chmod(helper, 0o755);
    await save({ credHelpers: { [registries.closed.host]: 'test' } });
    const helped = {
      ...session,
      processes: createTestProcesses(signal, { PATH: `${directory.path}:${process.env['PATH'] ?? ''}` }),
    };
    const inputs = { store: place, image, wanted: 1, tags: [], format: 'version' } as const;
    const report = await pushImage({ ...inputs, repository: parseRegistryAddress(addressOf('closed')) }, helped);
    expect(report.changed).toBe(true);
  });
});

describe('publish-oci', () => {
  const publish = (kind: Kind) => ({ registry: parseRegistryAddress(addressOf(kind)) });

  test('pushes what a build has published', async () => {
    const { manifest } = await publishTestVersion(store);
    const pushed = await pushPublished(manifest, { store: place, publish: publish('distribution') }, session);
    expect(pushed?.reference).toBe(`${registries.distribution.host}/${repository}@${pushed?.digest}`);
    expect((await pull('distribution')).found).toBe(1);
  });

  test('does nothing if it is not set', async () => {
    const { manifest } = await publishTestVersion(store);
    expect(await pushPublished(manifest, { store: place, publish: {} }, session)).toBeUndefined();
  });

  test('says that the version is published, and how to push it again', async () => {
    const { manifest } = await publishTestVersion(store);
    const host = registries.closed.host;
    await expect(pushPublished(manifest, { store: place, publish: publish('closed') }, session)).rejects.toMatchObject({
      message:
        `${image}.1 is published in the store, but was not pushed to ${addressOf('closed')}: registry ${host} ` +
        'requires credentials, and none are saved for it',
      fix:
        `sign in: docker login ${host}. Then push it again: ch-golden push ${addressOf('closed')} 1 ` +
        `--store ${place.address}`,
    });
  });
});
