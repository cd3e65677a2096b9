import { readdirSync, readFileSync } from 'node:fs';

/**
 * Watches what a process and all its descendants have in memory. Each process counts with the most that it ever had
 * (VmHWM), so that nothing is missed between two looks but a process that began and ended there; pages that two of them
 * share count twice.
 * No limit is set on them: node reserves far more addresses than it uses.
 */
export function watchMemory(pid: number): {
  /** Ends it; answers with the most at any moment, in MiB. */ stop(): number;
} {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, sumOfTree(pid));
  }, 20);
  return {
    stop: () => {
      clearInterval(timer);
      return Math.round(peak / 1024);
    },
  };
}

/** KiB; processes end while we look. */
function sumOfTree(pid: number): number {
  try {
    const own = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' '),
    );
    return children.filter((child) => child !== '').reduce((sum, child) => sum + sumOfTree(Number(child)), own);
  } catch {
    return 0;
  }
}
