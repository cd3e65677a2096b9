import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { laterRelease, minReleaseFor } from '../vmm/cloud-hypervisor-needs.js';
import { daemonUnit } from '../image/daemon-edits.js';
import { inspectImage, type BootableImage } from '../image/inspect-image.js';
import type { BuildInputs } from '../inputs/build-inputs.js';
import type { SmokeSubject } from '../inputs/commands/smoke.js';
import type { Log } from '../platform/progress/log.js';
import { withoutUndefined } from '../platform/without-undefined.js';
import { withRunDirectory } from '../platform/fs/run-directory.js';
import { proveImage } from '../smoke/prove-image.js';
import type { SmokeReport } from '../smoke/smoke-report.js';
import type { ManifestFile } from '../store/documents/manifest.js';
import { openStore } from '../objects/open-store.js';
import { findVersion } from '../store/read-versions.js';
import type { BuildPorts } from './build/build-steps.js';
import { collectOnFailure } from './collect-failure.js';
import { fetchStoredFiles } from './fetch-version-files.js';
import { proveWarmStarts, type WarmSubject } from './warm/prove-warm.js';
import { writeBoot } from './write-boot.js';

export interface SmokeImageRequest {
  readonly subject: SmokeSubject;
  readonly smoke: BuildInputs['smoke'];
  /** The port that the daemon listens on in the VM. */
  readonly port: number;
  readonly directories: BuildInputs['directories'];
}

/** Boots clones of a published version, or of any image file, and checks that the daemon responds in each. */
export async function smokeImage(request: SmokeImageRequest, ports: BuildPorts): Promise<SmokeReport> {
  const { work, report: to } = request.directories;
  return withRunDirectory(work, ports, async (directory) =>
    collectOnFailure(
      { from: directory, to, secrets: ports.secrets },
      async () => {
        const subject = await ports.steps.run('Fetch image', async (log) =>
          getSubject(request, directory, { ...ports, log }),
        );
        const consoles = await createConsoles(directory);
        const cold = await bootSubject(subject, request, consoles, ports);
        const { smoke, port } = request;
        const warm = { subject: subject.warm, report: cold, smoke, port, directory: consoles };
        const report = await proveWarmStarts(warm, ports);
        await writeBoot(report, to);
        return report;
      },
      ports,
    ),
  );
}

type Subject = BootableImage & {
  readonly daemonVersion?: string | undefined;
  readonly identity?: boolean;
  readonly warm?: WarmSubject;
};

async function createConsoles(parent: string): Promise<string> {
  const directory = join(parent, 'smoke');
  await mkdir(directory);
  return directory;
}

async function bootSubject(
  subject: Subject,
  { smoke, port, directories }: SmokeImageRequest,
  directory: string,
  ports: BuildPorts,
): Promise<SmokeReport> {
  const { daemonVersion: version } = subject;
  const daemon = withoutUndefined({ port, unit: daemonUnit, version });
  return ports.steps.run('Smoke test', async (log) =>
    proveImage({ ...smoke, ...subject, directory, daemon, cacheDirectory: directories.cache }, { ...ports, log }),
  );
}

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
    ports.log.warn(`${manifest.image}.${manifest.version} is revoked: ${revocation.reason}`);
  const pathOf = ({ role, name }: ManifestFile): string =>
    join(directory, role === 'base' ? 'images' : 'snapshots', name);
  const headers = await fetchStoredFiles({ manifest, pathOf }, { ...ports, store });
  const get = (role: ManifestFile['role']): string => {
    const file = manifest.files.find((one) => one.role === role);
    return file === undefined ? '' : pathOf(file);
  };
  return {
    image: {
      path: get('image'),
      virtualSize: manifest.disk.virtualSize,
      minCloudHypervisor: headers.map(minReleaseFor).reduce(laterRelease, manifest.cloudHypervisor.min),
    },
    kernel: get('kernel'),
    initramfs: get('initramfs'),
    cmdline: manifest.cmdline,
    identity: manifest.bootProfile?.profile === 'fast',
    digest: manifest.disk,
    daemonVersion: manifest.daemon.version,
    warm: {
      edits: manifest.edits,
      readManifest: async () => Promise.resolve(manifest),
      paths: { image: get('image'), kernel: get('kernel'), initramfs: get('initramfs'), base: get('base') },
    },
  };
}
