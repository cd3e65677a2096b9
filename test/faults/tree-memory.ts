import { readdirSync, readFileSync } from 'node:fs';

/**
 * Measures the memory of a process and all its descendants. Each counts with its peak (VmHWM), so only a process that
 * lives between two samples is missed. Pages that two processes share count twice. There is no limit to set instead,
 * because node reserves far more address space than it uses.
 */
export function watchMemory(pid: number): {
  /** Stops measuring, and returns the peak in MiB. */ stop(): number;
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

/** In KiB. Processes may exit during the sample. */
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
