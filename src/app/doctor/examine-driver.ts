import { selectDriver } from '../../image/choose-driver.js';
import type { Driver } from '../../platform/choices.js';
import type { Edit } from '../../image/plan.js';
import { UsageError } from '../../platform/errors.js';
import type { Processes } from '../../platform/process/processes.js';
import type { Finding } from './finding.js';

/** What a plan asks of the drivers. */
export interface DriverNeeds {
  readonly wanted: 'auto' | Driver;
  /** Packages are installed, or programs run in the image. */
  readonly programs: boolean;
}

/** Stands for any program: which one it is decides nothing. */
const program: Edit = { kind: 'upgrade', scope: 'all' };

/** The driver that a build would take here, and a line of the doctor where it needs more than a plain user has. */
export async function examineDriver(
  { wanted, programs }: DriverNeeds,
  ports: { readonly processes: Processes },
): Promise<{ readonly driver?: Driver; readonly findings: readonly Finding[] }> {
  const name = 'driver';
  try {
    const { driver, privilegeMethod } = await selectDriver(
      { requested: wanted, edits: programs ? [program] : [] },
      ports,
    );
    if (driver === 'inject') return { driver, findings: [] };
    const way = driver === 'mount' && privilegeMethod === 'sudo' ? ', through sudo' : '';
    return { driver, findings: [{ name, state: 'ok', text: `${driver}${way}` }] };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    // A finding is read with its name before it: `driver libguestfs needs …`.
    return {
      findings: [
        {
          name,
          state: 'broken',
          text: error.message.replace(/^the driver /, ''),
          ...(error.fix === undefined ? {} : { fix: error.fix }),
        },
      ],
    };
  }
}
