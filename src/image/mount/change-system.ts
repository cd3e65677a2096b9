import { readFile } from 'node:fs/promises';
import { securityPreferences } from '../../apt/security-preferences.js';
import { Failure, ToolError } from '../../platform/errors.js';
import { sha256Of } from '../../platform/fs/files.js';
import type { Log } from '../../platform/progress/log.js';
import { changedFailure, type SystemEdit } from '../plan.js';
import {
  hasSecurityArchive,
  listSourcesCommand,
  parseNeeded,
  securityArchiveFailure,
  updateCommand,
  withoutDoing,
} from '../../apt/commands.js';
import { aptFailure } from '../../apt/failure.js';
import { diskCauses, formatApt, isPackageEdit, type PackageEdit } from '../package-edits.js';
import { guestDirectory, offerFile, type Chroot } from './chroot.js';

interface Ports {
  readonly log: Log;
}

const updateWithinMs = 10 * 60_000;
const changeWithinMs = 60 * 60_000;
const preferences = `${guestDirectory}/security-preferences`;

/** Brings the lists of packages up to date, and answers with the bytes that the edits need. @throws Failure */
export async function measureNeed(edits: readonly PackageEdit[], chroot: Chroot): Promise<number> {
  await runApt(chroot, updateCommand, 'read the package lists', updateWithinMs);
  await offerFile(chroot, preferences, securityPreferences, 0o644);
  if (edits.some((edit) => edit.kind === 'upgrade' && edit.scope === 'security')) await requireSecurityArchive(chroot);
  let needed = 0;
  for (const edit of edits) {
    const { stdout } = await runApt(
      chroot,
      withoutDoing(formatApt(edit, preferences)),
      formatCommandEdit(edit),
      updateWithinMs,
    );
    needed += parseNeeded(stdout);
  }
  return needed;
}

async function requireSecurityArchive(chroot: Chroot): Promise<void> {
  const { stdout } = await runApt(chroot, listSourcesCommand, 'list the sources of packages', updateWithinMs);
  if (hasSecurityArchive(stdout)) return;
  throw securityArchiveFailure();
}

/** Installs, upgrades or runs a script. @throws Failure with the last words of what failed */
export async function changeSystem(edit: SystemEdit, chroot: Chroot, ports: Ports): Promise<void> {
  if (!isPackageEdit(edit)) return runScript(edit, chroot, ports);
  await offerFile(chroot, preferences, securityPreferences, 0o644);
  const { stdout } = await runApt(chroot, formatApt(edit, preferences), formatCommandEdit(edit), changeWithinMs);
  const summary = /^\d+ upgraded, .*$/m.exec(stdout)?.[0];
  ports.log.info(`${formatCommandEdit(edit)}${summary === undefined ? '' : `: ${summary}`}`);
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
  { log }: Ports,
): Promise<void> {
  const content = await readFile(script.file);
  if (sha256Of(content) !== script.sha256) throw changedFailure(`the script ${name}`);
  const path = `${guestDirectory}/script`;
  await offerFile(chroot, path, content, 0o700);
  try {
    await chroot.run([path], changeWithinMs);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new Failure(`the script ${name} ${formatExit(error)}`, {
      evidence: error.evidence.slice(-20),
      cause: error,
    });
  }
  log.info(`ran ${name}`);
}

/** A shell is around the script: it answers with 128 and the number of the signal that has ended it (dash(1)). */
function formatExit({ exitCode }: ToolError): string {
  if (exitCode === undefined) return 'was ended';
  return exitCode > 128 && exitCode <= 128 + 64
    ? `was ended by signal ${exitCode - 128}`
    : `failed with exit code ${exitCode}`;
}
