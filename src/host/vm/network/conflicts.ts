import type { VmFinding } from '../findings.js';
import type { VmRecord } from '../vm-record.js';

/** What no two VMs of a host can share. */
type Identity = Pick<VmRecord, 'tap' | 'macAddress' | 'network'>;
type Other = Identity & Pick<VmRecord, 'name'>;

/** What a VM has that another VM of this host has, too. */
export function findConflicts(vm: Identity, others: readonly Other[]): readonly VmFinding[] {
  const find = (
    what: string,
    get: (one: Identity) => string | undefined,
    fix: (other: string) => string,
  ): readonly VmFinding[] => {
    const value = get(vm);
    const other = value === undefined ? undefined : others.find((one) => get(one) === value);
    return other === undefined
      ? []
      : [{ problem: `${what} ${value ?? ''} is that of VM ${other.name}`, fix: fix(other.name) }];
  };
  const orDelete = (other: string): string => `or: ch-golden vm delete ${other}`;
  return [
    ...find(
      'tap',
      ({ tap }) => tap,
      (other) => `use a different --tap, or --bridge; ${orDelete(other)}`,
    ),
    ...find('address', staticAddressOf, (other) => `use a different address in --network, ${orDelete(other)}`),
    // A VM without a tap has an address, but no card.
    ...find(
      'MAC address',
      (one) => (one.tap === undefined ? undefined : one.macAddress),
      (other) => `use a different --mac, ${orDelete(other)}`,
    ),
  ];
}

/** The static address, without its prefix; undefined for a VM that requests one by DHCP. */
export function staticAddressOf({ network }: Pick<VmRecord, 'network'>): string | undefined {
  return network?.address.split('/')[0];
}
