import { isAtLeast, type Release } from '../../vmm/cloud-hypervisor-release.js';
import { Failure } from '../../platform/errors.js';

/** The first release that boots a distribution's kernel directly: release notes of v39.0. */
export const minRelease = '39.0';

/** The first release with `image_type` and `backing_files` (off by default): vm_config.rs of v50.1. */
const diskOptionsSince = '50.1';

/** Whether this release has those disk options. */
export function takesDiskOptions(release: Release): boolean {
  return isAtLeast(release, diskOptionsSince);
}

/** @throws Failure if the release is older than `min`, e.g. `50.0`, which the image's features need */
export function requireRelease(release: Release, min: string): void {
  if (isAtLeast(release, min)) return;
  throw new Failure(`Cloud Hypervisor ${release.text} is too old for this image (needs ${min} or newer)`, {
    fix: `install Cloud Hypervisor ${min} or newer, or set smoke-disk: copy to boot an uncompressed copy`,
  });
}
