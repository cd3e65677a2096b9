import type { GuestFiles } from '../disk/guest-files.js';

/** Why a guest will have no address. */
export interface NetworkObstacle {
  readonly why: string;
  readonly fix: string;
}

/**
 * Finds the reason in an image's files, before it boots. Undefined also if that cannot be told.
 * @param cmdline the kernel's arguments
 */
export async function findNetworkObstacle(files: GuestFiles, cmdline: string): Promise<NetworkObstacle | undefined> {
  if ((await files.tryResolve('/etc/cloud')) === undefined) return undefined;
  const words = cmdline.split(' ');
  const offFile = '/etc/cloud/cloud-init.disabled';
  const isOffByFile = (await files.tryStat(offFile)) !== undefined;
  const off = words.includes('cloud-init=disabled')
    ? 'on the kernel command line'
    : isOffByFile
      ? `by ${offFile}`
      : undefined;
  const enable = 'enable it in the base: it sets names and addresses of VMs';
  if (off !== undefined) return { why: `cloud-init is disabled ${off}`, fix: enable };
  const place = words.includes('network-config=disabled')
    ? 'on the kernel command line'
    : await findDisabledNetwork(files);
  if (place === undefined || (await hasOwnNetwork(files))) return undefined;
  return {
    why: `the guest has no address: cloud-init networking is disabled ${place}, and nothing else configures a network`,
    fix: 'remove that setting from the base, or add a network configuration with files, e.g. /etc/netplan/01-dhcp.yaml',
  };
}

/** The last file with a network setting wins (cloud-init, util.read_conf_d). */
async function findDisabledNetwork(files: GuestFiles): Promise<string | undefined> {
  const more = (await files.list('/etc/cloud/cloud.cfg.d'))
    .map(({ path }) => path)
    .filter((path) => path.endsWith('.cfg'));
  let place: string | undefined;
  for (const path of ['/etc/cloud/cloud.cfg', ...more]) {
    const network = readNetworkSetting((await files.tryReadText(path)) ?? '');
    if (network !== undefined) place = network === 'disabled' ? `in ${path}` : undefined;
  }
  return place;
}

/** The top-level `network` in a file of cloud-init's configuration, in flow or block style. */
export function readNetworkSetting(yaml: string): 'disabled' | 'configured' | undefined {
  const lines = yaml
    .split('\n')
    .map((line) => line.replace(/\s+#.*$|^#.*$/, '').trimEnd())
    .filter((line) => line !== '');
  const start = lines.findIndex((line) => /^["']?network["']?:/.test(line));
  if (start === -1) return undefined;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => !/^\s/.test(line));
  const section = [lines[start]?.replace(/^[^:]*:/, '') ?? '', ...(end === -1 ? rest : rest.slice(0, end))]
    .map((line) => line.trim())
    .join(' ');
  return /^\{?\s*["']?config["']?:\s*["']?disabled["']?\s*\}?$/.test(section.trim()) ? 'disabled' : 'configured';
}

/** True if anything besides cloud-init configures an interface. NetworkManager does so by default. */
async function hasOwnNetwork(files: GuestFiles): Promise<boolean> {
  const directories: readonly (readonly [path: string, ending: string])[] = [
    ['/etc/netplan', '.yaml'],
    ['/lib/netplan', '.yaml'],
    ['/etc/systemd/network', '.network'],
    ['/etc/NetworkManager/system-connections', ''],
    ['/etc/network/interfaces.d', ''],
  ];
  for (const [path, ending] of directories)
    if ((await files.list(path)).some((file) => file.path.endsWith(ending))) return true;
  if ((await files.tryResolve('/usr/sbin/NetworkManager')) !== undefined) return true;
  const interfaces = (await files.tryReadText('/etc/network/interfaces')) ?? '';
  return interfaces.split('\n').some((line) => /^\s*iface\s+(?!lo\s)\S/.test(line));
}
