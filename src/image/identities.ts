/** What no image may contain. */
export interface Identity {
  /** As in a `remove` edit: `*` matches within a name, a final `**` every file below it but no directory. */
  readonly pattern: string;
  readonly what: string;
  /**
   * Content that replaces the file instead of removing it, for programs that only create a new identity if they find
   * this.
   */
  readonly replacement?: string;
}

const same = (what: string): string => `${what}: every VM would have the same`;

/** What VMs must not share, or what must not leave the machine where the base was built. */
const table: readonly (readonly [what: string, ...patterns: readonly string[]])[] = [
  // The machine itself.
  [same('a machine id'), '/var/lib/dbus/machine-id'],
  [same('an SSH host key'), '/etc/ssh/ssh_host_*', '/etc/dropbear/dropbear_*_host_key'],
  [same('a random seed'), '/var/lib/systemd/random-seed', '/var/lib/urandom/random-seed'],
  [same('a credential secret'), '/var/lib/systemd/credential.secret'],
  [same('a TPM key'), '/var/lib/systemd/tpm2-srk-public-key.*', '/var/lib/tpm2-tss/system/keystore/**'],
  [same('an NVMe host identity'), '/etc/nvme/hostnqn', '/etc/nvme/hostid'],
  [same('a list of LVM devices'), '/etc/lvm/devices/*'],
  [same('a list of multipath devices'), '/etc/multipath/wwids', '/etc/multipath/bindings'],
  [same('an identifier of the hardware'), '/etc/smolt/uuid', '/etc/sysconfig/hw-uuid'],
  ['block devices of another machine', '/etc/blkid.tab', '/etc/blkid.tab.old', '/etc/blkid/*'],
  // cloud-init: what `cloud-init clean` removes (cloudinit/cmd/clean.py), without its scripts: those are put there to
  // be run.
  [
    'cloud-init state: it would not run again',
    ...['data', 'handlers', 'instance', 'instances', 'sem'].map((name) => `/var/lib/cloud/${name}`),
  ],
  // Its instance id and host name override those of a VM's seed (DataSourceNoCloud.py, `_merge_new_seed`).
  ['a cloud-init seed: every VM would have its instance id and host name', '/var/lib/cloud/seed'],
  [
    'a network configuration of another machine',
    '/etc/netplan/50-cloud-init.yaml',
    '/etc/udev/rules.d/70-persistent-net.rules',
  ],
  [
    'a DHCP lease of another machine',
    '/var/lib/dhcp/*',
    '/var/lib/dhclient/*',
    '/var/lib/systemd/network/*',
    '/var/lib/dhcpcd/*.lease',
  ],
  ["a DHCP server's leases", '/var/lib/dhcpd/*'],
  ['state of NetworkManager with its secret key', '/var/lib/NetworkManager/*'],
  // Subscriptions and machine management.
  [
    'an Ubuntu Pro token: every VM would use the same subscription',
    '/var/lib/ubuntu-advantage/private/**',
    '/var/lib/ubuntu-advantage/machine-token.json',
    '/etc/apt/auth.conf.d/90ubuntu-advantage',
  ],
  [same('a Landscape identity'), '/var/lib/landscape/client/**'],
  [
    same('a Red Hat subscription'),
    '/etc/pki/consumer/*',
    '/etc/pki/entitlement/*',
    '/etc/sysconfig/rhn/systemid',
    '/etc/sysconfig/rhn/osad-auth.conf',
    '/var/lib/yum/uuid',
  ],
  [same('a Salt identity'), '/etc/salt/minion_id', '/etc/salt/pki/**'],
  [same('a Puppet identity'), '/etc/puppet/ssl/**', '/etc/puppetlabs/puppet/ssl/**', '/var/lib/puppet/ssl/**'],
  [same('a Chef identity'), '/etc/chef/client.pem', '/etc/chef/validation.pem', '/etc/cinc/client.pem'],
  [same('an identity of the Amazon SSM agent'), '/var/lib/amazon/ssm/Vault/**', '/var/lib/amazon/ssm/registration'],
  [
    same('a Percona monitoring identity'),
    '/etc/pmm/**',
    '/usr/local/percona/pmm/config/pmm-agent.yaml',
    '/usr/local/percona/pmm2/config/pmm-agent.yaml',
  ],
  [same('a Wazuh identity'), '/var/ossec/etc/client.keys'],
  [same('a Falcon sensor identity'), '/opt/CrowdStrike/falconstore', '/opt/CrowdStrike/falconstore.bak'],
  [
    same('an Elastic Beats identity'),
    ...['filebeat', 'metricbeat', 'auditbeat', 'packetbeat', 'heartbeat'].map((name) => `/var/lib/${name}/meta.json`),
  ],
  [same('a Netdata identity'), '/var/lib/netdata/registry/*', '/var/lib/netdata/cloud.d/*'],
  [same('an osquery identity'), '/var/osquery/osquery.db/**'],
  [same('an error reporting identity'), '/var/lib/whoopsie/whoopsie-id'],
  [
    same('a Consul or Nomad node id'),
    '/var/lib/consul/node-id',
    '/opt/consul/node-id',
    '/opt/consul/data/node-id',
    '/var/lib/nomad/client/client-id',
    '/opt/nomad/client/client-id',
    '/opt/nomad/data/client/client-id',
  ],
  // Networks and domains that a machine joins.
  [same('a Tailscale identity'), '/var/lib/tailscale/*'],
  [same('a ZeroTier identity'), '/var/lib/zerotier-one/identity.*', '/var/lib/zerotier-one/authtoken.secret'],
  [same('a Kerberos host key'), '/etc/krb5.keytab'],
  [
    same('a membership of a FreeIPA domain'),
    '/etc/ipa/default.conf',
    '/var/lib/ipa-client/sysrestore/*',
    '/var/lib/ipa-client/pki/*',
  ],
  ['cached accounts and secrets of a domain', '/var/lib/sss/db/*', '/var/lib/sss/secrets/*', '/var/lib/sss/mc/*'],
  [
    same('a Samba machine account'),
    '/var/lib/samba/private/**',
    '/var/lib/samba/*.tdb',
    '/var/lib/samba/winbindd_privileged/*',
  ],
  // Clusters and containers.
  [same('a Docker engine identity'), '/var/lib/docker/engine-id', '/etc/docker/key.json'],
  [
    same('a Kubernetes node identity'),
    '/var/lib/kubelet/pki/*',
    '/etc/kubernetes/kubelet.conf',
    '/etc/kubernetes/bootstrap-kubelet.conf',
    '/etc/rancher/node/password',
  ],
  // Services' own state.
  ['state of Postfix: locks, sessions and entropy of another machine', '/var/lib/postfix/*'],
  ['state of Dovecot', '/var/lib/dovecot/*'],
  ['mail of another machine', '/var/mail/*', '/var/spool/mail/*'],
  [
    'a report of a crash',
    '/var/crash/*',
    '/var/log/dump/*',
    '/var/spool/abrt/*',
    '/var/lib/systemd/coredump/*',
    '/var/lib/systemd/pstore/**',
  ],
  ['accounting of another machine', '/var/account/pacct*'],
  [
    'a backup of accounts and passwords',
    ...['passwd', 'shadow', 'group', 'gshadow', 'subuid', 'subgid'].map((name) => `/etc/${name}-`),
  ],
  ['failed logins of another machine', '/var/lib/faillock/*', '/var/run/faillock/*'],
  ['a log of another machine', '/var/log/**'],
  ['package lists: outdated when the VM starts', '/var/lib/apt/lists/**'],
  ['cached packages', '/var/cache/apt/archives/*.deb', '/var/cache/apt/*.bin'],
  ['a temporary file', '/tmp/*', '/var/tmp/*'],
  [
    'a history of commands or visited sites',
    ...['/root', '/home/*'].flatMap((home) =>
      [
        '.bash_history',
        '.zsh_history',
        '.python_history',
        '.mysql_history',
        '.psql_history',
        '.lesshst',
        '.viminfo',
        '.wget-hsts',
      ].map((name) => `${home}/${name}`),
    ),
  ],
];

/**
 * Removed from every image, and verified at the end. The reference is virt-sysprep's list (libguestfs, sysprep/), with
 * cloud-init's and kubernetes-sigs/image-builder's. Unlike virt-sysprep's, it has no crontabs, firewall rules,
 * NetworkManager connections, CA certificates, `~/.ssh` and accounts: they are configuration that somebody may want in
 * every VM, and the audit finds secrets in them. `/etc/machine-id` is emptied instead.
 */
export const identities: readonly Identity[] = [
  ...table.flatMap(([what, ...patterns]) => patterns.map((pattern) => ({ pattern, what }))),
  // open-iscsi does not start without the file (Debian's startup-checks.sh).
  {
    pattern: '/etc/iscsi/initiatorname.iscsi',
    what: same('an iSCSI initiator name'),
    replacement: 'GenerateName=yes\n',
  },
];
