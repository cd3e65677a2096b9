import { readFile } from 'node:fs/promises';

/** Identifies a process until the machine reboots: process ids are reused. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot at which it started: field 22 of proc_pid_stat(5). */
  readonly startTicks: string;
  readonly bootId: string;
}

/** @throws if the process is gone */
export async function identifyProcess(pid: number): Promise<ProcessIdentity> {
  const [stat, bootId] = await Promise.all(
    [`/proc/${pid}/stat`, '/proc/sys/kernel/random/boot_id'].map(async (path) => readFile(path, 'utf8')),
  );
  return parseProcess(stat ?? '', bootId ?? '');
}

/** @throws if the process has exited and its parent has not noticed yet */
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
