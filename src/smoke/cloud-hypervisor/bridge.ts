import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { Failure, ToolError } from '../../platform/errors.js';
import type { Command, Processes } from '../../platform/process/processes.js';
import { parseToolJson } from '../../platform/process/tool-output.js';
import { enterNetwork, getPidInside, type Enclosure } from './namespace.js';

interface Ports {
  readonly processes: Processes;
}

/** The guest's tap, the end of the cable to the host, and what joins the two, in the machine's own network. */
export const guestTap = 'chg-guest';
const uplink = 'uplink';
const inner = 'inner';

const linksSchema = z.array(z.object({ ifname: z.string().optional() }));

/** @throws Failure where a machine cannot be joined to this bridge of the host. */
export async function assertBridge(bridge: string, ports: Ports): Promise<void> {
  if (!(await listBridges(ports)).includes(bridge)) {
    throw new Failure(`smoke-network: there is no bridge ${bridge} on this machine`, {
      fix: `sudo ip link add ${bridge} up type bridge, with a DHCP server on it; or smoke-network: isolated`,
    });
  }
  try {
    await ports.processes.run({ argv: asAdministrator(['true']), timeoutMs: 30_000 });
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new Failure(`smoke-network: a VM is joined to the bridge ${bridge} as root, and sudo asks for a password`, {
      fix: 'run as root, let this user have sudo without a password, or take smoke-network: isolated',
      cause: error,
    });
  }
}

/**
 * Joins a machine's own network to a bridge of the host. The host gets one end of a virtual cable and nothing else; the
 * kernel takes both ends away with the network of the other, so nothing is left even of a run that is killed.
 */
export async function joinBridge(bridge: string, enclosure: Enclosure, { processes }: Ports): Promise<void> {
  const name = `chg-${randomBytes(4).toString('hex')}`;
  const pid = String(await getPidInside(enclosure));
  await processes.run({
    argv: asAdministrator([
      'ip',
      'link',
      'add',
      'name',
      name,
      'up',
      'master',
      bridge,
      'type',
      'veth',
      'peer',
      'name',
      uplink,
      'netns',
      pid,
    ]),
    timeoutMs: 30_000,
  });
  await processes.run({
    argv: [...(await enterNetwork(enclosure)), 'ip', '-batch', '-'],
    input: `link add ${inner} up type bridge\nlink set ${guestTap} master ${inner}\nlink set ${uplink} up master ${inner}\n`,
    timeoutMs: 30_000,
  });
}

async function listBridges({ processes }: Ports): Promise<readonly string[]> {
  const { stdout } = await processes.run({
    argv: ['ip', '-json', 'link', 'show', 'type', 'bridge'],
    timeoutMs: 30_000,
  });
  return parseToolJson('ip link', stdout || '[]', linksSchema).map(({ ifname = '' }) => ifname);
}

function asAdministrator(argv: Command['argv']): Command['argv'] {
  return process.getuid?.() === 0 ? argv : ['sudo', '-n', ...argv];
}
