import type { UpgradeScope } from '../platform/choices.js';
import { Failure } from '../platform/errors.js';
import { sha256Of } from '../platform/fs/files.js';

/**
 * A change to the base as data: a driver applies it, `plan` prints it, the manifest lists it. Paths are absolute paths
 * of the guest.
 */
export type Edit = FileEdit | SystemEdit;

/** Only changes files: every driver supports it. */
export type FileEdit =
  | {
      readonly kind: 'write';
      readonly path: string;
      readonly content: Content;
      readonly attributes: Attributes;
      readonly when?: Condition | undefined;
    }
  | { readonly kind: 'directory'; readonly path: string; readonly attributes: Attributes }
  | { readonly kind: 'link'; readonly path: string; readonly target: string; readonly when?: Condition | undefined }
  /** Writes what a rule makes of a text file of the image, if it makes anything of it. */
  | {
      readonly kind: 'derive';
      readonly path: string;
      readonly from: string;
      readonly rule: DerivationRule;
      readonly attributes: Attributes;
    }
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

/** Decides about an edit by the image that it is applied to. Patterns are those of `remove`. */
export interface Condition {
  /** One of these must match a file. */
  readonly has: readonly string[];
  /** None of these may match a file. */
  readonly hasNot: readonly string[];
}

/** See derived-files.ts. */
export const derivationRules = ['cloud-init-modules', 'fstab-boot'] as const;
export type DerivationRule = (typeof derivationRules)[number];

export type Content = InlineContent | FileContent;

/** Part of the plan. */
export type InlineContent = { readonly text: string } | { readonly base64: string };

export function toBytes(content: InlineContent): Buffer {
  return 'text' in content ? Buffer.from(content.text) : Buffer.from(content.base64, 'base64');
}

export function sha256OfContent(content: Content): string {
  return 'file' in content ? content.sha256 : sha256Of(toBytes(content));
}

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
  return new Failure(`${path} in the image is a directory, and cannot be replaced by a file`);
}

/** One line for the log, `plan` and the manifest. */
export function formatEdit(edit: Edit): string {
  switch (edit.kind) {
    case 'write':
      return `write ${edit.path} (${formatMode(edit.attributes)})`;
    case 'directory':
      return `make directory ${edit.path} (${formatMode(edit.attributes)})`;
    case 'link':
      return formatLink(edit);
    case 'derive':
      return formatDerivation(edit);
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
      return formatUpgrade(edit);
    case 'run':
      return `run ${edit.name}`;
  }
}

function formatUpgrade(edit: Extract<Edit, { readonly kind: 'upgrade' }>): string {
  const packages = edit.scope === 'security' ? 'packages from security archives' : 'all packages';
  return `upgrade ${packages}${formatSnapshot(edit)}`;
}

function formatDerivation({ path, from, rule }: Extract<FileEdit, { readonly kind: 'derive' }>): string {
  return `${from === path ? 'change' : 'write'} ${path} (${rule})`;
}

/** A link of a unit to /dev/null masks it (systemctl(1)). */
function formatLink({ path, target }: Extract<FileEdit, { readonly kind: 'link' }>): string {
  const unit = /^\/etc\/systemd\/system\/([^/]+)$/.exec(path)?.[1];
  return target === '/dev/null' && unit !== undefined ? `mask ${unit}` : `link ${path} to ${target}`;
}

function formatSnapshot({ snapshot }: { readonly snapshot?: string }): string {
  return snapshot === undefined ? '' : `, as of ${snapshot}`;
}

function formatMode({ mode, uid, gid }: Attributes): string {
  const permissions = `0${mode.toString(8).padStart(3, '0')}`;
  return uid === 0 && gid === 0 ? permissions : `${permissions}, owner ${uid}:${gid}`;
}
