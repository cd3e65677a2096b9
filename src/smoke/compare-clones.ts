import { Failure } from '../platform/errors.js';
import type { GuestIdentity } from './guest-facts.js';

/** What no two VMs may share, and how to fix an image that has it baked in. */
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
    fix: 'remove /etc/ssh/ssh_host_* from the image, and let cloud-init create them (ssh_deletekeys: true)',
  },
  {
    what: 'host name',
    values: ({ hostname }) => [hostname],
    fix: 'let cloud-init set the host name: remove preserve_hostname: true from /etc/cloud',
  },
  {
    what: 'DHCP unique identifier',
    values: ({ duids }) => duids,
    fix: 'remove the DHCP leases and any DUIDRawData= from the image',
  },
];

/** @throws Failure that names the first value two clones share */
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

/** A sandbox ID that two clones share. Not an error: whoever starts a VM may set it there. */
export function findSharedSandboxId(clones: readonly GuestIdentity[]): string | undefined {
  const ids = clones.map(({ sandboxId }) => sandboxId);
  return ids.find((id, index) => id !== undefined && ids.indexOf(id) < index);
}

function formatIdentity({ hostname, machineId, hostKeys, duids }: GuestIdentity): string {
  const [keys, ids] = [hostKeys, duids].map((values) => values.join(' ') || 'none');
  return `${hostname}: machine-id ${machineId}, host keys ${keys}, DUID ${ids}`;
}
