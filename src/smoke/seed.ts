import { toYaml } from '../vmm/seed-iso.js';
import type { GuestNetwork } from './machine.js';

/** What cloud-init of one clone is told. */
export interface Seed {
  /** Host name, and the instance's identity. */
  readonly name: string;
  readonly macAddress: string;
  readonly network: GuestNetwork;
  readonly probeScript: string;
}

/** On Debian and Ubuntu nothing in /run can be executed: it is for sh to read. */
const scriptPath = '/run/ch-golden-probe.sh';
const scriptEnd = 'END_OF_CH_GOLDEN_PROBE';

/** The files of cloud-init's NoCloud data source. */
export function seedFiles(seed: Seed): Readonly<Record<string, string>> {
  return {
    'meta-data': toYaml({ 'instance-id': seed.name, 'local-hostname': seed.name }),
    // By MAC, for nobody knows the interface's name.
    'network-config': toYaml({
      version: 2,
      ethernets: { smoke: { match: { macaddress: seed.macAddress }, ...toAddressConfig(seed.network) } },
    }),
    'user-data': `#cloud-config\n${toYaml({
      // An RSA key costs an emulated guest up to half a minute.
      ssh_genkeytypes: ['ed25519'],
      // As early as can be, so that a daemon in trouble is told of before the boot is finished; detached, for the
      // probe waits for the end of the boot, of which this is a part.
      bootcmd: [
        `cat > ${scriptPath} <<'${scriptEnd}'\n${seed.probeScript}${scriptEnd}\nsystemd-run --no-block --unit=ch-golden-probe sh ${scriptPath}\n`,
      ],
    })}`,
  };
}

/** Static where there is no DHCP server: an image that waits for one loses minutes. */
function toAddressConfig(network: GuestNetwork): object {
  return network === 'dhcp'
    ? { dhcp4: true }
    : { addresses: [network.address], routes: [{ to: '0.0.0.0/0', via: network.gateway }] };
}
