import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryReadAptState } from '../../../src/app/build/apt-state.js';
import { listLocalVersions } from '../../../src/host/local-versions.js';
import { cacheIndex } from '../../../src/host/cached-index.js';
import { checkVmRecord, recordKind } from '../../../src/host/vm/record-schema.js';
import { vmCommand } from '../../../src/host/vm/vm-record.js';
import { withVmDirectory } from '../../../src/host/vm/vm-files.js';
import { tryFindVmm } from '../../../src/host/vm/vmm-process.js';
import { checkQcow2 } from '../../../src/image/inspect-qcow2.js';
import { alignExtents, mapData, mapOverlay } from '../../../src/image/disk-map.js';
import { createSudoMountDriver } from '../../../src/image/mount/sudo-mount-driver.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import type { Processes } from '../../../src/platform/process/processes.js';
import { assertBridge } from '../../../src/smoke/cloud-hypervisor/bridge.js';
import { tryReadClaim } from '../../../src/store/claim-version.js';
import { compareVersions } from '../../../src/store/documents/compare-versions.js';
import { formatDocument, parseDocument } from '../../../src/platform/document.js';
import { tryReadHeartbeat } from '../../../src/store/heartbeat.js';
import { formatInventory, tryReadInventory } from '../../../src/store/documents/inventory-document.js';
import { parseManifest, type Manifest } from '../../../src/store/documents/manifest.js';
import type { DocumentRole } from '../../../src/store/names.js';
import type { ObjectReader, ObjectStore } from '../../../src/objects/object-store.js';
import { formatSums } from '../../../src/store/publish-version.js';
import { toSpdx } from '../../../src/store/documents/spdx.js';
import {
  abandonVersions,
  addVersion,
  listRetention,
  indexKind,
  moveChannelTo,
  startRetiring,
  type StoreIndex,
} from '../../../src/store/index/store-index.js';
import { toVersionFacts } from '../../../src/store/documents/version-facts.js';
import { makeVersionParts } from '../../fixtures/version-parts.js';
import { bytes, require, text, type Parser } from './parser.js';

/** JSON documents of a store, a host, another run or a tool. */

const directory = await mkdtemp(join(tmpdir(), 'fuzz-documents-'));
const digest = sha256Of('x');
const { signal } = new AbortController();

async function makeManifest(layout: 'flattened' | 'layered'): Promise<Buffer> {
  const parts = await makeVersionParts(join(directory, layout), layout);
  const file = (role: string, name: string, sha256 = digest): object => ({
    role,
    name,
    size: 10,
    sha256,
    chunkSize: 4,
    chunks: [digest, digest, digest],
  });
  return formatDocument({
    schema: 1,
    image: 'ubuntu-base',
    version: 3,
    ...toVersionFacts(parts),
    previous: 2,
    files: [
      file('image', 'ubuntu-base.3.qcow2'),
      file('kernel', 'ubuntu-base.3.vmlinuz'),
      file('initramfs', 'ubuntu-base.3.initramfs'),
      ...(layout === 'layered' ? [file('base', `${parts.base.sha256}.img`, parts.base.sha256)] : []),
    ],
    documents: { sbom: { name: 'ubuntu-base.3.spdx.json', size: 10, sha256: digest } },
  });
}
const manifests = [await makeManifest('flattened'), await makeManifest('layered')];
const manifest = parseManifest(manifests[0]!, 'the manifest');

const index = formatDocument({
  schema: 1,
  image: 'ubuntu-base',
  generation: 7,
  nonce: 'n',
  highest: 5,
  live: [
    { version: 3, manifestSha256: digest },
    { version: 4, manifestSha256: digest },
    { version: 5, manifestSha256: digest },
  ],
  retiring: [{ version: 2, since: '2026-11-23T06:00:00.000Z' }],
  abandoned: [1],
  revoked: { 4: { reason: 'broken', at: '2026-11-23T06:00:00.000Z', replacement: 5 } },
  channels: { latest: { version: 5, manifestSha256: digest, previous: 3 } },
} satisfies StoreIndex);

/** A store in which every object has this content. */
function storeOf(content: Buffer): ObjectStore {
  const reader: Pick<ObjectReader, 'uri' | 'read'> = {
    uri: (key) => `file:///store/${key}`,
    read: async () => Promise.resolve({ bytes: content, tag: 'x' }),
  };
  return reader as ObjectStore;
}

/** A version whose document of this role has this content. */
function withDocument(role: DocumentRole, content: Buffer): Manifest {
  return { ...manifest, documents: { [role]: { name: 'x', size: content.length, sha256: sha256Of(content) } } };
}

/** A tool that prints this and succeeds. */
function printing(stdout: string): { readonly processes: Processes } {
  const processes: Pick<Processes, 'run'> = {
    run: async (command) => {
      stdout.split('\n').forEach((line) => command.onLine?.(line));
      return Promise.resolve({ stdout, stderr: '' });
    },
  };
  return { processes: processes as Processes };
}

function useManifest(content: Buffer): void {
  const read = parseManifest(content, 'the manifest');
  require(parseManifest(formatDocument(read), 'the manifest').fingerprint ===
    read.fingerprint, 'a manifest that changes when it is written');
  require(formatSums(read).toString().split('\n').length ===
    read.files.length + Object.keys(read.documents ?? {}).length + 1, 'sums of another number of files');
  toSpdx(read);
  compareVersions({ facts: read }, { facts: manifest });
}

function useIndex(content: Buffer): void {
  const read = parseDocument(indexKind, content, 'the index');
  parseDocument(indexKind, formatDocument(read), 'the index as it is written');
  listRetention(read, 2);
  const changed = addVersion(abandonVersions(startRetiring(read, 2, '2026-11-23T06:00:00.000Z'), [6]), {
    version: 7,
    manifestSha256: digest,
  });
  // The changed document can be parsed again.
  parseDocument(indexKind, formatDocument(moveChannelTo(changed, 'latest', 7)), 'the index as it is changed');
}

async function useInventory(content: Buffer): Promise<void> {
  const read = await tryReadInventory(withDocument('inventory', content), storeOf(content));
  if (read === undefined) throw new Error('wrong answer: no inventory');
  const written = formatInventory(read);
  await tryReadInventory(withDocument('inventory', written), storeOf(written));
  compareVersions({ facts: manifest, inventory: read }, { facts: manifest, inventory: { files: [], folders: [] } });
}

let runs = 0;
/** A file of a host, below a new root. */
async function onHost(path: string, content: Buffer): Promise<string> {
  const root = join(directory, `host-${runs++}`);
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), content);
  return root;
}

async function readKeptIndex(content: Buffer): Promise<void> {
  const store = storeOf(index);
  const root = await onHost('versions/.ubuntu-base.index.json', content);
  const found = await cacheIndex(root, 'ubuntu-base', {
    ...store,
    read: async (_, __, known) => Promise.resolve(known ?? { bytes: index, tag: 'y' }),
  }).read('snapshots/ubuntu-base.index.json', indexKind.limit);
  require(found !== undefined, 'no index');
}

async function tryVmm(content: Buffer): Promise<void> {
  const root = await onHost('vmm.process', content);
  require((await withVmDirectory(root, async (directory) => tryFindVmm(directory, signal))) ===
    undefined, 'a process that is another');
}

async function ofMount(stdout: string): Promise<unknown> {
  const root = await onHost('x', Buffer.alloc(0));
  return createSudoMountDriver(['program']).apply(
    { overlay: '', edits: [], directory: root },
    { ...printing(stdout), log: silentLog },
  );
}

const heartbeat = formatDocument({
  schema: 1,
  image: 'ubuntu-base',
  version: 3,
  checked: '2026-11-23T06:00:00.000Z',
  owner: 'x',
});
const claim = formatDocument({
  schema: 1,
  image: 'ubuntu-base',
  version: 3,
  owner: 'x',
  created: '2026-11-23T06:00:00.000Z',
  builder: { tool: 'x', run: 'https://example.org/actions/runs/1/attempts/1' },
});
const inventory = formatInventory({
  files: [{ path: '/etc/x', mode: 420, uid: 0, gid: 0, size: 3, content: `sha256:${digest}` }],
  folders: [{ path: '/etc', bytes: 3 }],
});
const aptState = Buffer.from(
  JSON.stringify({
    schema: 1,
    architectures: ['amd64'],
    status: 'Package: dpkg\n',
    sources: [{ name: 'sources.list', text: 'deb http://a.example x y' }],
    preferences: [],
    keyrings: [{ path: '/a.gpg', trusted: true, content: 'AAAA' }],
  }),
);
const vm = Buffer.from(
  JSON.stringify({
    schema: 1,
    name: 'one',
    image: 'ubuntu-base',
    version: 3,
    imagePath: '/h/snapshots/ubuntu-base.3.qcow2',
    kernelPath: '/h/kernels/vmlinuz-6.8',
    initramfsPath: '/h/kernels/initrd.img-6.8@ubuntu-base.3',
    cmdline: 'ro',
    diskOptions: 'image_type=qcow2',
    cpus: 2,
    memoryMiB: 1024,
    macAddress: '52:54:00:12:34:56',
    tap: 'tap0',
  }),
);
const map =
  '[{ "start": 0, "length": 65536, "depth": 0, "present": true, "zero": false, "data": true, "offset": 327680},\n' +
  '{ "start": 65536, "length": 65536, "depth": 1, "present": true, "zero": true, "data": false}]\n';
const check =
  '{\n "image-end-offset": 262144,\n "total-clusters": 1024,\n "check-errors": 0,\n "allocated-clusters": 3,\n' +
  ' "compressed-clusters": 2,\n "filename": "/x",\n "format": "qcow2"\n}\n';
/** A schema reports each of its values. */
const zeros = (before: string, behind: string): string => `${before}${'0,'.repeat(2_000_000)}0${behind}`;

export const parsers: readonly Parser[] = [
  bytes('manifest', manifests, useManifest, {
    cases: [
      zeros('{"schema":1,"packages":[', ']}'),
      '['.repeat(2_000_000),
      `{"schema":1,"image":"${'é'.repeat(1_000_000)}"}`,
      '{"schema":1e400}',
    ],
  }),
  bytes('index', [index], useIndex, { cases: [zeros('{"schema":1,"live":[', ']}'), '{"__proto__":{"schema":2}}'] }),
  bytes('heartbeat', [heartbeat], async (input) => tryReadHeartbeat('ubuntu-base', storeOf(input))),
  bytes('claim', [claim], async (input) => tryReadClaim('ubuntu-base', 3, storeOf(input))),
  bytes('inventory', [inventory], useInventory, { cases: [zeros('{"schema":1,"folders":[', ']}')] }),
  bytes('apt state', [aptState], async (input) => tryReadAptState(withDocument('aptState', input), storeOf(input)), {
    cases: ['', 'no JSON', zeros('{"schema":1,"architectures":[', ']}')],
  }),
  bytes('record of a VM', [vm], async (input) =>
    vmCommand(await checkVmRecord('/h', 'one', parseDocument(recordKind, input, 'launch.json'))),
  ),
  bytes(
    'record of a version on a host',
    manifests,
    async (input) => listLocalVersions(await onHost('versions/ubuntu-base.3/manifest.json', input)),
    { share: 0.5 },
  ),
  bytes(
    'index that a host keeps',
    [
      Buffer.from(
        JSON.stringify({ uri: 'file:///store/snapshots/ubuntu-base.index.json', tag: 'x', content: index.toString() }),
      ),
    ],
    readKeptIndex,
    { share: 0.5 },
  ),
  bytes('note of a VMM', [Buffer.from('999999 (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5678 0\nboot\n')], tryVmm, {
    share: 0.5,
    throwsPlainErrors: true,
  }),
  text('qemu-img map', [map], async (input) => {
    const extents = await mapData({ path: '/x', format: 'qcow2' }, printing(input));
    alignExtents([...extents, ...(await mapOverlay('/x', printing(input)))], 65536, 131072);
  }),
  text('qemu-img check', [check, '{}'], async (input) => checkQcow2('/x', printing(input))),
  text('ip link', ['[{"ifindex":3,"ifname":"br0","flags":["UP"]},{"ifindex":4,"ifname":"br1"}]'], async (input) =>
    assertBridge('br0', printing(input)),
  ),
  text(
    'words of the driver mount',
    [
      '{"kind":"info","line":"x"}\nsudo: a warning\n' +
        '{"kind":"done","pin":{"snapshot":"20260501T000000Z","unpinned":["a 1 amd64"]}}\n',
      '{"kind":"done"}\n',
    ],
    ofMount,
    {
      share: 0.5,
      cases: [
        '{"kind":"failure"}',
        '{"kind":"constructor","line":1}\n{"kind":"done"}',
        '{"line":"x"}',
        '{"kind":"failure","message":null,"evidence":1}',
      ],
    },
  ),
];
