import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Guest } from '../../disk/open-guest.js';
import type { DiskFile } from '../../disk/storage-daemon.js';
import { withGuest } from '../../disk/with-guest.js';
import { listIndexed } from '../../apt/snapshot.js';
import { Failure, ToolError } from '../../platform/errors.js';
import { sha256OfFile } from '../../platform/fs/files.js';
import type { Processes } from '../../platform/process/processes.js';
import { quoteShell } from '../../platform/process/shell.js';
import type { PinnedPackages } from '../golden-image.js';
import type { EditDriver, EditPlan } from '../edit-driver.js';
import { injectDriver } from '../inject/inject-driver.js';
import { securityArchiveFailure } from '../../apt/commands.js';
import { aptFailure } from '../../apt/failure.js';
import { withFullDiskFailure, growForLists, growForPackages, planGrowth } from '../grow-root.js';
import { listProxies } from '../guest-environment.js';
import { diskCauses, isPackageEdit, type PackageEdit } from '../package-edits.js';
import { findPinnedPackages, planPin, type Pin } from '../pin-packages.js';
import type { Ports } from '../ports.js';
import {
  formatEdit,
  isFileEdit,
  changedFailure,
  directoryFailure,
  toBytes,
  type Edit,
  type FileEdit,
} from '../plan.js';
import { applianceFailure } from './appliance-failure.js';
import { formatSession, launchedMark, type SessionCommands } from './guestfish.js';
import {
  editMark,
  exitCodes,
  indexFile,
  planMeasure,
  planSession,
  parseSpaceNeed,
  sessionDirectory,
  type Planned,
  type SessionEdit,
  type SessionFiles,
} from './plan-script.js';

const launchWithinMs = 120_000;
const sessionWithinMs = 2 * 60 * 60_000;

/**
 * Runs programs without root: in a VM of libguestfs, which sees only the overlay, in one session. Files before and
 * after them are edited by `injectDriver`, without a VM.
 * @param cacheDirectory keeps the appliance between runs
 */
export function createLibguestfsDriver({ cacheDirectory }: { readonly cacheDirectory: string }): EditDriver {
  return { name: 'libguestfs', apply: async (plan, ports) => applyPlan({ plan, cacheDirectory }, ports) };
}

interface Task {
  readonly plan: EditPlan;
  readonly cacheDirectory: string;
}

async function applyPlan(task: Task, ports: Ports): Promise<PinnedPackages | undefined> {
  const { plan } = task;
  const { before, session, after } = splitForSession(plan.edits);
  if (before.length > 0) await injectDriver.apply({ ...plan, edits: before }, ports);
  const pinned =
    session.length === 0
      ? undefined
      : await withFullDiskFailure(plan, ports, async () => runPrograms(task, session, ports));
  if (after.length > 0) await injectDriver.apply({ ...plan, edits: after }, ports);
  if (pinned === undefined) return undefined;
  return withGuest(diskOf(plan), plan.directory, ports, async (guest) =>
    findPinnedPackages(pinned.pin, pinned.indexed, guest.files, ports.log),
  );
}

function diskOf({ overlay }: EditPlan): DiskFile {
  return { path: overlay, format: 'qcow2' };
}

/**
 * The session lasts from the first program to the last.
 * @throws Failure for file edits in between that it does not support
 */
export function splitForSession(edits: readonly Edit[]): {
  readonly before: readonly FileEdit[];
  readonly session: readonly SessionEdit[];
  readonly after: readonly FileEdit[];
} {
  const isProgram = edits.map((edit) => !isFileEdit(edit));
  const [first, last] = [isProgram.indexOf(true), isProgram.lastIndexOf(true)];
  if (first < 0) return { before: edits.filter(isFileEdit), session: [], after: [] };
  const session = edits.slice(first, last + 1).map((edit) => {
    if (edit.kind === 'write' || !isFileEdit(edit)) return edit;
    throw new Failure(`the driver libguestfs cannot ${formatEdit(edit)} between programs`, {
      fix: 'use driver mount',
    });
  });
  return { before: edits.slice(0, first).filter(isFileEdit), session, after: edits.slice(last + 1).filter(isFileEdit) };
}

interface Pinned {
  readonly pin: Pin;
  readonly indexed: ReadonlySet<string>;
}

async function runPrograms(task: Task, edits: readonly SessionEdit[], ports: Ports): Promise<Pinned | undefined> {
  const { guest, pin } = await withGuest(diskOf(task.plan), task.plan.directory, ports, async (before) => ({
    guest: before,
    pin: await planPin(
      edits.filter((edit) => edit.kind !== 'write'),
      before.files,
      ports.log,
    ),
  }));
  const packages = edits.filter(isPackageEdit);
  const needsNetwork = packages.length > 0;
  const growth = await prepareDisk(task, { guest, packages, pin }, ports);
  const index = join(task.plan.directory, 'index');
  const { lines } = await runPlanned(
    task,
    {
      ...planSession(edits, pin),
      guest,
      needsNetwork,
      isEmulated: growth?.isEmulated ?? false,
      download: pin === undefined ? undefined : { from: indexFile, to: index },
    },
    ports,
  );
  assertSession(lines, edits);
  for (const edit of edits) ports.log.info(formatEdit(edit));
  if (pin === undefined) return undefined;
  const indexed = listIndexed([await readFile(index, 'utf8')]);
  await rm(index);
  return { pin, indexed };
}

interface PackageChange {
  readonly guest: Guest;
  readonly packages: readonly PackageEdit[];
  readonly pin: Pin | undefined;
}

/**
 * If the root filesystem can grow, a session measures first whether it must: the disk cannot grow while a VM has it.
 */
async function prepareDisk(
  task: Task,
  { guest, packages, pin }: PackageChange,
  ports: Ports,
): Promise<ApplianceRun | undefined> {
  if (packages.length === 0) return undefined;
  await growForLists(task.plan, ports);
  if ((await planGrowth(task.plan, ports)).obstacle !== undefined) return undefined;
  const measured = await runPlanned(
    task,
    { ...planMeasure(packages, pin), guest, needsNetwork: true, isEmulated: false },
    ports,
  );
  await growForPackages(task.plan, parseSpaceNeed(measured.lines), ports);
  return measured;
}

interface PlannedSession
  extends Planned,
    Pick<SessionCommands, 'guest' | 'download'>,
    Pick<Session, 'needsNetwork' | 'isEmulated'> {}

/** Runs a script in the guest, with its files. */
async function runPlanned(
  task: Task,
  { script, files, guest, download, ...session }: PlannedSession,
  ports: Ports,
): Promise<ApplianceRun> {
  const directory = join(task.plan.directory, 'session');
  await mkdir(directory);
  const uploads = await stageFiles(
    { ...files, plan: { text: script }, proxies: { text: await formatProxies(ports.processes) } },
    directory,
  );
  const commands = formatSession({
    guest,
    uploads,
    directory: sessionDirectory,
    // guestfish hides the output of a command that fails.
    command: `sh ${sessionDirectory}/plan 2>&1; echo "${exitMark}$?"`,
    download,
  });
  const run = await runSession(
    { overlay: task.plan.overlay, cacheDirectory: task.cacheDirectory, ...session, directory, commands },
    ports,
  );
  await rm(directory, { recursive: true });
  return run;
}

const exitMark = 'ch-golden: exit ';

/** Copies the files to upload. @throws Failure if one has changed since it was planned */
async function stageFiles(files: SessionFiles, directory: string): Promise<SessionCommands['uploads']> {
  return Promise.all(
    Object.entries(files).map(async ([name, content]) => {
      const from = join(directory, name);
      if (!('file' in content)) await writeFile(from, toBytes(content));
      else {
        await copyFile(content.file, from);
        if ((await sha256OfFile(from)) !== content.sha256) throw changedFailure(content.file);
      }
      return { from, to: `${sessionDirectory}/${name}` };
    }),
  );
}

/** The appliance reaches this machine's loopback at its gateway (libguestfs, lib/launch-direct.c). */
async function formatProxies(processes: Processes): Promise<string> {
  const proxies = Object.entries(await listProxies(processes));
  return proxies
    .map(
      ([name, value]) =>
        `export ${name}=${quoteShell(value.replace(/\/\/(localhost|127\.[\d.]+)(?=[:/]|$)/, '//169.254.2.2'))}\n`,
    )
    .join('');
}

interface Session {
  readonly overlay: string;
  readonly directory: string;
  readonly cacheDirectory: string;
  readonly commands: string;
  readonly needsNetwork: boolean;
  /** An earlier session found that KVM does not work. */
  readonly isEmulated: boolean;
}

interface ApplianceRun {
  readonly launched: boolean;
  readonly isEmulated: boolean;
  readonly lines: readonly string[];
}

/** Tries KVM first: /dev/kvm may open but not run a guest, which libguestfs does not detect. */
async function runSession(session: Session, ports: Ports): Promise<ApplianceRun> {
  if (!session.isEmulated) {
    const fast = await runAppliance(session, launchWithinMs, ports);
    if (fast.launched) return fast;
    ports.log.warn('The libguestfs appliance did not start with KVM: retrying in emulation, which is slow');
  }
  const slow = await runAppliance({ ...session, isEmulated: true }, sessionWithinMs, ports);
  if (slow.launched) return slow;
  throw applianceFailure(slow.lines);
}

/** @throws Failure if the appliance started and then failed */
async function runAppliance(
  { overlay, directory, cacheDirectory, commands, needsNetwork, isEmulated }: Session,
  launchWithin: number,
  { processes, log }: Ports,
): Promise<ApplianceRun> {
  const lines: string[] = [];
  const temporary = await mkdtemp(join(directory, 'appliance-'));
  await mkdir(cacheDirectory, { recursive: true });
  const script = join(temporary, 'commands');
  await writeFile(script, commands);
  const running = await processes.start({
    argv: ['guestfish', ...(needsNetwork ? ['--network'] : []), '--format=qcow2', '-a', overlay, '-f', script],
    env: {
      LIBGUESTFS_BACKEND: 'direct',
      LIBGUESTFS_TMPDIR: temporary,
      TMPDIR: temporary,
      LIBGUESTFS_CACHEDIR: cacheDirectory,
      ...(isEmulated ? { LIBGUESTFS_BACKEND_SETTINGS: 'force_tcg' } : {}),
    },
    onLine: (line) => {
      lines.push(line);
      log.detail(line);
    },
  });
  const hasLaunched = (): boolean => lines.includes(launchedMark);
  const launch = setTimeout(() => {
    if (!hasLaunched()) void running.stop();
  }, launchWithin);
  const end = setTimeout(() => void running.stop(), sessionWithinMs);
  const { code } = await running.exited;
  clearTimeout(launch);
  clearTimeout(end);
  await rm(temporary, { recursive: true, force: true });
  if (hasLaunched() && code !== 0)
    throw new Failure('guestfish could not apply the plan', { evidence: lines.slice(-20) });
  return { launched: hasLaunched(), isEmulated, lines };
}

/** @throws Failure with the edit that failed, and why */
function assertSession(lines: readonly string[], edits: readonly SessionEdit[]): void {
  const code = Number(lines.findLast((line) => line.startsWith(exitMark))?.slice(exitMark.length) ?? 1);
  if (code === 0) return;
  const mark = lines.findLastIndex((line) => line.startsWith(editMark));
  const edit = edits[Number(lines[mark]?.slice(editMark.length))];
  throw sessionFailure(
    code,
    edit,
    lines.slice(mark + 1).filter((line) => !line.startsWith(exitMark)),
  );
}

/** @param edit undefined if a step before the first edit failed */
function sessionFailure(code: number, edit: SessionEdit | undefined, evidence: readonly string[]): Failure {
  if (edit === undefined && code === exitCodes.noSecurityArchive) return securityArchiveFailure();
  if (edit?.kind === 'write' && code === exitCodes.isDirectory) return directoryFailure(edit.path);
  if (edit?.kind === 'run')
    return new Failure(`the script ${edit.name} failed with exit code ${code}`, { evidence: evidence.slice(-20) });
  const what = edit === undefined ? 'read the package lists' : formatEdit(edit);
  return aptFailure(
    new ToolError(`apt-get failed with exit code ${code}`, ['apt-get'], code, { evidence }),
    what,
    diskCauses,
  );
}
