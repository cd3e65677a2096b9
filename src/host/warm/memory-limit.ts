/** Of slow disks, when memory is written to them or read back. */
const msPerMiB = 20;

/** A time limit for a step that reads or writes the whole memory of a VM, in milliseconds. */
export function toMemoryLimit(limitMs: number, memoryMiB: number): number {
  return limitMs + memoryMiB * msPerMiB;
}
