import { aptOptions } from '../apt/commands.js';
import type { AptCause } from '../apt/failure.js';
import type { Argv } from '../platform/process/command.js';
import type { Edit, SystemEdit } from './plan.js';

export type PackageEdit = Extract<SystemEdit, { readonly kind: 'install' | 'upgrade' }>;

export function isPackageEdit(edit: Edit): edit is PackageEdit {
  return edit.kind === 'install' || edit.kind === 'upgrade';
}

/** @param preferences the guest's path of the preferences for security upgrades */
export function formatApt(edit: PackageEdit, preferences: string): Argv {
  const start = ['-q', '--yes', ...aptOptions] as const;
  if (edit.kind === 'install') return ['apt-get', ...start, 'install', '--', ...edit.packages];
  const pins = edit.scope === 'security' ? ['-o', `Dir::Etc::preferences=${preferences}`] : [];
  return ['apt-get', ...start, ...pins, 'upgrade', '--with-new-pkgs'];
}

export const fullDiskMessage = "the image's disk is full: the packages do not fit";

/** Disk errors while packages change. */
export const diskCauses: readonly AptCause[] = [
  {
    pattern: /No space left on device|You don't have enough free space/,
    // The fix depends on the disk: see `withFullDiskFailure`.
    message: () => fullDiskMessage,
  },
  {
    pattern: /Input\/output error|Read-only file system/,
    message: () => "the image's disk could not be written",
    fix: "check free space on the work directory's filesystem",
  },
];
