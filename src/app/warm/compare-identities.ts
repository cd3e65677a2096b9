import { Failure } from '../../platform/errors.js';
import { cloneSteps, type IdentityRecord } from '../../vmm/identity-records.js';
import type { GuestReport } from './guest-report.js';

/** What a template's guest had, and no clone may have. Undefined: the image has none. */
export interface TemplateIdentity {
  readonly hostname: string | undefined;
  readonly machineId: string | undefined;
  /** SHA-256 of its SSH host key. */
  readonly fingerprint: string | undefined;
}

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
  const { names, network, daemon, cloudInit } = readRecordValues(records);
  const [user, failed] = [report.get('user-key'), report.get('failed-units')];
  const expectations: readonly (readonly [what: string, found: string | undefined, expected: string | undefined])[] = [
    ['hostname in its record', names?.hostname, name],
    ['MAC address', network?.macAddress, macAddress],
    // An image can set it.
    ['sandbox ID', sandboxId === undefined ? undefined : daemon?.sandboxId, sandboxId],
    ['cloud-init status', cloudInit?.status, 'done'],
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

/** What no two VMs may share. */
const identityParts: readonly (readonly [
  what: string,
  ofClone: (clone: WarmClone) => string | undefined,
  ofTemplate: (template: TemplateIdentity, clones: readonly WarmClone[]) => string | undefined,
])[] = [
  ['hostname', ({ report }) => report.get('hostname'), ({ hostname }) => hostname],
  ['machine-id', ({ report }) => report.get('machine-id'), ({ machineId }) => machineId],
  ['boot ID', ({ report }) => report.get('boot-id'), (_, [first]) => first?.report.get('kernel-boot-id')],
  ['SSH host key', ({ records }) => readRecordValues(records).sshKeys?.fingerprint, ({ fingerprint }) => fingerprint],
  ['MAC address', ({ records }) => readRecordValues(records).network?.macAddress, () => undefined],
  [
    'sandbox ID',
    ({ records, sandboxId }) => (sandboxId === undefined ? undefined : readRecordValues(records).daemon?.sandboxId),
    ({ hostname }) => hostname,
  ],
];

/** @throws Failure that names the first value which a clone shares with the template, or with another clone */
export function assertAllDiffer(template: TemplateIdentity, clones: readonly WarmClone[]): void {
  for (const [what, ofClone, ofTemplate] of identityParts) {
    const owners = new Map<string, string>();
    const own = ofTemplate(template, clones);
    if (own !== undefined && own !== '') owners.set(own, 'its template');
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

type RecordOf<Step extends IdentityRecord['step']> = Extract<IdentityRecord, { readonly step: Step }>;

function readRecordValues(records: readonly IdentityRecord[]): {
  readonly names: RecordOf<'names'> | undefined;
  readonly network: RecordOf<'network'> | undefined;
  readonly sshKeys: RecordOf<'ssh-keys'> | undefined;
  readonly daemon: RecordOf<'daemon'> | undefined;
  readonly cloudInit: RecordOf<'cloud-init'> | undefined;
} {
  const find = <Step extends IdentityRecord['step']>(step: Step): RecordOf<Step> | undefined =>
    records.find((record): record is RecordOf<Step> => record.step === step);
  return {
    names: find('names'),
    network: find('network'),
    sshKeys: find('ssh-keys'),
    daemon: find('daemon'),
    cloudInit: find('cloud-init'),
  };
}

function formatSteps(steps: readonly string[]): string {
  return steps.length === 0 ? 'nothing' : steps.join(' → ');
}

function formatValue(value: string | undefined): string {
  return value === undefined ? 'unknown' : value === '' ? 'none' : value;
}
