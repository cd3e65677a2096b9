import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskFile } from '../../disk/storage-daemon.js';
import { withGuest } from '../../disk/with-guest.js';
import { listIndexed } from '../../platform/apt-snapshot.js';
import { Failure, ToolError } from '../../platform/errors.js';
import { sha256OfFile } from '../../platform/files.js';
import type { Log } from '../../platform/log.js';
import type { Processes } from '../../platform/processes.js';
import { quoteShell } from '../../platform/shell.js';
import type { PinnedPackages } from '../golden-image.js';
import { injectEdits } from '../inject/inject-edits.js';
import { explainApt, refuseWithoutSecurityArchive } from '../apt.js';
import { requireInitramfs } from '../boot-files.js';
import { listProxies } from '../guest-environment.js';
import type { MountRequest } from '../mount/mount-edits.js';
import { checkPin, planPin, type Pin } from '../pin-packages.js';
import { describeEdit, isFileEdit, refuseChanged, type Edit, type FileEdit } from '../plan.js';
import { explainAppliance } from './explain-appliance.js';
import { formatSession, launchedMark, type SessionCommands } from './guestfish.js';
import { editMark, exitCodes, indexFile, planSession, sessionFolder, type SessionEdit, type SessionFiles } from './plan-script.js';

export interface LibguestfsRequest extends MountRequest {
  /** Keeps the appliance between runs. */
  readonly cacheFolder: string;
}

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
}

const launchWithinMs = 120_000;
const sessionWithinMs = 2 * 60 * 60_000;

/**
 * The driver without root for programs: they run in a VM of libguestfs, which sees nothing of this machine but the overlay, in one session.
 * Files before and after them are edited as `injectEdits` does it, without a VM. Answers with how pinned the packages are.
 * @throws Failure where an edit cannot be made; the overlay is good for nothing then
 */
export async function libguestfsEdits(request: LibguestfsRequest, ports: Ports): Promise<PinnedPackages | undefined> {
  const { before, session, after } = splitForSession(request.edits);
  if (before.length > 0) await injectEdits({ ...request, edits: before }, ports);
  const answer = session.length === 0 ? undefined : await runPrograms(request, session, ports);
  if (after.length > 0) await injectEdits({ ...request, edits: after }, ports);
  return withGuest(diskOf(request), request.folder, ports, async (guest) => {
    await requireInitramfs(guest);
    return answer === undefined ? undefined : checkPin(answer.pin, answer.indexed, guest.files, ports.log);
  });
}

function diskOf({ overlay }: MountRequest): DiskFile {
  return { path: overlay, format: 'qcow2' };
}

/** The session lasts from the first program to the last. @throws Failure where an edit of files lies between that it cannot do */
export function splitForSession(edits: readonly Edit[]): { readonly before: readonly FileEdit[]; readonly session: readonly SessionEdit[]; readonly after: readonly FileEdit[] } {
  const isProgram = edits.map((edit) => !isFileEdit(edit));
  const [first, last] = [isProgram.indexOf(true), isProgram.lastIndexOf(true)];
  if (first < 0) return { before: edits.filter(isFileEdit), session: [], after: [] };
  const session = edits.slice(first, last + 1).map((edit) => {
    if (edit.kind === 'write' || !isFileEdit(edit)) return edit;
    throw new Failure(`the driver libguestfs cannot ${describeEdit(edit)} between programs`, { mend: 'use driver mount' });
  });
  return { before: edits.slice(0, first).filter(isFileEdit), session, after: edits.slice(last + 1).filter(isFileEdit) };
}

interface Pinned {
  readonly pin: Pin;
  readonly indexed: ReadonlySet<string>;
}

async function runPrograms(request: LibguestfsRequest, edits: readonly SessionEdit[], ports: Ports): Promise<Pinned | undefined> {
  const place = join(request.folder, 'session');
  await mkdir(place);
  const { guest, pin } = await withGuest(diskOf(request), request.folder, ports, async (before) => ({
    guest: before, pin: await planPin(edits.filter((edit) => edit.kind !== 'write'), before.files, ports.log),
  }));
  const { script, files } = planSession(edits, pin);
  const uploads = await stageFiles({ ...files, plan: { text: script }, proxies: { text: await formatProxies(ports.processes) } }, place);
  const index = join(place, 'index');
  const commands = formatSession({
    guest, uploads, folder: sessionFolder,
    // guestfish shows nothing of what a failed command said.
    command: `sh ${sessionFolder}/plan 2>&1; echo "${exitMark}$?"`,
    ...(pin === undefined ? {} : { download: { from: indexFile, to: index } }),
  });
  const needsNetwork = edits.some((edit) => edit.kind === 'install' || edit.kind === 'upgrade');
  judgeSession(await runSession({ ...request, folder: place, commands, needsNetwork }, ports), edits);
  for (const edit of edits) ports.log.info(describeEdit(edit));
  const answer = pin === undefined ? undefined : { pin, indexed: listIndexed([await readFile(index, 'utf8')]) };
  await rm(place, { recursive: true });
  return answer;
}

const exitMark = 'ch-golden: exit ';

/** Copies what is to be uploaded, so that it is what was planned. @throws Failure where it has changed */
async function stageFiles(files: SessionFiles, folder: string): Promise<SessionCommands['uploads']> {
  return Promise.all(Object.entries(files).map(async ([name, content]) => {
    const from = join(folder, name);
    if ('text' in content) await writeFile(from, content.text);
    else {
      await copyFile(content.file, from);
      if (await sha256OfFile(from) !== content.sha256) throw refuseChanged(content.file);
    }
    return { from, to: `${sessionFolder}/${name}` };
  }));
}

/** The appliance reaches this machine's own addresses at its gateway's (libguestfs, lib/launch-direct.c). */
async function formatProxies(processes: Processes): Promise<string> {
  const proxies = Object.entries(await listProxies(processes));
  return proxies.map(([name, value]) => `export ${name}=${quoteShell(value.replace(/\/\/(localhost|127\.[\d.]+)(?=[:/]|$)/, '//169.254.2.2'))}\n`).join('');
}

interface Session {
  readonly overlay: string;
  readonly folder: string;
  readonly cacheFolder: string;
  readonly commands: string;
  readonly needsNetwork: boolean;
}

/** With KVM first: an openable /dev/kvm need not run a guest, and libguestfs does not find out. */
async function runSession(session: Session, ports: Ports): Promise<readonly string[]> {
  const fast = await runAppliance(session, {}, launchWithinMs, ports);
  if (fast.launched) return fast.lines;
  ports.log.warn('the appliance of libguestfs did not start with KVM: once more in emulation, which is slow');
  const slow = await runAppliance(session, { LIBGUESTFS_BACKEND_SETTINGS: 'force_tcg' }, sessionWithinMs, ports);
  if (slow.launched) return slow.lines;
  throw explainAppliance(slow.lines);
}

interface ApplianceRun {
  readonly launched: boolean;
  readonly lines: readonly string[];
}

/** @throws Failure where it was started, and then ended badly */
async function runAppliance(
  { overlay, folder, cacheFolder, commands, needsNetwork }: Session, settings: Readonly<Record<string, string>>, launchWithin: number, { processes, log }: Ports,
): Promise<ApplianceRun> {
  const lines: string[] = [];
  const temporary = await mkdtemp(join(folder, 'appliance-'));
  await mkdir(cacheFolder, { recursive: true });
  const script = join(temporary, 'commands');
  await writeFile(script, commands);
  const running = await processes.start({
    argv: ['guestfish', ...needsNetwork ? ['--network'] : [], '--format=qcow2', '-a', overlay, '-f', script],
    env: { LIBGUESTFS_BACKEND: 'direct', LIBGUESTFS_TMPDIR: temporary, TMPDIR: temporary, LIBGUESTFS_CACHEDIR: cacheFolder, ...settings },
    onLine: (line) => {
      lines.push(line);
      log.detail(line);
    },
  });
  const hasLaunched = (): boolean => lines.includes(launchedMark);
  const launch = setTimeout(() => { if (!hasLaunched()) void running.stop(); }, launchWithin);
  const end = setTimeout(() => void running.stop(), sessionWithinMs);
  const { code } = await running.exited;
  clearTimeout(launch);
  clearTimeout(end);
  await rm(temporary, { recursive: true, force: true });
  if (hasLaunched() && code !== 0) throw new Failure('guestfish could not carry out the plan', { evidence: lines.slice(-20) });
  return { launched: hasLaunched(), lines };
}

/** @throws Failure that says which edit failed, and why */
function judgeSession(lines: readonly string[], edits: readonly SessionEdit[]): void {
  const code = Number(lines.findLast((line) => line.startsWith(exitMark))?.slice(exitMark.length) ?? 1);
  if (code === 0) return;
  if (code === exitCodes.noSecurityArchive) throw refuseWithoutSecurityArchive();
  const mark = lines.findLastIndex((line) => line.startsWith(editMark));
  const edit = edits[Number(lines[mark]?.slice(editMark.length))];
  const evidence = lines.slice(mark + 1).filter((line) => !line.startsWith(exitMark));
  if (edit?.kind === 'run') throw new Failure(`the script ${edit.name} failed with exit code ${code}`, { evidence: evidence.slice(-20) });
  const what = edit === undefined ? 'read the package lists' : describeEdit(edit);
  throw explainApt(new ToolError(`apt-get failed with exit code ${code}`, ['apt-get'], code, { evidence }), what);
}
