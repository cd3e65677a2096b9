import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { Failure, ToolError } from '../../platform/errors.js';
import type { Command } from '../../platform/process/processes.js';
import { parseToolJson } from '../../platform/process/tool-output.js';
import type { Session } from '../../platform/session.js';
import { enterNetwork, getPidInside, type Enclosure } from './namespace.js';

type Ports = Pick<Session, 'processes'>;

/** Interfaces in the VM's network: the guest's tap, the end of the cable to the host, and the bridge between them. */
export const guestTap = 'chg-guest';
const uplink = 'uplink';
const inner = 'inner';

const linksSchema = z.array(z.object({ ifname: z.string().optional() }));

/** @throws Failure if VMs cannot be attached to this bridge of the host */
export async function assertBridge(bridge: string, ports: Ports): Promise<void> {
  if (!(await listBridges(ports)).includes(bridge)) {
    throw new Failure(`smoke-network: bridge ${bridge} does not exist on this machine`, {
      fix: `sudo ip link add ${bridge} up type bridge, and run a DHCP server on it; or set smoke-network: isolated`,
    });
  }
  try {
    await ports.processes.run({ argv: asAdministrator(['true']), timeoutMs: 30_000 });
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new Failure(`smoke-network: attaching VMs to bridge ${bridge} needs root, and sudo asks for a password`, {
      fix: 'run as root, allow this user passwordless sudo, or set smoke-network: isolated',
      cause: error,
    });
  }
}

/**
 * Attaches a VM's network to a bridge of the host. The host gets one end of a virtual cable, nothing else. The kernel
 * removes both ends with the VM's network, so nothing is left behind, even if the run is killed.
 */
export async function joinBridge(bridge: string, enclosure: Enclosure, { processes }: Ports): Promise<void> {
  const name = `chg-${randomBytes(4).toString('hex')}`;
  const pid = String(await getPidInside(enclosure));
  await processes.run({
    argv: asAdministrator([
      ...(['ip', 'link', 'add', 'name', name, 'up', 'master', bridge] as const),
      ...['type', 'veth', 'peer', 'name', uplink, 'netns', pid],
    ]),
    timeoutMs: 30_000,
  });
  const inside = [
    `link add ${inner} up type bridge`,
    `link set ${guestTap} master ${inner}`,
    `link set ${uplink} up master ${inner}`,
  ];
  await processes.run({
    argv: [...(await enterNetwork(enclosure)), 'ip', '-batch', '-'],
    input: inside.map((line) => `${line}\n`).join(''),
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
