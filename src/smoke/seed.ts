import { toYaml } from '../vmm/seed-iso.js';
import type { GuestNetwork } from './machine.js';

/** The cloud-init configuration of one clone. */
export interface Seed {
  /** Host name, and the instance's identity. */
  readonly name: string;
  readonly macAddress: string;
  readonly network: GuestNetwork;
  readonly probeScript: string;
}

/** Run with sh: on Debian and Ubuntu, /run is mounted noexec. */
const scriptPath = '/run/ch-golden-probe.sh';
const scriptEnd = 'END_OF_CH_GOLDEN_PROBE';

/** The files of cloud-init's NoCloud data source. */
export function seedFiles(seed: Seed): Readonly<Record<string, string>> {
  return {
    'meta-data': toYaml({ 'instance-id': seed.name, 'local-hostname': seed.name }),
    // By MAC, because the interface's name is unknown.
    'network-config': toYaml({
      version: 2,
      ethernets: { smoke: { match: { macaddress: seed.macAddress }, ...toAddressConfig(seed.network) } },
    }),
    'user-data': `#cloud-config\n${toYaml({
      // An RSA key costs an emulated guest up to half a minute.
      ssh_genkeytypes: ['ed25519'],
      // As early as possible, so that problems of the daemon are reported before the boot finishes. Detached, because
      // the probe waits for the end of the boot, and this is part of it.
      bootcmd: [
        `cat > ${scriptPath} <<'${scriptEnd}'\n${seed.probeScript}${scriptEnd}\n` +
          `systemd-run --no-block --unit=ch-golden-probe sh ${scriptPath}\n`,
      ],
    })}`,
  };
}

/** Static if there is no DHCP server: an image that waits for one loses minutes. */
function toAddressConfig(network: GuestNetwork): object {
  return network === 'dhcp'
    ? { dhcp4: true }
    : { addresses: [network.address], routes: [{ to: '0.0.0.0/0', via: network.gateway }] };
}
