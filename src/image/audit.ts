import { Failure } from '../platform/errors.js';
import { sha256Of } from '../platform/fs/files.js';
import { formatCount } from '../platform/format.js';
import type { GuestFile, GuestFiles } from '../disk/guest-files.js';
import { identities } from './identities.js';
import type { Edit } from './plan.js';
import { isOutside, readPackagedPaths, walkAll } from './outside-files.js';
import { expandPattern } from './resolve-edits.js';
import { createScan } from './scan-file.js';

/** Something in the finished image that must not be there. */
export interface AuditFinding {
  readonly path: string;
  readonly what: string;
}

/** Made on the machine by the package ssl-cert: known, and the same risk for every Debian image. */
const knownKeys = new Set(['/etc/ssl/private/ssl-cert-snakeoil.key']);

export interface Allowance {
  /** A key or a proxy that the plan has written is there on purpose. */
  readonly edits: readonly Edit[];
  /** Paths and names of the build machine: no file may have one, whoever wrote it. */
  readonly forbiddenTexts: readonly string[];
}

/**
 * Reads the finished image and proves its hygiene: identities are gone, and no key, token or proxy of the build is in a file that no
 * package brings. Its limits are in docs/security.md.
 * @throws Failure with every finding as evidence.
 */
export async function auditImage(files: GuestFiles, allowance: Allowance): Promise<void> {
  const findings = [...(await findIdentities(files)), ...(await findSecrets(files, allowance))];
  if (findings.length === 0) return;
  throw new Failure(`the finished image has ${formatCount(findings.length, 'thing')} that must not be in it`, {
    evidence: findings.slice(0, 40).map(({ path, what }) => `${path}: ${what}`),
    fix: 'remove it from the base or from what is installed into it',
  });
}

async function findIdentities(files: GuestFiles): Promise<readonly AuditFinding[]> {
  const findings: AuditFinding[] = [];
  const machineId = await files.tryStat('/etc/machine-id');
  if (machineId?.inode.kind !== 'file' || machineId.inode.size !== 0) {
    findings.push({ path: '/etc/machine-id', what: 'must be there and empty: every VM would have the same' });
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

/** The SHA-256 of what the plan has written, by its path in the image, to which links may lead. */
async function findWritten(files: GuestFiles, edits: readonly Edit[]): Promise<ReadonlyMap<string, string>> {
  const written = new Map<string, string>();
  for (const edit of edits) {
    if (edit.kind !== 'write') continue;
    const file = await files.tryStat(edit.path);
    if (file !== undefined)
      written.set(file.path, 'text' in edit.content ? sha256Of(edit.content.text) : edit.content.sha256);
  }
  return written;
}

async function readAll(file: GuestFile, files: GuestFiles): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of files.content(file)) pieces.push(piece);
  return Buffer.concat(pieces);
}
