import { isAtLeast, type Release } from '../../vmm/cloud-hypervisor-release.js';
import { Failure } from '../../platform/errors.js';

/** The first that boots a distribution's kernel directly: release notes of v39.0. */
export const minRelease = '39.0';

/** The option `image_type` of a disk, and `backing_files`, off where it is not given: release notes of v51.0; v50.1 has both too (its vm_config.rs). */
const diskOptionsSince = '50.1';

/** What the disks of this release are told. */
export function takesDiskOptions(release: Release): boolean {
  return isAtLeast(release, diskOptionsSince);
}

/** @throws Failure where the release is older than `min`, such as `50.0`: what the image needs, by its features. */
export function requireRelease(release: Release, min: string): void {
  if (isAtLeast(release, min)) return;
  throw new Failure(`Cloud Hypervisor ${release.text} is too old for this image, which needs ${min}`, {
    fix: `install Cloud Hypervisor ${min} or newer, or boot an uncompressed copy of it with smoke-disk: copy`,
  });
}
