import type { BuildInputs } from '../../inputs/build-inputs.js';
import { runConcurrently } from '../../platform/concurrency.js';
import { Failure } from '../../platform/errors.js';
import { formatCount } from '../../platform/format.js';
import { toFailure } from '../../platform/fs/system-errors.js';
import type { Log } from '../../platform/progress/log.js';
import type { Check, DoctorPorts, DoctorRequest } from './check.js';
import { baseImageCheck } from './checks/base-image.js';
import { cloudHypervisorChecks } from './checks/cloud-hypervisor.js';
import { copiedFilesCheck } from './checks/copied-files.js';
import { fuseCheck } from './checks/devices.js';
import { diskSpaceCheck } from './checks/disk-space.js';
import { knownDefectsCheck } from './checks/known-defects.js';
import { kvmChecks } from './checks/kvm.js';
import { machineCheck } from './checks/machine.js';
import { mountNamespaceCheck } from './checks/namespaces.js';
import { programsCheck } from './checks/programs.js';
import { storeCheck } from './checks/store.js';
import { trustCheck } from './checks/trust.js';
import { vmUserCheck } from './checks/vm-user.js';
import { formatFinding, toFinding, type Finding } from './finding.js';

/** What a build needs of this machine. Findings are printed in this order. */
const machineChecks: readonly Check[] = [
  machineCheck,
  ...kvmChecks,
  ...cloudHypervisorChecks,
  fuseCheck,
  mountNamespaceCheck,
  diskSpaceCheck,
  baseImageCheck,
  copiedFilesCheck,
  programsCheck,
];

const allChecks: readonly Check[] = [...machineChecks, knownDefectsCheck, storeCheck, trustCheck, vmUserCheck];

/** Each check may start programs. */
const concurrentChecks = 4;

/** Checks this machine, and the store, key and host if given. Takes seconds, and leaves no changes. */
export async function runDoctor(request: DoctorRequest, ports: DoctorPorts): Promise<readonly Finding[]> {
  return runChecks(allChecks, request, ports);
}

/** Runs the checks that apply. Their findings are in the order of the table. */
export async function runChecks(
  checks: readonly Check[],
  request: DoctorRequest,
  ports: DoctorPorts,
): Promise<readonly Finding[]> {
  const findings = new Map<Check, readonly Finding[]>();
  const items = checks.filter(({ appliesTo }) => appliesTo(request));
  await runConcurrently({ items, concurrency: concurrentChecks, signal: ports.signal }, () => async (check) => {
    findings.set(check, await runCheck(check, request, ports));
  });
  return items.flatMap((check) => findings.get(check) ?? []);
}

async function runCheck(
  { name, check }: Check,
  request: DoctorRequest,
  ports: DoctorPorts,
): Promise<readonly Finding[]> {
  try {
    return await check(request, ports);
  } catch (error) {
    ports.signal.throwIfAborted();
    const failure = toFailure(error);
    if (!(failure instanceof Failure)) throw failure;
    return [toFinding(name, failure)];
  }
}

/** @throws Failure if a build cannot work on this machine, with every problem and its fix */
export async function assertHealthyMachine(
  inputs: BuildInputs,
  ports: DoctorPorts & { readonly log: Log },
): Promise<void> {
  const findings = await runChecks(machineChecks, { ...inputs, bootsOnKvm: inputs.smoke.requireKvm }, ports);
  for (const finding of findings.filter(({ state }) => state === 'warning')) ports.log.warn(formatWithFix(finding));
  const broken = findings.filter(({ state }) => state === 'broken');
  const [first, ...more] = broken;
  if (first === undefined) return;
  if (more.length === 0) throw new Failure(formatFinding(first), { fix: first.fix ?? 'ch-golden doctor' });
  throw new Failure(
    `${formatCount(broken.length, 'build prerequisite')} are missing: ${broken.map(({ name }) => name).join(', ')}`,
    { evidence: broken.map(formatWithFix), fix: 'ch-golden doctor prints the fix for each' },
  );
}

function formatWithFix(finding: Finding): string {
  return `${formatFinding(finding)}${finding.fix === undefined ? '' : `; ${finding.fix}`}`;
}
