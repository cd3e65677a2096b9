import { Failure } from '../platform/errors.js';
import type { GuestIdentity } from './guest-facts.js';

/** What no two machines may share, where in a guest it comes from, and how an image is fixed that has it baked in. */
const mustDiffer: readonly {
  readonly what: string;
  readonly values: (identity: GuestIdentity) => readonly string[];
  readonly fix: string;
}[] = [
  {
    what: 'machine-id',
    values: ({ machineId }) => [machineId],
    fix: 'empty /etc/machine-id in the image (empty, not removed), and remove /var/lib/dbus/machine-id',
  },
  {
    what: 'SSH host key',
    values: ({ hostKeys }) => hostKeys,
    fix: 'remove /etc/ssh/ssh_host_* from the image, and let cloud-init make them (ssh_deletekeys: true)',
  },
  {
    what: 'host name',
    values: ({ hostname }) => [hostname],
    fix: 'let cloud-init set the host name: no preserve_hostname: true in /etc/cloud',
  },
  {
    what: 'DHCP unique identifier',
    values: ({ duids }) => duids,
    fix: 'remove the DHCP leases and any DUIDRawData= from the image',
  },
];

/** @throws Failure that names the first value which two clones share. */
export function assertDistinct(clones: readonly GuestIdentity[]): void {
  for (const { what, values, fix } of mustDiffer) {
    const seen = new Map<string, string>();
    for (const identity of clones) {
      for (const value of new Set(values(identity))) {
        const other = seen.get(value);
        if (other !== undefined) {
          throw new Failure(`two clones of the image have the same ${what}: ${value}`, {
            fix,
            evidence: [other, formatIdentity(identity)],
          });
        }
        seen.set(value, formatIdentity(identity));
      }
    }
  }
}

/** One that two clones have: not a fault, for who starts a VM may set it in the VM. */
export function findSharedSandboxId(clones: readonly GuestIdentity[]): string | undefined {
  const ids = clones.map(({ sandboxId }) => sandboxId);
  return ids.find((id, index) => id !== undefined && ids.indexOf(id) < index);
}

function formatIdentity({ hostname, machineId, hostKeys, duids }: GuestIdentity): string {
  return `${hostname}: machine-id ${machineId}, host keys ${hostKeys.join(' ') || 'none'}, DUID ${duids.join(' ') || 'none'}`;
}
