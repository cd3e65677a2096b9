import { withoutUndefined } from '../../platform/without-undefined.js';
import { toYaml } from '../../vmm/seed-iso.js';
import type { VmRecord } from './vm-record.js';

/** How the guest gets its address: by DHCP, or a fixed one in CIDR notation. */
export type VmNetwork =
  | 'dhcp'
  | { readonly address: string; readonly gateway: string; readonly nameservers: readonly string[] };

/** What cloud-init does in the guest: complete user-data, or user-data with these keys and commands. */
export type VmUserData =
  | { readonly text: string }
  | { readonly sshKeys: readonly string[]; readonly commands: readonly string[] };

/** The files of cloud-init's NoCloud data source. */
export function cloudInitFiles(
  vm: Pick<VmRecord, 'name' | 'macAddress' | 'tap'>,
  network: VmNetwork,
  userData: VmUserData,
): Readonly<Record<'meta-data' | 'network-config' | 'user-data', string>> {
  return {
    'meta-data': toYaml({ 'instance-id': vm.name, 'local-hostname': vm.name }),
    // By MAC address, since the interface's name is unknown. Waiting for a missing interface takes minutes.
    'network-config': toYaml({
      version: 2,
      ethernets:
        vm.tap === undefined ? {} : { vm: { match: { macaddress: vm.macAddress }, ...toAddressConfig(network) } },
    }),
    'user-data': 'text' in userData ? userData.text : `#cloud-config\n${toYaml(toUserConfig(userData))}`,
  };
}

function toAddressConfig(network: VmNetwork): object {
  if (network === 'dhcp') return { dhcp4: true };
  const { address, gateway, nameservers } = network;
  return withoutUndefined({
    addresses: [address],
    routes: [{ to: '0.0.0.0/0', via: gateway }],
    nameservers: nameservers.length === 0 ? undefined : { addresses: nameservers },
  });
}

/** Adds the user `daytona` of the manual guide to the distribution's default user. */
function toUserConfig({ sshKeys, commands }: Extract<VmUserData, { readonly sshKeys: unknown }>): object {
  const user = { name: 'daytona', sudo: 'ALL=(ALL) NOPASSWD:ALL', shell: '/bin/bash', ssh_authorized_keys: sshKeys };
  return withoutUndefined({
    users: sshKeys.length === 0 ? undefined : ['default', user],
    runcmd: commands.length === 0 ? undefined : commands,
  });
}
