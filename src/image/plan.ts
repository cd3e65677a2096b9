import type { UpgradeScope } from '../platform/choices.js';
import { Failure } from '../platform/errors.js';

/**
 * A change to the base as data: a driver applies it, `plan` prints it, the manifest lists it. Paths are absolute paths
 * of the guest.
 */
export type Edit = FileEdit | SystemEdit;

/** Only changes files: every driver supports it. */
export type FileEdit =
  | { readonly kind: 'write'; readonly path: string; readonly content: Content; readonly attributes: Attributes }
  | { readonly kind: 'directory'; readonly path: string; readonly attributes: Attributes }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  /** Removes what matches: `*` matches within a name, a final `**` every file below it but no directory. */
  | { readonly kind: 'remove'; readonly pattern: string }
  /** Truncates a file, or creates an empty one. */
  | { readonly kind: 'empty'; readonly path: string; readonly attributes: Attributes }
  /** Writes a file only if it exists. */
  | {
      readonly kind: 'replace';
      readonly path: string;
      readonly content: { readonly text: string };
      readonly attributes: Attributes;
    }
  | { readonly kind: 'enable-unit'; readonly unit: string; readonly target: string };

/** Runs programs of the image. */
export type SystemEdit =
  /**
   * Names as apt-get takes them; recommended packages are not installed. `snapshot` is the archives' time:
   * `20260501T000000Z`.
   */
  | { readonly kind: 'install'; readonly packages: readonly string[]; readonly snapshot?: string }
  /**
   * `security`: only packages with a newer version in a security archive, and their dependencies. No package is
   * removed.
   */
  | { readonly kind: 'upgrade'; readonly scope: UpgradeScope; readonly snapshot?: string }
  /** A script with a `#!` line. Messages call it `name`. */
  | { readonly kind: 'run'; readonly name: string; readonly script: FileContent };

export type Content = { readonly text: string } | FileContent;

/** A file of this machine. */
export interface FileContent {
  readonly file: string;
  readonly sha256: string;
}

export interface Attributes {
  /** The twelve permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export function rootOwned(mode: number): Attributes {
  return { mode, uid: 0, gid: 0 };
}

export function isFileEdit(edit: Edit): edit is FileEdit {
  return edit.kind !== 'install' && edit.kind !== 'upgrade' && edit.kind !== 'run';
}

export function changedFailure(what: string): Failure {
  return new Failure(`${what} has changed since the plan was made`, { fix: 'run the build again' });
}

export function directoryFailure(path: string): Failure {
  return new Failure(`${path} in the image is a directory, and is not replaced by a file`);
}

/** One line for the log, `plan` and the manifest. */
export function formatEdit(edit: Edit): string {
  switch (edit.kind) {
    case 'write':
      return `write ${edit.path} (${formatMode(edit.attributes)})`;
    case 'directory':
      return `make directory ${edit.path} (${formatMode(edit.attributes)})`;
    case 'link':
      return `link ${edit.path} to ${edit.target}`;
    case 'remove':
      return `remove ${edit.pattern}`;
    case 'empty':
      return `empty ${edit.path}`;
    case 'replace':
      return `reset ${edit.path}`;
    case 'enable-unit':
      return `enable ${edit.unit} for ${edit.target}`;
    case 'install':
      return `install ${edit.packages.join(' ')}${formatSnapshot(edit)}`;
    case 'upgrade': {
      const packages = edit.scope === 'security' ? 'packages from security archives' : 'all packages';
      return `upgrade ${packages}${formatSnapshot(edit)}`;
    }
    case 'run':
      return `run ${edit.name}`;
  }
}

function formatSnapshot({ snapshot }: { readonly snapshot?: string }): string {
  return snapshot === undefined ? '' : `, as of ${snapshot}`;
}

function formatMode({ mode, uid, gid }: Attributes): string {
  const permissions = `0${mode.toString(8).padStart(3, '0')}`;
  return uid === 0 && gid === 0 ? permissions : `${permissions}, owner ${uid}:${gid}`;
}
