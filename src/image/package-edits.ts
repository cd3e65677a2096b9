import { aptOptions, type Argv } from '../apt/commands.js';
import type { Edit, SystemEdit } from './plan.js';

/** What changes packages. */
export type PackageEdit = Extract<SystemEdit, { readonly kind: 'install' | 'upgrade' }>;

export function isPackageEdit(edit: Edit): edit is PackageEdit {
  return edit.kind === 'install' || edit.kind === 'upgrade';
}

/** The command for an edit; `preferences` is where the guest finds those for security. */
export function formatApt(edit: PackageEdit, preferences: string): Argv {
  const start = ['-q', '--yes', ...aptOptions] as const;
  if (edit.kind === 'install') return ['apt-get', ...start, 'install', '--', ...edit.packages];
  const pins = edit.scope === 'security' ? ['-o', `Dir::Etc::preferences=${preferences}`] : [];
  return ['apt-get', ...start, ...pins, 'upgrade', '--with-new-pkgs'];
}
