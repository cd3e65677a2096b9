import { join } from 'node:path';
import { withoutUndefined } from '../../platform/without-undefined.js';
import type { RunReport } from '../../report/run-report.js';
import { tryGetLocalPath } from './run-report.js';

/** The directory of kernels on a host that follows the guide. */
const hostKernels = '/var/lib/cloud-hypervisor/kernels';

/** The outputs of the action, by name, without those that a run has no value for. */
export function toOutputs(report: RunReport): Readonly<Record<string, string>> {
  const { manifest, manifestSha256, files } = report;
  const image = manifest?.files.find((file) => file.role === 'image');
  return {
    unchanged: String(report.outcome === 'unchanged'),
    reason: report.reason,
    ...(manifest === undefined
      ? {}
      : {
          version: String(manifest.version),
          'image-sha256': image?.sha256 ?? '',
          'ch-kernel-path': join(hostKernels, `vmlinuz-${manifest.kernel.version}`),
          'ch-initramfs-path': join(hostKernels, `initrd.img-${manifest.kernel.version}`),
        }),
    ...withoutUndefined({ 'manifest-sha256': manifestSha256, 'oci-digest': report.registry?.digest }),
    ...Object.fromEntries(Object.entries(files ?? {}).map(([role, uri]) => [`${role}-uri`, uri])),
    ...toPathOutputs(report),
  };
}

/** Files on the runner: in the output directory, or in a store that is a directory. */
function toPathOutputs({ kept, files }: RunReport): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ['image', 'kernel', 'initramfs'].flatMap((role) => {
      const path = kept?.[role] ?? tryGetLocalPath(files?.[role] ?? '');
      return path === undefined ? [] : [[`${role}-path`, path]];
    }),
  );
}
