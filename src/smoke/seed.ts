import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Processes } from '../platform/processes.js';
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
/** In the ISO all dates are this one, so that the same seed is the same file. */
const seedDate = '2020010100000000';

/** The files of cloud-init's NoCloud data source. JSON is YAML, and needs no quoting of ours. */
export function seedFiles(seed: Seed): Readonly<Record<string, string>> {
  return {
    'meta-data': toText({ 'instance-id': seed.name, 'local-hostname': seed.name }),
    // By MAC, for nobody knows the interface's name; static, for an image that waits for DHCP loses minutes.
    'network-config': toText({
      version: 2,
      ethernets: {
        smoke: {
          match: { macaddress: seed.macAddress },
          addresses: [seed.network.address],
          routes: [{ to: '0.0.0.0/0', via: seed.network.gateway }],
        },
      },
    }),
    'user-data': `#cloud-config\n${toText({
      // An RSA key costs an emulated guest up to half a minute.
      ssh_genkeytypes: ['ed25519'],
      // As early as can be, so that a daemon in trouble is told of before the boot is finished; detached, for the
      // probe waits for the end of the boot, of which this is a part.
      bootcmd: [`cat > ${scriptPath} <<'${scriptEnd}'\n${seed.probeScript}${scriptEnd}\nsystemd-run --no-block --unit=ch-golden-probe sh ${scriptPath}\n`],
    })}`,
  };
}

function toText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Writes the seed as an ISO file system that cloud-init finds by its label. */
export async function writeSeedIso(seed: Seed, { folder, iso }: { readonly folder: string; readonly iso: string }, processes: Processes): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(seedFiles(seed))) await writeFile(join(folder, name), content);
  await processes.run({
    argv: [
      'xorriso', '-as', 'mkisofs', '-quiet', '-volid', 'cidata', '-joliet', '-rational-rock', '-uid', '0', '-gid', '0',
      `--modification-date=${seedDate}`, '--set_all_file_dates', seedDate, '-output', iso, folder,
    ],
  });
}
