import { findLocalRange } from '../../platform/connections/guarding-proxy.js';
import { Failure } from '../../platform/errors.js';
import { findRecord, type IdentityRecord } from '../../vmm/identity-records.js';
import type { VmRecord } from '../vm/vm-record.js';
import type { Template } from './template-document.js';

/** The address of a clone. @throws Failure for a guest that is not who it should be */
export function getCloneAddress(
  { name, macAddress, network }: Pick<VmRecord, 'name' | 'macAddress' | 'network'>,
  records: readonly IdentityRecord[],
): string {
  const named = findRecord(records, 'names')?.hostname ?? 'none';
  const card = findRecord(records, 'network') ?? { macAddress: 'none', address: 'none' };
  const [address = ''] = card.address.split('/');
  // With DHCP, the guest could name any machine. Requests to this host and to metadata services are not its to make.
  const isExpected = network === undefined ? findLocalRange(address) === undefined : card.address === network.address;
  if (named === name && card.macAddress === macAddress && isExpected) return address;
  throw new Failure(`the guest reports the wrong identity: ${named}, ${card.macAddress}, ${card.address}`);
}

/**
 * A value that a clone keeps from its template is one that it shares with every other clone.
 * @throws Failure that names it
 */
export function assertNotTemplate(template: Template['identity'], records: readonly IdentityRecord[]): void {
  const names = findRecord(records, 'names');
  const parts: readonly (readonly [what: string, own: string | undefined, templates: string | undefined])[] = [
    ['machine ID', names?.machineId, template.machineId],
    ['boot ID', names?.bootId, template.bootId],
    ['SSH host key', findRecord(records, 'ssh-keys')?.fingerprint, template.fingerprint],
  ];
  const kept = parts.find(([, own, templates]) => own !== undefined && own === templates);
  if (kept !== undefined) throw new Failure(`the guest kept the ${kept[0]} of its template`);
}
