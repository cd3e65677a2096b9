import { UsageError } from '../platform/errors.js';
import { describeEdit, isFileEdit, type Edit } from './plan.js';

/** What carries out a plan: `inject` for files, without root; `mount` for everything, as root. */
export type Driver = 'inject' | 'mount';

export interface DriverChoice {
  readonly wanted: 'auto' | Driver;
  readonly edits: readonly Edit[];
  readonly isRoot: boolean;
}

/** The driver for a plan, and why it is that one. `auto` takes the first that can do the plan. @throws UsageError where none can */
export function chooseDriver({ wanted, edits, isRoot }: DriverChoice): { readonly driver: Driver; readonly why: string } {
  const program = edits.find((edit) => !isFileEdit(edit));
  if (wanted === 'inject' && program !== undefined) {
    throw new UsageError(`the driver inject cannot ${describeEdit(program)}: it changes files alone`, { mend: 'use driver auto or mount, as root' });
  }
  const driver = wanted === 'auto' ? program === undefined ? 'inject' : 'mount' : wanted;
  if (driver === 'mount' && !isRoot) {
    const why = program === undefined ? '' : `, and only it can ${describeEdit(program)}`;
    throw new UsageError(`the driver mount needs root${why}`, { mend: 'run the build as root: sudo --preserve-env ch-golden build …, or a runner whose user is root' });
  }
  if (wanted !== 'auto') return { driver, why: 'it was asked for' };
  return { driver, why: program === undefined ? 'it can do the whole plan, without root' : `it can ${describeEdit(program)}` };
}
