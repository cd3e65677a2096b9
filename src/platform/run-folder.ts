import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Names a process for as long as the machine runs: a process id alone is used again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot at which it started: field 22 of proc_pid_stat(5). */
  readonly startTicks: string;
  readonly bootId: string;
}

const prefix = 'run-';
const ownerFile = 'owner.json';

/**
 * Gives `work` a folder of its own and removes it afterwards, whatever happens.
 * What a killed run left behind is removed first: only folders whose owner is dead, never a live sibling's.
 */
export async function withRunFolder<T>(root: string, work: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(root, { recursive: true });
  await removeDeadRuns(root);
  const folder = join(root, `${prefix}${randomUUID()}`);
  await mkdir(folder, { mode: 0o700 });
  try {
    await writeFile(join(folder, ownerFile), JSON.stringify(await identifyProcess(process.pid)));
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes the folders of dead runs; answers with their names. */
export async function removeDeadRuns(root: string): Promise<readonly string[]> {
  const names = (await readdir(root).catch(() => [])).filter((name) => name.startsWith(prefix));
  const removed: string[] = [];
  for (const name of names) {
    if (await isOwned(join(root, name))) continue;
    await rm(join(root, name), { recursive: true, force: true });
    removed.push(name);
  }
  return removed;
}

async function isOwned(folder: string): Promise<boolean> {
  try {
    return await isAlive(JSON.parse(await readFile(join(folder, ownerFile), 'utf8')) as ProcessIdentity);
  } catch {
    // A run that starts right now has its folder, and then an empty file in it, for a moment before it has its owner's name there.
    return isYoung(folder);
  }
}

async function isYoung(folder: string): Promise<boolean> {
  return stat(folder).then(({ mtimeMs }) => Date.now() - mtimeMs < 60_000, () => false);
}

/** @throws where the process is gone. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity> {
  const [stat, bootId] = await Promise.all([`/proc/${pid}/stat`, '/proc/sys/kernel/random/boot_id'].map(async (path) => readFile(path, 'utf8')));
  return parseProcess(stat ?? '', bootId ?? '');
}

/** @throws where the process has ended, and only its parent does not know yet */
export function parseProcess(stat: string, bootId: string): ProcessIdentity {
  const pid = Number.parseInt(stat, 10);
  // The second field is the program's name in parentheses and may hold spaces: fields are counted behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z') throw new Error(`process ${pid} has ended`);
  return { pid, startTicks: fields[19] ?? '', bootId: bootId.trim() };
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  try {
    const now = await identifyProcess(identity.pid);
    return now.startTicks === identity.startTicks && now.bootId === identity.bootId;
  } catch {
    return false;
  }
}
