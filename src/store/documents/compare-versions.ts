import type { Inventory, InventoryFile } from '../../image/golden-image.js';
import { formatBytes } from '../../platform/format.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import type { ChangeSection, VersionChanges } from './changes.js';
import { areComparable, compareBoots, type BootTimeChange } from './compare-boots.js';
import type { Manifest } from './manifest.js';

/** A version, or an image that is about to become one. */
export interface Comparable {
  readonly facts: Pick<
    Manifest,
    | 'base'
    | 'cmdline'
    | 'cloudHypervisor'
    | 'daemon'
    | 'disk'
    | 'distribution'
    | 'kernel'
    | 'layout'
    | 'packages'
    | 'smoke'
  >;
  readonly inventory?: Inventory | undefined;
}

/** Something added (no `from`), removed (no `to`), or changed. */
export interface Change {
  readonly name: string;
  readonly from?: string;
  readonly to?: string;
  /** For a package: the new version is a security update. */
  readonly security?: boolean;
}

/** A changed number of bytes or milliseconds. */
export interface AmountChange {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** All differences between two versions. Anything that one of them did not record is undefined. */
export interface VersionDiff {
  /** Base, kernel, daemon and other single facts. */
  readonly facts: readonly Change[];
  readonly packages: readonly Change[];
  /** Go modules in the daemon. */
  readonly modules: readonly Change[];
  /** Links that enable or mask systemd units. */
  readonly units: readonly Change[] | undefined;
  /** Files that belong to no package, and configuration files. */
  readonly files: readonly Change[] | undefined;
  /** Bytes by top-level directory. */
  readonly folders: readonly AmountChange[] | undefined;
  /** Milliseconds that the slowest clone took, if both versions were tested in the same kind of VM. */
  readonly times: readonly AmountChange[] | undefined;
  /** Phases and units of its boot that take longer or shorter, the largest difference first. */
  readonly boot: readonly BootTimeChange[] | undefined;
}

export function compareVersions(before: Comparable, after: Comparable): VersionDiff {
  return {
    facts: compareTexts(toFacts(before.facts), toFacts(after.facts)),
    packages: compareTexts(toPackages(before.facts), toPackages(after.facts)),
    modules: compareTexts(toModules(before.facts), toModules(after.facts)),
    ...compareFiles(before.inventory?.files, after.inventory?.files),
    folders:
      before.inventory !== undefined && after.inventory !== undefined
        ? compareAmounts(toDirectorySizes(before.inventory), toDirectorySizes(after.inventory))
        : undefined,
    ...compareBootTimes(before.facts.smoke, after.facts.smoke),
  };
}

/** Marks packages as security updates and puts them first: a manifest lists only the first changes. */
export function markSecurity(packages: readonly Change[], names: readonly string[]): readonly Change[] {
  const isSecurity = ({ name, to }: Change): boolean => to !== undefined && names.includes(name.replace(/:.*/, ''));
  return [
    ...packages.filter(isSecurity).map((change) => ({ ...change, security: true })),
    ...packages.filter((change) => !isSecurity(change)),
  ];
}

type Texts = ReadonlyMap<string, string>;

function compareTexts(before: Texts, after: Texts): readonly Change[] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => toChange(name, before.get(name), after.get(name)));
}

function toChange(name: string, from: string | undefined, to: string | undefined): Change {
  return withoutUndefined({ name, from, to });
}

function toFacts({
  base,
  distribution,
  kernel,
  daemon,
  layout,
  cmdline,
  cloudHypervisor,
  disk,
}: Comparable['facts']): Texts {
  return new Map([
    ['base', `${base.reference}${base.serial === undefined ? '' : ` ${base.serial}`}, sha256 ${base.sha256}`],
    ...(distribution === undefined
      ? []
      : [['distribution', `${distribution.id} ${distribution.version ?? ''}`.trim()] as const]),
    ['kernel', kernel.version],
    ['daemon', `${daemon.version ?? 'unknown version'}, sha256 ${daemon.sha256}`],
    ...(daemon.goVersion === undefined ? [] : [['go', daemon.goVersion] as const]),
    ['layout', layout],
    ['command line', cmdline],
    ['disk', formatBytes(disk.virtualSize)],
    ['needs', `Cloud Hypervisor ${cloudHypervisor.min}`],
  ]);
}

/** The same package of a foreign architecture is a different package. */
function toPackages({ packages }: Comparable['facts']): Texts {
  return new Map(
    packages.map(({ name, version, architecture }) => [
      architecture === 'amd64' || architecture === 'all' ? name : `${name}:${architecture}`,
      version,
    ]),
  );
}

function toModules({ daemon }: Comparable['facts']): Texts {
  return new Map(daemon.modules.map(({ path, version }) => [path, version]));
}

/** Links that enable units are listed as units only, not again as files. */
function compareFiles(
  before: readonly InventoryFile[] | undefined,
  after: readonly InventoryFile[] | undefined,
): Pick<VersionDiff, 'units' | 'files'> {
  if (before === undefined || after === undefined) return { units: undefined, files: undefined };
  return {
    units: compareTexts(toUnits(before), toUnits(after)),
    files: [...compareTexts(toFiles(before, after), toFiles(after, before))].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function toFiles(files: readonly InventoryFile[], others: readonly InventoryFile[]): Texts {
  const byPath = new Map(others.map((file) => [file.path, file]));
  return new Map(
    files
      .filter((file) => tryParseUnit(file) === undefined)
      .map((file) => [file.path, formatFile(file, isComparable(file, byPath.get(file.path)))]),
  );
}

/** False if only one release of this product hashed the content. A modification time proves no change of it. */
function isComparable({ content }: InventoryFile, other: InventoryFile | undefined): boolean {
  const kinds = [content, other?.content ?? content].map((one) => one.slice(0, one.indexOf(':')));
  return !(kinds.includes('modified') && kinds.includes('sha256'));
}

function formatFile({ mode, uid, gid, size, content }: InventoryFile, hasContent: boolean): string {
  if (content.startsWith('link:')) return `link to ${content.slice('link:'.length)}`;
  const facts = `0${mode.toString(8).padStart(3, '0')} ${uid}:${gid}, ${size} bytes`;
  return hasContent ? `${facts}, ${content.replace(':', ' ')}` : facts;
}

function toUnits(files: readonly InventoryFile[]): Texts {
  return new Map(files.map(tryParseUnit).filter((unit) => unit !== undefined));
}

/** The links that `systemctl enable` and `mask` create. */
function tryParseUnit({ path, content }: InventoryFile): readonly [string, string] | undefined {
  const [, target, relation, wanted] = /^\/etc\/systemd\/system\/([^/]+)\.(wants|requires)\/([^/]+)$/.exec(path) ?? [];
  if (target !== undefined && wanted !== undefined)
    return [`${wanted} for ${target}`, relation === 'wants' ? 'enabled' : 'required'];
  const [, masked] = /^\/etc\/systemd\/system\/([^/]+\.[a-z]+)$/.exec(path) ?? [];
  return masked !== undefined && content === 'link:/dev/null' ? [masked, 'masked'] : undefined;
}

type Amounts = ReadonlyMap<string, number>;

function compareAmounts(before: Amounts, after: Amounts): readonly AmountChange[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((name) => ({ name, from: before.get(name) ?? 0, to: after.get(name) ?? 0 }))
    .filter(({ from, to }) => from !== to);
}

function toDirectorySizes({ folders }: Inventory): Amounts {
  return new Map(folders.map(({ path, bytes }) => [path, bytes]));
}

type Smoke = Manifest['smoke'];

/** Times of an emulated guest cannot be compared with those of a guest with KVM. */
function compareBootTimes(before: Smoke, after: Smoke): Pick<VersionDiff, 'times' | 'boot'> {
  if (before === null || after === null || !areComparable(before, after)) return { times: undefined, boot: undefined };
  return { times: compareAmounts(slowestTimes(before), slowestTimes(after)), boot: compareBoots(before, after) };
}

function slowestTimes({ clones }: NonNullable<Smoke>): Amounts {
  const slowest = (timeOf: (times: (typeof clones)[number]['times']) => number | undefined): number =>
    Math.max(0, ...clones.map(({ times }) => timeOf(times) ?? 0));
  return new Map([
    ['kernel', slowest(({ kernelMs }) => kernelMs)],
    ['userspace', slowest(({ userspaceMs }) => userspaceMs)],
    ['health', slowest(({ healthMs }) => healthMs)],
  ]);
}

/** How many changes of a kind a manifest lists. */
const mostListed = 50;

export function summarizeDiff(diff: VersionDiff): VersionChanges {
  const { facts, packages, modules, units, files, folders, times, boot } = diff;
  return withoutUndefined({
    facts,
    packages: summarize(packages),
    modules: summarize(modules),
    units: units && summarize(units),
    files: files && summarize(files),
    folders,
    times,
    boot: boot?.slice(0, mostListed),
  });
}

function summarize(changes: readonly Change[]): ChangeSection {
  const added = changes.filter(({ from }) => from === undefined).length;
  const removed = changes.filter(({ to }) => to === undefined).length;
  return { added, removed, changed: changes.length - added - removed, first: changes.slice(0, mostListed) };
}
