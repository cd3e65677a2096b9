import { program, readRelease, type Release } from '../../../vmm/cloud-hypervisor-release.js';
import { findDefects, formatDefect, overlayUse, type Defect } from '../../../vmm/known-defects.js';
import type { Check } from '../check.js';
import type { Finding } from '../finding.js';

const name = 'disk defects';

/** What the installed Cloud Hypervisor does to the disks of VMs. */
export const knownDefectsCheck: Check = {
  name,
  appliesTo: ({ root, smoke }) => root !== undefined || (smoke.enabled && smoke.vmm !== 'qemu'),
  check: async (_, { processes }) =>
    (await processes.tryFind(program)) === undefined ? [] : [judgeRelease(await readRelease(processes))],
};

/** Judges by the disks that VMs have by default, and by what guests may do with them. */
export function judgeRelease(release: Release): Finding {
  const found = findDefects(release, overlayUse);
  const corrupting = found.filter(({ severity }) => severity === 'corrupting');
  const installed = `${program} ${release.text}`;
  if (corrupting.length > 0) {
    return {
      name,
      state: 'warning',
      text: `${installed} corrupts overlays, so vm create uses raw disks: ${formatAll(corrupting)}`,
      fix: `install Cloud Hypervisor ${latest(corrupting) ?? 'of a newer release'} or newer`,
    };
  }
  const full = findDefects(release, { ...overlayUse, fillsDisk: true }).filter((defect) => !found.includes(defect));
  const rest = [...full, ...found];
  return {
    name,
    state: 'ok',
    text:
      rest.length === 0
        ? `none known of ${installed} with the disks of VMs`
        : `${installed} corrupts no overlay with one queue in normal use; known: ${formatAll(rest)}`,
  };
}

function formatAll(defects: readonly Defect[]): string {
  return defects.map(formatDefect).join('; ');
}

/** The first release without any of them; undefined if one is not fixed. */
function latest(defects: readonly Defect[]): string | undefined {
  const releases = defects.map(({ before }) => before);
  if (releases.includes(undefined)) return undefined;
  return releases.sort((one = '', other = '') => Number.parseFloat(one) - Number.parseFloat(other)).at(-1);
}
