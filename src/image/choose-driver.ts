import { UsageError } from '../platform/errors.js';
import type { RootWay } from '../platform/root-way.js';
import { describeEdit, isFileEdit, type Edit } from './plan.js';

/** What carries out a plan: `inject` for files, without root; `mount` for everything, as root or through sudo. */
export type Driver = 'inject' | 'mount';

export interface DriverChoice {
  readonly wanted: 'auto' | Driver;
  readonly edits: readonly Edit[];
  /** Undefined where this user cannot come to root. */
  readonly rootWay: RootWay | undefined;
}

/** Whether it is of any use to look for a way to root. */
export function needsRoot({ driver, edits }: { readonly driver: 'auto' | Driver; readonly edits: readonly Edit[] }): boolean {
  return driver === 'mount' || (driver === 'auto' && !edits.every(isFileEdit));
}

/** The driver for a plan, and why it is that one. `auto` takes the first that can do the plan. @throws UsageError where none can */
export function chooseDriver({ wanted, edits, rootWay }: DriverChoice): { readonly driver: Driver; readonly why: string } {
  const program = edits.find((edit) => !isFileEdit(edit));
  if (wanted === 'inject' && program !== undefined) {
    throw new UsageError(`the driver inject cannot ${describeEdit(program)}: it changes files alone`, { mend: 'use driver auto or mount, as root' });
  }
  const driver = wanted === 'auto' ? program === undefined ? 'inject' : 'mount' : wanted;
  if (driver === 'mount' && rootWay === undefined) {
    const why = program === undefined ? '' : `, and only it can ${describeEdit(program)}`;
    throw new UsageError(`the driver mount needs root${why}`, { mend: 'let this user have sudo without a password, or run the build as root' });
  }
  const way = driver === 'mount' && rootWay === 'sudo' ? ', through sudo' : '';
  if (wanted !== 'auto') return { driver, why: `it was asked for${way}` };
  return { driver, why: program === undefined ? 'it can do the whole plan, without root' : `it can ${describeEdit(program)}${way}` };
}
