import { join } from 'node:path';
import type { Driver } from '../platform/choices.js';
import { UsageError } from '../platform/errors.js';
import type { Helpers } from '../platform/process/helpers.js';
import type { Processes } from '../platform/process/processes.js';
import { tryFindPrivilegeMethod, type PrivilegeMethod } from '../platform/process/privilege-method.js';
import type { EditDriver } from './edit-driver.js';
import { injectDriver } from './inject/inject-driver.js';
import { createLibguestfsDriver } from './libguestfs/libguestfs-driver.js';
import { mountDriver } from './mount/mount-driver.js';
import { createSudoMountDriver } from './mount/sudo-mount-driver.js';
import { formatEdit, isFileEdit, type Edit } from './plan.js';

export interface DriverRequest {
  /** `auto` takes the first that can apply the edits. */
  readonly requested: 'auto' | Driver;
  readonly edits: readonly Edit[];
}

/** What drivers need of this machine. */
interface Machine {
  /** Undefined if this user cannot become root. */
  readonly privilegeMethod: PrivilegeMethod | undefined;
  /** guestfish(1) is installed. */
  readonly hasLibguestfs: boolean;
}

export interface DriverChoice {
  readonly driver: Driver;
  readonly reason: string;
}

/** Checks for root and guestfish only if the request needs more than `inject`. @throws as `chooseDriver` does */
export async function selectDriver(
  request: DriverRequest,
  ports: { readonly processes: Processes },
): Promise<DriverChoice & Pick<Machine, 'privilegeMethod'>> {
  const { requested, edits } = request;
  const needsMore =
    requested === 'mount' || requested === 'libguestfs' || (requested === 'auto' && !edits.every(isFileEdit));
  const [privilegeMethod, guestfish] = needsMore
    ? await Promise.all([tryFindPrivilegeMethod(ports), ports.processes.tryFind('guestfish')])
    : [];
  return {
    ...chooseDriver(request, { privilegeMethod, hasLibguestfs: guestfish !== undefined }),
    privilegeMethod,
  };
}

/** @throws UsageError if the requested driver, or every driver, cannot apply the edits here */
export function chooseDriver(request: DriverRequest, machine: Machine): DriverChoice {
  const { requested, edits } = request;
  const program = edits.find((edit) => !isFileEdit(edit));
  if (requested === 'inject' && program !== undefined) {
    throw new UsageError(`the driver inject cannot ${formatEdit(program)}: it only changes files`, {
      fix: 'use driver auto, mount or libguestfs',
    });
  }
  const driver = requested === 'auto' ? findDriver(machine, program) : requested;
  if (driver === 'mount' && machine.privilegeMethod === undefined) {
    const purpose = program === undefined ? '' : ` to ${formatEdit(program)}`;
    throw new UsageError(`the driver mount needs root${purpose}`, {
      fix:
        'allow this user sudo without a password, run the build as root, ' +
        'or install libguestfs-tools for the driver libguestfs',
    });
  }
  if (driver === 'libguestfs' && !machine.hasLibguestfs) {
    throw new UsageError('the driver libguestfs needs guestfish', {
      fix:
        'sudo apt-get install --no-install-recommends libguestfs-tools linux-image-amd64' +
        '   # on Ubuntu: linux-image-generic',
    });
  }
  return { driver, reason: formatReason(request, machine, driver, program) };
}

function findDriver({ privilegeMethod, hasLibguestfs }: Machine, program: Edit | undefined): Driver {
  if (program === undefined) return 'inject';
  return privilegeMethod === undefined && hasLibguestfs ? 'libguestfs' : 'mount';
}

function formatReason(
  { requested }: DriverRequest,
  { privilegeMethod }: Machine,
  driver: Driver,
  program: Edit | undefined,
): string {
  const method = driver === 'mount' && privilegeMethod === 'sudo' ? ', through sudo' : '';
  if (requested !== 'auto') return `requested${method}`;
  if (program === undefined) return 'the plan only changes files';
  const suffix = driver === 'libguestfs' ? ', and this user cannot become root' : method;
  return `the plan has to ${formatEdit(program)}${suffix}`;
}

export interface DriverFiles {
  readonly mountHelper: Helpers['mount'];
  readonly cacheDirectory: string;
}

/** The driver that `selectDriver` has chosen. */
export function createDriver(
  { driver, privilegeMethod }: DriverChoice & Pick<Machine, 'privilegeMethod'>,
  { mountHelper, cacheDirectory }: DriverFiles,
): EditDriver {
  switch (driver) {
    case 'inject':
      return injectDriver;
    case 'mount':
      return privilegeMethod === 'sudo' ? createSudoMountDriver(mountHelper) : mountDriver;
    case 'libguestfs':
      return createLibguestfsDriver({ cacheDirectory: join(cacheDirectory, 'libguestfs') });
  }
}
