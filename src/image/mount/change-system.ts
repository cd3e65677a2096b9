import { readFile } from 'node:fs/promises';
import { securityPreferences } from '../../apt/security-preferences.js';
import { Failure, ToolError } from '../../platform/errors.js';
import { sha256Of } from '../../platform/fs/files.js';
import { changedFailure, type SystemEdit } from '../plan.js';
import {
  hasSecurityArchive,
  listSourcesCommand,
  parseNeededBytes,
  securityArchiveFailure,
  updateCommand,
  asDryRun,
} from '../../apt/commands.js';
import { aptFailure } from '../../apt/failure.js';
import { diskCauses, formatApt, isPackageEdit, type PackageEdit } from '../package-edits.js';
import type { Ports } from '../ports.js';
import { guestDirectory, writeGuestFile, type Chroot } from './chroot.js';

const updateWithinMs = 10 * 60_000;
const changeWithinMs = 60 * 60_000;
const preferences = `${guestDirectory}/security-preferences`;

/** Updates the package lists, and returns the bytes that the edits need. */
export async function measureNeededBytes(edits: readonly PackageEdit[], chroot: Chroot): Promise<number> {
  await runApt(chroot, updateCommand, 'read the package lists', updateWithinMs);
  await writeGuestFile(chroot, preferences, securityPreferences, 0o644);
  if (edits.some((edit) => edit.kind === 'upgrade' && edit.scope === 'security')) await assertSecurityArchive(chroot);
  let needed = 0;
  for (const edit of edits) {
    const { stdout } = await runApt(
      chroot,
      asDryRun(formatApt(edit, preferences)),
      formatCommandEdit(edit),
      updateWithinMs,
    );
    needed += parseNeededBytes(stdout);
  }
  return needed;
}

async function assertSecurityArchive(chroot: Chroot): Promise<void> {
  const { stdout } = await runApt(chroot, listSourcesCommand, 'list the sources of packages', updateWithinMs);
  if (hasSecurityArchive(stdout)) return;
  throw securityArchiveFailure();
}

/** Installs, upgrades or runs a script. @throws Failure with the last lines of output as evidence */
export async function changeSystem(edit: SystemEdit, chroot: Chroot, ports: Pick<Ports, 'log'>): Promise<void> {
  if (!isPackageEdit(edit)) return runScript(edit, chroot, ports);
  await writeGuestFile(chroot, preferences, securityPreferences, 0o644);
  const { stdout } = await runApt(chroot, formatApt(edit, preferences), formatCommandEdit(edit), changeWithinMs);
  const summary = /^\d+ upgraded, .*$/m.exec(stdout)?.[0];
  ports.log.info(`Done: ${formatCommandEdit(edit)}${summary === undefined ? '' : ` (${summary})`}`);
}

async function runApt(
  chroot: Chroot,
  argv: readonly [string, ...string[]],
  what: string,
  timeoutMs: number,
): ReturnType<Chroot['run']> {
  try {
    return await chroot.run(argv, timeoutMs);
  } catch (error) {
    throw error instanceof ToolError ? aptFailure(error, what, diskCauses) : error;
  }
}

function formatCommandEdit(edit: PackageEdit): string {
  if (edit.kind === 'install') return `install ${edit.packages.join(' ')}`;
  return edit.scope === 'security' ? 'upgrade from security archives' : 'upgrade';
}

async function runScript(
  { name, script }: Extract<SystemEdit, { readonly kind: 'run' }>,
  chroot: Chroot,
  { log }: Pick<Ports, 'log'>,
): Promise<void> {
  const content = await readFile(script.file);
  if (sha256Of(content) !== script.sha256) throw changedFailure(`the script ${name}`);
  const path = `${guestDirectory}/script`;
  await writeGuestFile(chroot, path, content, 0o700);
  try {
    await chroot.run([path], changeWithinMs);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new Failure(`the script ${name} ${formatExit(error)}`, {
      evidence: error.evidence.slice(-20),
      cause: error,
    });
  }
  log.info(`Ran ${name}`);
}

/** The script runs in a shell, which exits with 128 and the number of the signal that killed it (dash(1)). */
function formatExit({ exitCode }: ToolError): string {
  if (exitCode === undefined) return 'was killed';
  return exitCode > 128 && exitCode <= 128 + 64
    ? `was killed by signal ${exitCode - 128}`
    : `failed with exit code ${exitCode}`;
}
