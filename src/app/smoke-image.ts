import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createDirectories } from '../platform/fs/create-directories.js';
import { laterRelease, minReleaseFor } from '../vmm/cloud-hypervisor-needs.js';
import { assertVersionFile } from '../host/version-gate.js';
import { daemonUnit } from '../image/daemon-edits.js';
import { inspectImage, type BootableImage } from '../image/inspect-image.js';
import type { BuildInputs } from '../inputs/build-inputs.js';
import type { SmokeSubject } from '../inputs/commands/smoke.js';
import { Failure } from '../platform/errors.js';
import type { Log } from '../platform/progress/log.js';
import { withRunDirectory } from '../platform/fs/run-directory.js';
import { proveImage } from '../smoke/prove-image.js';
import type { SmokeReport } from '../smoke/smoke-report.js';
import type { ManifestFile } from '../store/documents/manifest.js';
import { fileKey } from '../store/names.js';
import type { ObjectStore } from '../objects/object-store.js';
import { openStore } from '../objects/open-store.js';
import { findVersion } from '../store/read-versions.js';
import type { BuildPorts } from './build/build-steps.js';
import { collectOnFailure } from './collect-failure.js';
import { writeBoot } from './write-boot.js';

export interface SmokeImageRequest {
  readonly subject: SmokeSubject;
  readonly smoke: BuildInputs['smoke'];
  /** On which the daemon answers in the VM. */
  readonly port: number;
  readonly directories: BuildInputs['directories'];
}

/** Boots clones of a published version, or of any image file, and proves that it works. */
export async function smokeImage(request: SmokeImageRequest, ports: BuildPorts): Promise<SmokeReport> {
  const { work, report: to } = request.directories;
  return withRunDirectory(work, ports, async (directory) =>
    collectOnFailure(
      { from: directory, to, secrets: ports.secrets },
      async () => {
        const subject = await ports.steps.run('Fetch image', async (log) =>
          getSubject(request, directory, { ...ports, log }),
        );
        const consoles = join(directory, 'smoke');
        await mkdir(consoles);
        const report = await ports.steps.run('Smoke test', async (log) =>
          proveImage(
            {
              ...request.smoke,
              ...subject,
              directory: consoles,
              daemon: {
                port: request.port,
                unit: daemonUnit,
                ...(subject.daemonVersion === undefined ? {} : { version: subject.daemonVersion }),
              },
            },
            { ...ports, log },
          ),
        );
        await writeBoot(report, to);
        return report;
      },
      ports,
    ),
  );
}

type Subject = BootableImage & { readonly daemonVersion?: string };

async function getSubject(
  request: SmokeImageRequest,
  directory: string,
  ports: BuildPorts & { readonly log: Log },
): Promise<Subject> {
  const { subject } = request;
  if ('file' in subject)
    return inspectImage({ path: subject.file, directory, cacheDirectory: request.directories.cache }, ports);
  const store = openStore(subject.store, ports);
  const { manifest, revocation } = await findVersion(subject.image, subject.wanted, store);
  if (revocation !== undefined)
    ports.log.warn(`version ${manifest.version} of ${manifest.image} is revoked: ${revocation.reason}`);
  const files = new Map<string, string>();
  let needed: string = manifest.cloudHypervisor.min;
  for (const file of manifest.files) {
    const path = join(directory, file.role === 'base' ? 'images' : 'snapshots', file.name);
    await fetchFile(file, unprovenPath(path), store, ports);
    const header = await assertVersionFile({ ...file, path: unprovenPath(path) }, manifest);
    if (header !== undefined) needed = laterRelease(needed, minReleaseFor(header));
    files.set(file.role, path);
  }
  for (const path of files.values()) await rename(unprovenPath(path), path);
  const get = (role: ManifestFile['role']): string => files.get(role) ?? '';
  return {
    image: { path: get('image'), virtualSize: manifest.disk.virtualSize, minCloudHypervisor: needed },
    kernel: get('kernel'),
    initramfs: get('initramfs'),
    cmdline: manifest.cmdline,
    digest: manifest.disk,
    ...(manifest.daemon.version === undefined ? {} : { daemonVersion: manifest.daemon.version }),
  };
}

/** The name of a file until all files of its version have passed: what describes a failed run has QEMU look at the images that it finds. */
function unprovenPath(path: string): string {
  return `${path}.unproven`;
}

/** Fetches a file of a version as a whole, and checks it against the manifest. */
async function fetchFile(
  file: ManifestFile,
  path: string,
  store: ObjectStore,
  ports: BuildPorts & { readonly log: Log },
): Promise<void> {
  const key = fileKey(file);
  await createDirectories(dirname(path));
  const source = await store.open(key);
  if (source === undefined) throw new Failure(`${store.uri(key)} is missing`);
  const hash = createHash('sha256');
  let done = 0;
  const meter = new Transform({
    transform: (chunk: Buffer, _encoding, forward) => {
      hash.update(chunk);
      ports.log.progress(file.name, (done += chunk.length), file.size);
      forward(null, chunk);
    },
  });
  await pipeline(source, meter, createWriteStream(path, { flags: 'wx' }), { signal: ports.signal });
  if (hash.digest('hex') !== file.sha256)
    throw new Failure(`${store.uri(key)} is not what the manifest says: its SHA-256 differs`);
}
