import { Failure } from '../platform/errors.js';
import { sha256Of } from '../platform/files.js';
import { formatCount } from '../platform/format.js';
import type { GuestFile, GuestFiles } from '../disk/guest-files.js';
import { identities } from './identities.js';
import type { Edit } from './plan.js';
import { expandPattern } from './resolve-edits.js';

/** Something in the finished image that must not be there. */
export interface Finding {
  readonly path: string;
  readonly what: string;
}

const secretPatterns: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/, what: 'a private key' },
  { pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/, what: 'an AWS access key' },
  { pattern: /\bgh[pousr]_[A-Za-z0-9]{36,}\b/, what: 'a GitHub token' },
  { pattern: /\bgithub_pat_[A-Za-z0-9_]{22,}\b/, what: 'a GitHub token' },
  { pattern: /^[^#\n]*\b(?:https?|ftp|all)_proxy=\S/im, what: 'a proxy of the build machine' },
  { pattern: /^[^#\n]*Acquire::https?::Proxy\s+"/im, what: 'a proxy of the build machine' },
];

const foldersWithSecrets = ['/etc', '/root', '/home'];
/** Made on the machine by the package ssl-cert: known, and the same risk for every Debian image. */
const knownKeys = new Set(['/etc/ssl/private/ssl-cert-snakeoil.key']);
const largestScanned = 1024 ** 2;

export interface Allowance {
  /** A key or a proxy that the plan has written is there on purpose. */
  readonly edits: readonly Edit[];
  /** Paths and names of the build machine: no file may have one, whoever wrote it. */
  readonly forbiddenTexts: readonly string[];
}

/**
 * Reads the finished image and proves its hygiene: identities are gone, and no key, token or proxy of the build is in it.
 * @throws Failure with every finding as evidence.
 */
export async function auditImage(files: GuestFiles, allowance: Allowance): Promise<void> {
  const findings = [...await findIdentities(files), ...await findSecrets(files, allowance)];
  if (findings.length === 0) return;
  throw new Failure(`the finished image has ${formatCount(findings.length, 'thing')} that must not be in it`, {
    evidence: findings.slice(0, 40).map(({ path, what }) => `${path}: ${what}`),
    mend: 'remove it from the base or from what is installed into it',
  });
}

async function findIdentities(files: GuestFiles): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const machineId = await files.tryStat('/etc/machine-id');
  if (machineId?.inode.kind !== 'file' || machineId.inode.size !== 0) {
    findings.push({ path: '/etc/machine-id', what: 'must be there and empty: every VM would have the same' });
  }
  for (const { pattern, what, replacement } of identities) {
    for (const file of await expandPattern(pattern, files)) if (!await isText(file, replacement, files)) findings.push({ path: file.path, what });
  }
  return findings;
}

async function isText(file: GuestFile, text: string | undefined, files: GuestFiles): Promise<boolean> {
  return text !== undefined && file.inode.kind === 'file' && file.inode.size === Buffer.byteLength(text) && (await readAll(file, files)).equals(Buffer.from(text));
}

async function findSecrets(files: GuestFiles, { edits, forbiddenTexts }: Allowance): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const written = await findWritten(files, edits);
  for (const folder of foldersWithSecrets) {
    for await (const file of files.walk(folder)) {
      if (file.inode.kind !== 'file' || file.inode.size === 0 || file.inode.size > largestScanned || knownKeys.has(file.path)) continue;
      const content = await readAll(file, files);
      const text = content.toString('utf8');
      const isWritten = written.get(file.path) === sha256Of(content);
      const what = isWritten ? findForbidden(text, forbiddenTexts) : findSecret(text, forbiddenTexts);
      if (what !== undefined) findings.push({ path: file.path, what });
    }
  }
  return findings;
}

/** The SHA-256 of what the plan has written, by its path in the image, to which links may lead. */
async function findWritten(files: GuestFiles, edits: readonly Edit[]): Promise<ReadonlyMap<string, string>> {
  const written = new Map<string, string>();
  for (const edit of edits) {
    if (edit.kind !== 'write') continue;
    const file = await files.tryStat(edit.path);
    if (file !== undefined) written.set(file.path, 'text' in edit.content ? sha256Of(edit.content.text) : edit.content.sha256);
  }
  return written;
}

/** What is wrong with a text, or undefined. */
export function findSecret(text: string, forbiddenTexts: readonly string[]): string | undefined {
  return findForbidden(text, forbiddenTexts) ?? secretPatterns.find(({ pattern }) => pattern.test(text))?.what;
}

function findForbidden(text: string, forbiddenTexts: readonly string[]): string | undefined {
  const forbidden = forbiddenTexts.find((candidate) => text.includes(candidate));
  return forbidden === undefined ? undefined : `names the build machine: ${forbidden}`;
}

async function readAll(file: GuestFile, files: GuestFiles): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of files.content(file)) pieces.push(piece);
  return Buffer.concat(pieces);
}
