import { isAtLeast, parseRelease } from '../../vmm/cloud-hypervisor-release.js';
import { packageOfProgram } from '../../platform/process/programs.js';
import type { DaemonBuilder, Driver } from '../../platform/choices.js';
import type { Finding } from './finding.js';

/** What a build with certain inputs asks of the programs on this machine. */
export interface ToolNeeds {
  readonly builder: DaemonBuilder;
  /** Where the base comes from. */
  readonly base: 'ubuntu' | 'path' | 'url' | 'bootstrap';
  readonly isRoot: boolean;
  /** What carries the edits out. */
  readonly driver: Driver;
  readonly smoke: boolean;
  readonly bridge: boolean;
}

/** A program that a build starts. Its package is in `packageOfProgram`. */
export interface Tool {
  readonly program: string;
  readonly purpose: string;
  /** Such as `6.0`; where nothing that we use came in a version that is still in use, there is none. */
  readonly minimum?: string;
  /** What makes it tell its version; undefined where it tells none. */
  readonly ask?: readonly string[];
}

const version = ['--version'];
/** FUSE exports came with QEMU 6.0: its change log. */
const qemu = { minimum: '6.0', ask: version };
/** Of Ubuntu 22.04, the oldest release with such a QEMU: nobody has tried an older one. */
const e2fsprogs = { minimum: '1.46', ask: ['-V'] };
/** `setpriv --pdeathsig` came with util-linux 2.33: its release notes. */
const utilLinux = { minimum: '2.33', ask: version };

const always: readonly Tool[] = [
  { program: 'qemu-img', purpose: 'makes, measures and checks images', ...qemu },
  { program: 'qemu-storage-daemon', purpose: 'opens images without root', ...qemu },
  { program: 'debugfs', purpose: 'edits ext4 without a mount', ...e2fsprogs },
  { program: 'e2fsck', purpose: 'checks ext4 after the edits', ...e2fsprogs },
  { program: 'setpriv', purpose: 'lets programs die with the build', ...utilLinux },
  { program: 'unshare', purpose: 'makes private namespaces', ...utilLinux },
  { program: 'nsenter', purpose: 'enters them', ...utilLinux },
  { program: 'flock', purpose: 'keeps builds on one machine apart', ...utilLinux },
  { program: 'prlimit', purpose: 'bounds the look at a foreign image', ...utilLinux },
];

const forMount: readonly Tool[] = [
  { program: 'mount', purpose: 'mounts the image', ...utilLinux },
  { program: 'losetup', purpose: 'frees it again', ...utilLinux },
  { program: 'chroot', purpose: 'runs programs in the image', ask: version },
];

/** For what is installed in the image. */
const forGrowth: readonly Tool[] = [
  { program: 'sfdisk', purpose: 'lets its partition grow', ...utilLinux },
  // Without a filesystem it tells its version and fails.
  { program: 'resize2fs', purpose: 'lets its filesystem grow' },
];

const forSmoke: readonly Tool[] = [
  {
    program: 'qemu-system-x86_64',
    purpose: 'proves KVM, and boots smoke VMs where Cloud Hypervisor does not',
    ...qemu,
  },
  { program: 'qemu-io', purpose: 'prepares the disk that a smoke VM reads back', ...qemu },
  { program: 'xorriso', purpose: 'makes the cloud-init seed', ask: ['-version'] },
];

const forBootstrap: readonly Tool[] = [
  { program: 'mmdebstrap', purpose: 'installs the base from packages', ask: version },
  { program: 'sfdisk', purpose: 'partitions the base', ...utilLinux },
  { program: 'mke2fs', purpose: 'makes the filesystems of the base', ...e2fsprogs },
  // Tells its version with a target alone. `--offset` came with dosfstools 4.2.
  { program: 'mkfs.vfat', purpose: 'makes the EFI partition of the base' },
];

const forBootstrapWithoutRoot: readonly Tool[] = [
  // `--map-auto` came with util-linux 2.38: its release notes.
  { program: 'unshare', purpose: 'makes a base without root', minimum: '2.38', ask: version },
  { program: 'newuidmap', purpose: 'gives the files of that base their owners' },
];

const gpgv: Tool = { program: 'gpgv', purpose: 'verifies the signature of the base', ask: version };
const ip: Tool = { program: 'ip', purpose: 'joins smoke VMs to a bridge', ask: ['-V'] };
/** Toolchains that fetch the one that go.mod names came with Go 1.21. */
const go: Tool = { program: 'go', purpose: 'builds the daemon', minimum: '1.21', ask: ['version'] };
const npx: Tool = { program: 'npx', purpose: 'builds the daemon with nx', minimum: '7.0', ask: version };
const builders = { go: [go], nx: [npx, go], prebuilt: [] } as const;

/** Every program that such a build starts, each once, as the last of these needs it. */
export function listTools({ builder, base, isRoot, driver, smoke, bridge }: ToolNeeds): readonly Tool[] {
  const bootstrap = base === 'bootstrap';
  const tools = [
    ...always,
    ...(driver === 'mount' ? forMount : []),
    ...(driver === 'inject' ? [] : forGrowth),
    ...(smoke ? forSmoke : []),
    ...(base === 'ubuntu' ? [gpgv] : []),
    ...(bootstrap ? forBootstrap : []),
    ...(bootstrap && !isRoot ? forBootstrapWithoutRoot : []),
    ...(bridge ? [ip] : []),
    ...builders[builder],
  ];
  return [...new Map(tools.map((tool) => [tool.program, tool])).values()];
}

/** What was found of a tool: nothing, or its path and what it answered; `said` is undefined where it failed or was not asked. */
export type ToolFacts = { readonly path: undefined } | { readonly path: string; readonly said?: string };

export function judgeTool({ program: name, purpose, minimum, ask }: Tool, facts: ToolFacts): Finding {
  const packageName = packageOfProgram[name];
  if (facts.path === undefined) {
    const fix =
      packageName === undefined
        ? `install ${name} and put it on PATH`
        : `sudo apt-get install --no-install-recommends ${packageName}`;
    return { name, state: 'broken', text: `is not installed: it ${purpose}`, fix };
  }
  if (ask === undefined) return { name, state: 'ok', text: facts.path };
  const found = readVersion(facts.said);
  if (found === undefined) {
    return {
      name,
      state: 'warning',
      text: `${facts.path} tells no version: it ${purpose}${minimum === undefined ? '' : `, which needs ${minimum}`}`,
      fix: [facts.path, ...ask].join(' '),
    };
  }
  const text = `${found}, ${facts.path}`;
  if (minimum === undefined || isAtLeast(parseRelease(found), minimum)) return { name, state: 'ok', text };
  return {
    name,
    state: 'broken',
    text: `${text}: it ${purpose}, which needs ${minimum}`,
    fix: `sudo apt-get update && sudo apt-get install --only-upgrade ${packageName ?? name}   # or a newer release of the distribution`,
  };
}

/** The first number with a point in what a program says of itself. */
function readVersion(said = ''): string | undefined {
  return /\d+\.\d+(?:\.\d+)*/.exec(said)?.[0];
}
