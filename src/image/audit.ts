import { Failure } from '../platform/errors.js';
import { formatCount } from '../platform/format.js';
import type { GuestFile, GuestFiles } from '../disk/guest-files.js';
import { identities } from './identities.js';
import { sha256OfContent, type Edit } from './plan.js';
import { isOutside, readPackagedPaths, walkAll } from './outside-files.js';
import { expandPattern } from './resolve-edits.js';
import { createScan } from './scan-file.js';

/** Something in the finished image that must not be there. */
export interface AuditFinding {
  readonly path: string;
  readonly what: string;
}

/** Created by the package ssl-cert at installation: every Debian image has one, and none is trusted. */
const knownKeys = new Set(['/etc/ssl/private/ssl-cert-snakeoil.key']);

export interface Allowance {
  /** Keys and proxies that the plan wrote are intended. */
  readonly edits: readonly Edit[];
  /** Paths and names of the build machine. No file may contain one, whoever wrote it. */
  readonly forbiddenTexts: readonly string[];
}

/**
 * Asserts that the finished image has no identities, and that no file outside of packages contains a key, a token or a
 * proxy of the build. docs/security.md states the limits.
 * @throws Failure with the findings as evidence
 */
export async function auditImage(files: GuestFiles, allowance: Allowance): Promise<void> {
  const findings = [...(await findIdentities(files)), ...(await findSecrets(files, allowance))];
  if (findings.length === 0) return;
  throw new Failure(`the audit of the finished image found ${formatCount(findings.length, 'problem')}`, {
    evidence: findings.slice(0, 40).map(({ path, what }) => `${path}: ${what}`),
    fix: 'remove these files from the base, or from what the build installs',
  });
}

async function findIdentities(files: GuestFiles): Promise<readonly AuditFinding[]> {
  const findings: AuditFinding[] = [];
  const machineId = await files.tryStat('/etc/machine-id');
  if (machineId?.inode.kind !== 'file' || machineId.inode.size !== 0) {
    findings.push({
      path: '/etc/machine-id',
      what: 'must exist and be empty: every VM would have the same machine id',
    });
  }
  for (const { pattern, what, replacement } of identities) {
    for (const file of await expandPattern(pattern, files))
      if (!(await isText(file, replacement, files))) findings.push({ path: file.path, what });
  }
  return findings;
}

async function isText(file: GuestFile, text: string | undefined, files: GuestFiles): Promise<boolean> {
  return (
    text !== undefined &&
    file.inode.kind === 'file' &&
    file.inode.size === Buffer.byteLength(text) &&
    (await readAll(file, files)).equals(Buffer.from(text))
  );
}

async function findSecrets(files: GuestFiles, { edits, forbiddenTexts }: Allowance): Promise<readonly AuditFinding[]> {
  const findings: AuditFinding[] = [];
  const written = await findWritten(files, edits);
  const packaged = await readPackagedPaths(files);
  const scan = createScan(files, forbiddenTexts);
  for await (const file of walkAll(files)) {
    if (
      file.inode.kind !== 'file' ||
      file.inode.size === 0 ||
      knownKeys.has(file.path) ||
      !isOutside(file.path, packaged)
    )
      continue;
    const what = await scan(file, written.get(file.path));
    if (what !== undefined) findings.push({ path: file.path, what });
  }
  return findings;
}

/** SHA-256 of the files that the plan wrote, by their path in the image with links resolved. */
async function findWritten(files: GuestFiles, edits: readonly Edit[]): Promise<ReadonlyMap<string, string>> {
  const written = new Map<string, string>();
  for (const edit of edits) {
    if (edit.kind !== 'write') continue;
    const file = await files.tryStat(edit.path);
    if (file !== undefined) written.set(file.path, sha256OfContent(edit.content));
  }
  return written;
}

async function readAll(file: GuestFile, files: GuestFiles): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of files.content(file)) pieces.push(piece);
  return Buffer.concat(pieces);
}
