import { lstat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../platform/errors.js';
import { formatBytes, sanitizeLine } from '../platform/format.js';
import type { Log } from '../platform/log.js';
import type { Processes } from '../platform/processes.js';
import type { Manifest } from '../store/manifest.js';
import { tryStatFile } from './host-folders.js';

/** @throws Failure where the Cloud Hypervisor of this host is older than the image needs; one that is missing, or says nothing, is a warning */
export async function checkCloudHypervisor(manifest: Manifest, ports: { readonly processes: Processes; readonly log: Log }): Promise<void> {
  const { min } = manifest.cloudHypervisor;
  const needed = `${manifest.image}.${manifest.version} needs ${min} or newer`;
  if (await ports.processes.tryFind('cloud-hypervisor') === undefined) {
    ports.log.warn(`cloud-hypervisor is not installed on this host: ${needed}`);
    return;
  }
  const { stdout } = await ports.processes.run({ argv: ['cloud-hypervisor', '--version'], timeoutMs: 30_000 });
  const found = parseRelease(stdout);
  const wanted = parseRelease(min);
  if (found === undefined || wanted === undefined) {
    ports.log.warn(`cloud-hypervisor --version says ${JSON.stringify(sanitizeLine(stdout, 80))}, which names no release: ${needed}`);
    return;
  }
  if (found[0] > wanted[0] || (found[0] === wanted[0] && found[1] >= wanted[1])) return;
  throw new Failure(`cloud-hypervisor ${found.join('.')} of this host is too old: ${needed}`, { mend: `install Cloud Hypervisor ${min} or newer` });
}

/** From `cloud-hypervisor v53.0` or `50.0`. */
function parseRelease(text: string): readonly [number, number] | undefined {
  const [, major, minor] = /(?:^|[\sv])(\d{1,6})\.(\d{1,6})/.exec(text) ?? [];
  return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor)];
}

/** A file that will be written. */
export interface PlannedFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Where an earlier pull has written some of it. */
  readonly partial: string;
}

/** Kept free for the manifest, and for what else the host writes. */
const reserve = 16 * 1024 ** 2;

/** @throws Failure where a filesystem has no room for the files that go there */
export async function checkSpace(files: readonly PlannedFile[]): Promise<void> {
  const needs = new Map<number, { readonly folder: string; bytes: number }>();
  for (const { path, size, partial } of files) {
    const folder = dirname(path);
    const { dev } = await lstat(folder);
    const need = needs.get(dev) ?? { folder, bytes: reserve };
    const written = ((await tryStatFile(partial))?.blocks ?? 0) * 512;
    need.bytes += Math.max(0, size - written);
    needs.set(dev, need);
  }
  for (const { folder, bytes } of needs.values()) {
    const { bavail, bsize } = await statfs(folder);
    if (bytes <= bavail * bsize) continue;
    throw new Failure(`${folder} has ${formatBytes(bavail * bsize)} free, and ${formatBytes(bytes)} are needed`, { mend: 'ch-golden host prune' });
  }
}
