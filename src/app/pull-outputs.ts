import { overlayCommand } from '../host/launch.js';
import { formatBytes, formatDuration } from '../platform/format.js';
import { formatCommand } from '../platform/process/processes.js';
import { formatVersionSigner } from '../trust/policy.js';
import type { HostReport, PullReport } from './pull-image.js';

/** The outputs of the pull action, by name. */
export function toPullOutputs(report: PullReport): Readonly<Record<string, string>> {
  return {
    version: String(report.version),
    'image-path': report.imagePath,
    'ch-kernel-path': report.kernelPath,
    'ch-initramfs-path': report.initramfsPath,
    'launch-arguments': formatCommand(report.launchArguments),
    changed: String(report.changed),
  };
}

/** The version in use on a host, as rows for people. */
export function listHostRows(report: HostReport): readonly (readonly [string, string])[] {
  return [
    ['in use', `${report.image}.${report.version}`],
    ...(report.revoked === undefined ? [] : [['REVOKED', report.revoked] as const]),
    ...(report.signedBy === undefined ? [] : [['signed by', formatVersionSigner(report.signedBy)] as const]),
    ['CH_IMAGE_PATH', report.imagePath],
    ['CH_KERNEL_PATH', report.kernelPath],
    ['CH_INITRAMFS_PATH', report.initramfsPath],
    ['overlay', formatCommand(overlayCommand(report.imagePath))],
    ['start', formatCommand(['cloud-hypervisor', ...report.launchArguments])],
  ];
}

export function listPullRows(report: PullReport): readonly (readonly [string, string])[] {
  const { fetchedBytes, reusedBytes, durationMs } = report;
  const moved =
    `${formatBytes(fetchedBytes)} fetched, ${formatBytes(reusedBytes)} already on this host,` +
    ` in ${formatDuration(durationMs)}`;
  return [
    ...listHostRows(report),
    ['moved', moved],
    ...(report.heldBack === undefined
      ? []
      : [['held back', `${report.image}.${report.heldBack} (this host was rolled back from it)`] as const]),
  ];
}
