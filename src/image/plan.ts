import type { UpgradeScope } from '../platform/choices.js';
import { Failure } from '../platform/errors.js';

/**
 * What is to be changed in the base, as data: a driver carries it out, `plan` prints it, the manifest lists it.
 * Paths are absolute paths of the guest.
 */
export type Edit = FileEdit | SystemEdit;

/** Changes the file tree alone: every driver can do it. */
export type FileEdit =
  | { readonly kind: 'write'; readonly path: string; readonly content: Content; readonly attributes: Attributes }
  | { readonly kind: 'directory'; readonly path: string; readonly attributes: Attributes }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  /** Whatever matches goes; `*` matches within a name, a last `**` every file below and no directory. */
  | { readonly kind: 'remove'; readonly pattern: string }
  /** The content of a file goes, the file stays; it is made where it is missing. */
  | { readonly kind: 'empty'; readonly path: string; readonly attributes: Attributes }
  /** A file that is there gets this content; a missing one stays missing. */
  | {
      readonly kind: 'replace';
      readonly path: string;
      readonly content: { readonly text: string };
      readonly attributes: Attributes;
    }
  | { readonly kind: 'enable-unit'; readonly unit: string; readonly target: string };

/** Runs programs of the image. */
export type SystemEdit =
  /** Names as apt-get takes them, without their recommendations. `snapshot` is the moment of the archives that they come from: `20260501T000000Z`. */
  | { readonly kind: 'install'; readonly packages: readonly string[]; readonly snapshot?: string }
  /** `security`: what has a newer version in a security archive, and what that needs. No package is removed. */
  | { readonly kind: 'upgrade'; readonly scope: UpgradeScope; readonly snapshot?: string }
  /** A script of the user's, with its `#!` line; `name` is what it is called in messages. */
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

/** Owned by root. */
export function rootOwned(mode: number): Attributes {
  return { mode, uid: 0, gid: 0 };
}

export function isFileEdit(edit: Edit): edit is FileEdit {
  return edit.kind !== 'install' && edit.kind !== 'upgrade' && edit.kind !== 'run';
}

/** For content that is another than when it was planned. */
export function changedFailure(what: string): Failure {
  return new Failure(`${what} has changed since the plan was made`, { fix: 'run the build again' });
}

/** For a directory where a file is to be. */
export function directoryFailure(path: string): Failure {
  return new Failure(`${path} in the image is a directory: it is not replaced by a file`);
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
    case 'upgrade':
      return `${edit.scope === 'security' ? 'upgrade packages from security archives' : 'upgrade all packages'}${formatSnapshot(edit)}`;
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
