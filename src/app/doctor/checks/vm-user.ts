import { canUseKvm, defaultVmUser, resolveVmUser } from '../../../host/vm/vm-user.js';
import { quoteText } from '../../../platform/format.js';
import type { Check, DoctorPorts, DoctorRequest } from '../check.js';
import type { Finding } from '../finding.js';

const name = 'VM user';

export const vmUserCheck: Check = {
  name,
  appliesTo: ({ root }) => root !== undefined,
  check: async (request, ports) => [await checkVmUser(request, ports)],
};

/** Checks the user that VMs of this host run as. @throws Failure if it does not exist */
export async function checkVmUser(
  { root = '' }: Pick<DoctorRequest, 'root'>,
  ports: Pick<DoctorPorts, 'processes'>,
  self = process.geteuid?.() ?? 0,
): Promise<Finding> {
  const user = await resolveVmUser({ root }, ports, self);
  if (user === undefined) {
    return self === 0
      ? {
          name,
          state: 'warning',
          text: 'VMs run as root: a guest that breaks out of Cloud Hypervisor owns this host',
          fix: `ch-golden host user ${defaultVmUser}`,
        }
      : { name, state: 'ok', text: 'this user; root would run VMs as the user that "ch-golden host user" sets' };
  }
  if (await canUseKvm(user, ports)) return { name, state: 'ok', text: user.name };
  return {
    name,
    state: 'broken',
    text: `user ${quoteText(user.name)} cannot open /dev/kvm and is not in the group kvm`,
    fix: `sudo usermod --append --groups kvm ${user.name}`,
  };
}
