import { Failure } from '../../platform/errors.js';
import { cloneSteps, findRecord, type IdentityRecord } from '../../vmm/identity-records.js';
import type { GuestReport } from './guest-report.js';

/** What a clone was started with, and what it said about itself. */
export interface WarmClone {
  readonly name: string;
  readonly macAddress: string;
  /** The SSH key of its user. */
  readonly userKey: string;
  /** The sandbox ID that it must have; undefined if the image sets it. */
  readonly sandboxId: string | undefined;
  readonly records: readonly IdentityRecord[];
  readonly report: GuestReport;
}

/** @throws Failure that names the first thing in which a clone is not who it should be, or is not done */
export function assertClone(clone: WarmClone): void {
  const { name, records, report, userKey, sandboxId, macAddress } = clone;
  const steps = records.map(({ step }) => step);
  if (steps.join() !== cloneSteps.join())
    throw new Failure(`${name} acknowledged ${formatSteps(steps)}, expected ${formatSteps(cloneSteps)}`);
  const names = findRecord(records, 'names');
  const [user, failed] = [report.get('user-key'), report.get('failed-units')];
  const expectations: readonly (readonly [what: string, found: string | undefined, expected: string | undefined])[] = [
    ['hostname in its record', names?.hostname, name],
    ['MAC address', findRecord(records, 'network')?.macAddress, macAddress],
    // An image can set it.
    ['sandbox ID', sandboxId === undefined ? undefined : findRecord(records, 'daemon')?.sandboxId, sandboxId],
    ['cloud-init status', findRecord(records, 'cloud-init')?.status, 'done'],
    ['SSH key of the user daytona', user, userKey],
    ['failed units', failed, ''],
    // What cloud-init has done since must not have changed it.
    ['hostname', report.get('hostname'), names?.hostname],
    ['machine-id', report.get('machine-id'), names?.machineId],
    ['boot ID', report.get('boot-id'), names?.bootId],
  ];
  for (const [what, found, expected] of expectations) {
    if (found === expected) continue;
    throw new Failure(`${name} has the ${what} ${formatValue(found)}, expected ${formatValue(expected)}`);
  }
}

/** What no two VMs may share. The host has compared each with their template. */
const identityParts: readonly (readonly [what: string, ofClone: (clone: WarmClone) => string | undefined])[] = [
  ['hostname', ({ report }) => report.get('hostname')],
  ['machine-id', ({ report }) => report.get('machine-id')],
  ['boot ID', ({ report }) => report.get('boot-id')],
  ['SSH host key', ({ records }) => findRecord(records, 'ssh-keys')?.fingerprint],
  ['MAC address', ({ records }) => findRecord(records, 'network')?.macAddress],
  [
    'sandbox ID',
    ({ records, sandboxId }) => (sandboxId === undefined ? undefined : findRecord(records, 'daemon')?.sandboxId),
  ],
];

/** @throws Failure that names the first value which two clones share */
export function assertAllDiffer(clones: readonly WarmClone[]): void {
  for (const [what, ofClone] of identityParts) {
    const owners = new Map<string, string>();
    for (const clone of clones) {
      const value = ofClone(clone);
      if (value === undefined) continue;
      const other = owners.get(value);
      if (other !== undefined)
        throw new Failure(`${clone.name} has the ${what} of ${other}: ${value}, expected a different one`);
      owners.set(value, clone.name);
    }
  }
}

function formatSteps(steps: readonly string[]): string {
  return steps.length === 0 ? 'nothing' : steps.join(' → ');
}

function formatValue(value: string | undefined): string {
  return value === undefined ? 'unknown' : value === '' ? 'none' : value;
}
