import { constants, getPriority, setPriority } from 'node:os';

/** The priority of this process, which programs that it starts inherit. */
export interface Priority {
  get(): number;
  set(niceness: number): void;
}

const ownPriority: Priority = { get: getPriority, set: setPriority };

/** Lets other work of this machine go first. A plain user cannot undo that, so nothing urgent may follow. */
export async function withLowPriority<T>(work: () => Promise<T>, priority: Priority = ownPriority): Promise<T> {
  const before = priority.get();
  priority.set(constants.priority.PRIORITY_LOW);
  try {
    return await work();
  } finally {
    try {
      priority.set(before);
    } catch {
      // EACCES for a plain user: nothing urgent follows.
    }
  }
}
