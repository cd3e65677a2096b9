import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { errorMessage } from '../../platform/errors.js';
import { ifPresent, sha256Of } from '../../platform/fs/files.js';
import type { Processes } from '../../platform/process/processes.js';
import { tryReadSmallFile } from '../host-files.js';
import { largestLeaseFile, type LeaseFile } from './network/leases.js';

/** A network interface of this host, as sysfs shows it. */
export interface NetworkInterface {
  readonly name: string;
  /** Set up by an administrator, whether or not something is attached. */
  readonly isUp: boolean;
  /** Whether something is attached; for a tap, an open file of a process. */
  readonly hasCarrier: boolean;
  readonly isBridge: boolean;
  /** The bridge that it is a port of. */
  readonly bridge: string | undefined;
  readonly mtu: number;
  /** Undefined for anything else than a tap. */
  readonly tap: TapSettings | undefined;
}

export interface TapSettings {
  /** User and group that may attach to it; undefined for anybody. */
  readonly owner: number | undefined;
  readonly group: number | undefined;
  readonly isMultiQueue: boolean;
}

/** What a machine has for its VMs. */
export interface Capacity {
  readonly memoryBytes: number;
  readonly availableBytes: number;
  /** The memory limit of this process and its children, if that is lower: that of a container or a systemd unit. */
  readonly limitBytes: number | undefined;
  readonly onlineCpus: number;
}

/** A port: what VMs need to know about the machine that they run on. */
export interface Machine {
  tryReadInterface(name: string): Promise<NetworkInterface | undefined>;
  /** The ID of a process with an open file of this tap; undefined if that is hidden from this user. */
  tryFindTapUser(tap: string): Promise<number | undefined>;
  /** The 128 bits of machine-id(5); undefined if this machine has none. They must not leave it. */
  tryReadId(): Promise<Buffer | undefined>;
  /** What the DHCP servers of this machine have leased. Calls back with files that cannot be read. */
  readLeaseFiles(warn: (line: string) => void): Promise<readonly LeaseFile[]>;
  readCapacity(): Promise<Capacity>;
  /** The most virtual CPUs that KVM gives to a VM; undefined if that is unknown. */
  tryReadMaxCpus(): Promise<number | undefined>;
  readPlatform(): Promise<Platform>;
}

/** What the saved state of a VM depends on, besides its VMM. */
export interface Platform {
  /** A digest of the CPU's model and features. */
  readonly cpu: string;
  /** The release of the host's kernel. */
  readonly kernel: string;
}

/** Bits of Linux's interface flags (if.h) and tap flags (if_tun.h). */
const upFlag = 0x1;
const [tapFlag, multiQueueFlag] = [0x2, 0x100];

/** @param prefix put before all paths; for tests */
export function systemMachine(processes: Processes, prefix = ''): Machine {
  return {
    tryReadInterface: async (name) => tryReadInterface(name, `${prefix}/sys/class/net/${name}`),
    tryFindTapUser,
    tryReadId: async () => parseMachineId(await tryReadText(`${prefix}/etc/machine-id`)),
    readLeaseFiles: async (warn) => readLeaseFiles(prefix, warn),
    readCapacity: async () => readCapacity(prefix),
    tryReadMaxCpus: async () => tryReadMaxCpus(processes),
    readPlatform: async () => ({
      cpu: digestCpu(await readFile(`${prefix}/proc/cpuinfo`, 'utf8')),
      kernel: (await readFile(`${prefix}/proc/sys/kernel/osrelease`, 'utf8')).trim(),
    }),
  };
}

async function tryReadInterface(name: string, directory: string): Promise<NetworkInterface | undefined> {
  const read = async (file: string): Promise<string | undefined> => tryReadText(`${directory}/${file}`);
  const flags = await read('flags');
  if (flags === undefined) return undefined;
  const master = await ifPresent(readlink(`${directory}/master`));
  return {
    name,
    isUp: (Number(flags) & upFlag) !== 0,
    // Reading it fails while the interface is down.
    hasCarrier: (await read('carrier').catch(() => undefined)) === '1',
    isBridge: (await read('bridge/bridge_id')) !== undefined,
    bridge: master === undefined ? undefined : basename(master),
    mtu: Number(await read('mtu')),
    tap: toTapSettings(await read('tun_flags'), await read('owner'), await read('group')),
  };
}

function toTapSettings(
  flags: string | undefined,
  owner: string | undefined,
  group: string | undefined,
): TapSettings | undefined {
  if ((Number(flags ?? 0) & tapFlag) === 0) return undefined;
  return { owner: toId(owner), group: toId(group), isMultiQueue: (Number(flags) & multiQueueFlag) !== 0 };
}

/** The kernel shows -1 for nobody. */
function toId(text: string | undefined): number | undefined {
  return text === undefined || text.startsWith('-') ? undefined : Number(text);
}

/** Text of the kernel's or of an administrator; undefined if it is missing, or its interface was removed meanwhile. */
async function tryReadText(path: string): Promise<string | undefined> {
  return (await ifPresent(readFile(path, 'utf8')))?.trim();
}

export function parseMachineId(text = ''): Buffer | undefined {
  // `uninitialized` during the first boot, and empty in images. All zeros are invalid, too.
  return /^(?!0{32})[0-9a-f]{32}$/.test(text) ? Buffer.from(text, 'hex') : undefined;
}

/** `iff:` in proc_pid_fdinfo(5) names the interface of a tun file. */
async function tryFindTapUser(tap: string): Promise<number | undefined> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    for (const file of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      if ((await readlink(`/proc/${pid}/fd/${file}`).catch(() => '')) !== '/dev/net/tun') continue;
      const info = await readFile(`/proc/${pid}/fdinfo/${file}`, 'utf8').catch(() => '');
      if (/^iff:\s*(\S+)$/m.exec(info)?.[1] === tap) return Number(pid);
    }
  }
  return undefined;
}

/** dnsmasq's file on Debian and Ubuntu, and on Fedora. systemd-networkd writes one per interface. */
const dnsmasqFiles = ['/var/lib/misc/dnsmasq.leases', '/var/lib/dnsmasq/dnsmasq.leases'];
const networkdDirectories = ['/var/lib/systemd/network/dhcp-server-lease', '/run/systemd/netif/dhcp-server-lease'];

async function readLeaseFiles(prefix: string, warn: (line: string) => void): Promise<readonly LeaseFile[]> {
  const listed = networkdDirectories.map(async (directory) => {
    const names = await readdir(`${prefix}${directory}`).catch(() => []);
    return names.filter((name) => !name.startsWith('.')).map((name) => `${directory}/${name}`);
  });
  const candidates = [
    ...dnsmasqFiles.map((path) => ({ source: 'dnsmasq', path }) as const),
    ...(await Promise.all(listed)).flat().map((path) => ({ source: 'systemd-networkd', path }) as const),
  ];
  const read = candidates.map(async ({ source, path }) => {
    const bytes = await tryReadSmallFile({ path: `${prefix}${path}`, limit: largestLeaseFile }).catch(
      (error: unknown) => {
        warn(`cannot read the leases of ${source}: ${errorMessage(error)}`);
        return undefined;
      },
    );
    return bytes === undefined ? [] : [{ source, path, bytes }];
  });
  return (await Promise.all(read)).flat();
}

async function readCapacity(prefix: string): Promise<Capacity> {
  const memory = await readFile(`${prefix}/proc/meminfo`, 'utf8');
  const { memoryBytes, availableBytes } = parseMemory(memory);
  // It is that of cgroup v1 or v2; 0 if unknown, and very large without a limit.
  const limit = process.constrainedMemory();
  return {
    memoryBytes,
    availableBytes,
    limitBytes: limit > 0 && limit < memoryBytes ? limit : undefined,
    onlineCpus: countCpus((await tryReadText(`${prefix}/sys/devices/system/cpu/online`)) ?? '0'),
  };
}

const cpuFields = ['vendor_id', 'cpu family', 'model', 'model name', 'stepping', 'flags'];

/** A digest of what CPUID reports of the first CPU, from proc_cpuinfo(5). */
export function digestCpu(text: string): string {
  const [first = ''] = text.split('\n\n', 1);
  const facts = new Map(first.split('\n').map((line) => [line.split(':', 1)[0]?.trim(), line] as const));
  return sha256Of(cpuFields.map((name) => facts.get(name)?.split(':').slice(1).join(':').trim() ?? '').join('\n'));
}

/** Fields of proc_meminfo(5), in bytes. */
export function parseMemory(text: string): Pick<Capacity, 'memoryBytes' | 'availableBytes'> {
  const read = (name: string): number => {
    const [, kibibytes] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text) ?? [];
    if (kibibytes === undefined) throw new Error(`/proc/meminfo has no ${name}`);
    return Number(kibibytes) * 1024;
  };
  return { memoryBytes: read('MemTotal'), availableBytes: read('MemAvailable') };
}

/** Counts the CPUs in a list such as `0-3,6`. */
export function countCpus(list: string): number {
  return list
    .split(',')
    .map((range) => range.split('-').map(Number))
    .reduce((sum, [first = 0, last = first]) => sum + last - first + 1, 0);
}

/** KVM_CHECK_EXTENSION of KVM_CAP_MAX_VCPUS: linux/kvm.h. */
const maxCpusProgram = 'open(my $kvm, "+<", "/dev/kvm") or exit; print 0 + (ioctl($kvm, 0xAE03, 66) || 0)';

async function tryReadMaxCpus(processes: Processes): Promise<number | undefined> {
  if ((await processes.tryFind('perl')) === undefined) return undefined;
  const { stdout } = await processes.run({ argv: ['perl', '-e', maxCpusProgram], timeoutMs: 30_000 });
  return Number.parseInt(stdout, 10) || undefined;
}
