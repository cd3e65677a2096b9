import { rootOwned, type FileEdit } from './plan.js';

/**
 * What must not be the same in two VMs, or must not leave the machine where the base was made.
 * The union of virt-sysprep's and kubernetes-sigs/image-builder's lists that applies to a file tree;
 * `audit.ts` proves it on the finished image.
 */
export const hygieneEdits: readonly FileEdit[] = [
  // Emptied, not removed: systemd makes a new one at boot, and a read-only root has a file to mount over (machine-id(5)).
  { kind: 'empty', path: '/etc/machine-id', attributes: rootOwned(0o444) },
  ...removals(
    '/var/lib/dbus/machine-id',
    // What `cloud-init clean` removes (cloudinit/cmd/clean.py), without its scripts: those are put there to be run.
    '/var/lib/cloud/data',
    '/var/lib/cloud/handlers',
    '/var/lib/cloud/instance',
    '/var/lib/cloud/instances',
    '/var/lib/cloud/sem',
    // Its instance id and host name win over those of a VM's own seed (DataSourceNoCloud.py, `_merge_new_seed`).
    '/var/lib/cloud/seed',
    '/etc/netplan/50-cloud-init.yaml',
    '/etc/ssh/ssh_host_*',
    '/var/lib/systemd/random-seed',
    '/var/lib/systemd/credential.secret',
    '/var/lib/urandom/random-seed',
    '/var/lib/dhcp/*',
    '/var/lib/dhclient/*',
    '/var/lib/NetworkManager/*',
    '/var/lib/systemd/network/*',
    '/etc/udev/rules.d/70-persistent-net.rules',
    '/var/log/**',
    '/var/crash/*',
    '/var/lib/apt/lists/**',
    '/var/cache/apt/archives/*.deb',
    '/var/cache/apt/*.bin',
    '/tmp/*',
    '/var/tmp/*',
    '/root/.bash_history',
    '/root/.lesshst',
    '/root/.viminfo',
    '/root/.wget-hsts',
    '/home/*/.bash_history',
    '/home/*/.lesshst',
    '/home/*/.viminfo',
  ),
];

function removals(...patterns: readonly string[]): readonly FileEdit[] {
  return patterns.map((pattern) => ({ kind: 'remove', pattern }));
}
