import type { Driver } from '../platform/choices.js';
import { UsageError } from '../platform/errors.js';
import type { Processes } from '../platform/process/processes.js';
import { tryFindPrivilegeMethod, type PrivilegeMethod } from '../platform/process/privilege-method.js';
import { formatEdit, isFileEdit, type Edit } from './plan.js';

export interface DriverChoice {
  readonly wanted: 'auto' | Driver;
  readonly edits: readonly Edit[];
  /** Undefined where this user cannot come to root. */
  readonly rootWay: PrivilegeMethod | undefined;
  /** Whether guestfish(1) is installed. */
  readonly hasLibguestfs: boolean;
}

/** Chooses by what this user has; that is looked for only where the plan or the driver needs more than files. @throws as `chooseDriver` does */
export async function selectDriver(
  { wanted, edits }: Pick<DriverChoice, 'wanted' | 'edits'>,
  ports: { readonly processes: Processes },
): Promise<{ readonly driver: Driver; readonly why: string; readonly rootWay: PrivilegeMethod | undefined }> {
  const needsMore = wanted === 'mount' || wanted === 'libguestfs' || (wanted === 'auto' && !edits.every(isFileEdit));
  const [rootWay, guestfish] = needsMore
    ? await Promise.all([tryFindPrivilegeMethod(ports), ports.processes.tryFind('guestfish')])
    : [];
  return { ...chooseDriver({ wanted, edits, rootWay, hasLibguestfs: guestfish !== undefined }), rootWay };
}

/** The driver for a plan, and why it is that one. `auto` takes the first that can do the plan. @throws UsageError where none can */
export function chooseDriver(choice: DriverChoice): { readonly driver: Driver; readonly why: string } {
  const { wanted, edits, rootWay, hasLibguestfs } = choice;
  const program = edits.find((edit) => !isFileEdit(edit));
  if (wanted === 'inject' && program !== undefined) {
    throw new UsageError(`the driver inject cannot ${formatEdit(program)}: it changes files alone`, {
      fix: 'use driver auto, mount or libguestfs',
    });
  }
  const driver = wanted === 'auto' ? findDriver(choice, program) : wanted;
  if (driver === 'mount' && rootWay === undefined) {
    const why = program === undefined ? '' : `, to ${formatEdit(program)}`;
    throw new UsageError(`the driver mount needs root${why}`, {
      fix: 'let this user have sudo without a password, run the build as root, or install libguestfs-tools for the driver libguestfs',
    });
  }
  if (driver === 'libguestfs' && !hasLibguestfs) {
    throw new UsageError('the driver libguestfs needs guestfish', {
      fix: 'sudo apt-get install --no-install-recommends libguestfs-tools linux-image-amd64   # on Ubuntu: linux-image-generic',
    });
  }
  return { driver, why: formatReason(choice, driver, program) };
}

function findDriver({ rootWay, hasLibguestfs }: DriverChoice, program: Edit | undefined): Driver {
  if (program === undefined) return 'inject';
  return rootWay === undefined && hasLibguestfs ? 'libguestfs' : 'mount';
}

function formatReason({ wanted, rootWay }: DriverChoice, driver: Driver, program: Edit | undefined): string {
  const way = driver === 'mount' && rootWay === 'sudo' ? ', through sudo' : '';
  if (wanted !== 'auto') return `it was asked for${way}`;
  if (program === undefined) return 'it can do the whole plan, without root';
  return `it can ${formatEdit(program)}${driver === 'libguestfs' ? ', and this user cannot come to root' : way}`;
}
