import { describe, expect, test } from '@jest/globals';
import { hygieneEdits } from '../../src/image/hygiene.js';
import { resolveEdits } from '../../src/image/resolve-edits.js';
import { openFakeFiles } from '../fixtures/fake-filesystem.js';

/** Row 24, and virt-sysprep's operations (libguestfs 1.52) about identities: a file of each, as in a base. */
const planted = [
  ['iSCSI', 'etc/iscsi/initiatorname.iscsi'],
  ['NVMe', 'etc/nvme/hostnqn'],
  ['NVMe', 'etc/nvme/hostid'],
  ['Ubuntu Pro', 'var/lib/ubuntu-advantage/private/machine-token.json'],
  ['PMM', 'etc/pmm/pmm-agent.yaml'],
  ['Postfix', 'var/lib/postfix/prng_exch'],
  ['Salt', 'etc/salt/pki/minion/minion.pem'],
  ['Salt', 'etc/salt/minion_id'],
  ['Puppet', 'etc/puppetlabs/puppet/ssl/private_keys/host.pem'],
  ['Puppet', 'var/lib/puppet/ssl/certs/host.pem'],
  ['abrt-data', 'var/spool/abrt/ccpp-1'],
  ['bash-history', 'root/.bash_history'],
  ['bash-history', 'home/u/.bash_history'],
  ['blkid-tab', 'etc/blkid.tab'],
  ['crash-data', 'var/crash/x.crash'],
  ['dhcp-client-state', 'var/lib/dhclient/dhclient.leases'],
  ['dhcp-client-state', 'var/lib/dhcp/dhclient.leases'],
  ['dhcp-server-state', 'var/lib/dhcpd/dhcpd.leases'],
  ['dovecot-data', 'var/lib/dovecot/ssl-parameters.dat'],
  ['ipa-client', 'etc/ipa/default.conf'],
  ['ipa-client', 'var/lib/ipa-client/pki/key.pem'],
  ['kerberos-hostkeytab', 'etc/krb5.keytab'],
  ['logfiles', 'var/log/messages'],
  ['lvm-system-devices', 'etc/lvm/devices/system.devices'],
  ['machine-id', 'var/lib/dbus/machine-id'],
  ['mail-spool', 'var/mail/root'],
  ['net-hwaddr', 'etc/udev/rules.d/70-persistent-net.rules'],
  ['pacct-log', 'var/account/pacct'],
  ['package-manager-cache', 'var/cache/apt/archives/x.deb'],
  ['passwd-backups', 'etc/shadow-'],
  ['random-seed', 'var/lib/systemd/random-seed'],
  ['rh-subscription-manager', 'etc/pki/consumer/key.pem'],
  ['rhn-systemid', 'etc/sysconfig/rhn/systemid'],
  ['samba-db-log', 'var/lib/samba/private/secrets.tdb'],
  ['smolt-uuid', 'etc/smolt/uuid'],
  ['ssh-hostkeys', 'etc/ssh/ssh_host_ed25519_key'],
  ['sssd-db-log', 'var/lib/sss/db/cache_x.ldb'],
  ['tmp-files', 'tmp/x'],
  ['tmp-files', 'var/tmp/x'],
  ['yum-uuid', 'var/lib/yum/uuid'],
] as const;

describe('row 24: hygiene removes identities', () => {
  test.each(planted)('%s: /%s', async (_, path) => {
    const operations = await resolveEdits(hygieneEdits, openFakeFiles({ [path]: 'x' }));
    expect(operations.filter((operation) => operation.path === `/${path}`).map(({ kind }) => kind)[0]).toBe(
      'remove-file',
    );
  });

  test.each([
    'etc/passwd',
    'etc/shadow',
    'etc/salt/minion',
    'etc/puppetlabs/puppet/puppet.conf',
    'etc/iscsi/iscsid.conf',
    'etc/samba/smb.conf',
    'etc/cron.d/x',
    'var/spool/cron/crontabs/root',
  ])('/%s is configuration, and stays', async (path) => {
    const operations = await resolveEdits(hygieneEdits, openFakeFiles({ [path]: 'x' }));
    expect(operations.filter((operation) => operation.path === `/${path}`)).toEqual([]);
  });
});
