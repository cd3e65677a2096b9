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

/** USER_HZ, in which the kernel counts ticks for user space: the same on all architectures but alpha. */
const ticksPerSecond = 100;

/** How long ago a process started. @throws if this is unknown */
export async function readAgeMs({ startTicks }: ProcessIdentity): Promise<number> {
  return calculateAgeMs(startTicks, await readFile('/proc/uptime', 'utf8'));
}

export function calculateAgeMs(startTicks: string, uptime: string): number {
  return Math.max(0, Number.parseFloat(uptime) * 1000 - (Number(startTicks) * 1000) / ticksPerSecond);
}

/** The effective user of a process. @throws if the process is gone */
export async function readUserId(pid: number): Promise<number> {
  const [, , effective] = /^Uid:\s+(\d+)\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  if (effective !== undefined) return Number(effective);
  throw new Error(`process ${pid} has no user`);
}
