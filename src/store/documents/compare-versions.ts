import type { Inventory, InventoryFile } from '../../image/golden-image.js';
import { formatBytes } from '../../platform/format.js';
import type { ChangeSection, VersionChanges } from './changes.js';
import type { Manifest } from './manifest.js';

/** What is compared: a version, or an image that is about to become one. */
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
  readonly inventory?: Inventory;
}

/** Something that came (no `from`), went (no `to`), or is another. */
export interface Change {
  readonly name: string;
  readonly from?: string;
  readonly to?: string;
  /** Of a package: the new version came as a security update. */
  readonly security?: boolean;
}

/** A number that is another: bytes, or milliseconds. */
export interface AmountChange {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** All that differs between two versions; what one of them has no record of is left out. */
export interface VersionDiff {
  /** Base, kernel, daemon and the like. */
  readonly facts: readonly Change[];
  readonly packages: readonly Change[];
  /** Go modules that are compiled into the daemon. */
  readonly modules: readonly Change[];
  /** Links that enable or mask units of systemd. */
  readonly units?: readonly Change[];
  /** Files beside packages, and configuration. */
  readonly files?: readonly Change[];
  /** Bytes by top directory. */
  readonly folders?: readonly AmountChange[];
  /** Milliseconds of the slowest clone until it was so far; where both were proven by the same kind of machine. */
  readonly times?: readonly AmountChange[];
}

export function compareVersions(before: Comparable, after: Comparable): VersionDiff {
  const files =
    before.inventory?.files !== undefined && after.inventory?.files !== undefined
      ? compareFiles(before.inventory.files, after.inventory.files)
      : {};
  const folders =
    before.inventory !== undefined && after.inventory !== undefined
      ? { folders: compareAmounts(namedBytes(before.inventory), namedBytes(after.inventory)) }
      : {};
  const times = compareTimes(before.facts.smoke, after.facts.smoke);
  return {
    facts: compareTexts(toFacts(before.facts), toFacts(after.facts)),
    packages: compareTexts(toPackages(before.facts), toPackages(after.facts)),
    modules: compareTexts(toModules(before.facts), toModules(after.facts)),
    ...files,
    ...folders,
    ...(times === undefined ? {} : { times }),
  };
}

/** Says of the packages of these names that they came as security updates; they come first, since a manifest names some changes alone. */
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
  return { name, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
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
    ['daemon', `${daemon.version ?? 'of unknown version'}, sha256 ${daemon.sha256}`],
    ...(daemon.goVersion === undefined ? [] : [['go', daemon.goVersion] as const]),
    ['layout', layout],
    ['command line', cmdline],
    ['disk', formatBytes(disk.virtualSize)],
    ['needs', `Cloud Hypervisor ${cloudHypervisor.min}`],
  ]);
}

/** A package of a foreign architecture is another package. */
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

/** Links of units are told as such, and not as files a second time. */
function compareFiles(
  before: readonly InventoryFile[],
  after: readonly InventoryFile[],
): Pick<VersionDiff, 'units' | 'files'> {
  const describe = (files: readonly InventoryFile[]): Texts =>
    new Map(files.filter((file) => tryParseUnit(file) === undefined).map((file) => [file.path, formatFile(file)]));
  return {
    units: compareTexts(toUnits(before), toUnits(after)),
    files: [...compareTexts(describe(before), describe(after))].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function formatFile({ mode, uid, gid, size, content }: InventoryFile): string {
  if (content.startsWith('link:')) return `link to ${content.slice('link:'.length)}`;
  return `0${mode.toString(8).padStart(3, '0')} ${uid}:${gid}, ${size} bytes, ${content.replace(':', ' ')}`;
}

function toUnits(files: readonly InventoryFile[]): Texts {
  return new Map(files.map(tryParseUnit).filter((unit) => unit !== undefined));
}

/** What `systemctl enable` and `mask` make. */
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

function namedBytes({ folders }: Inventory): Amounts {
  return new Map(folders.map(({ path, bytes }) => [path, bytes]));
}

type Smoke = Manifest['smoke'];

/** Times of an emulated guest say nothing of one with KVM. */
function compareTimes(before: Smoke, after: Smoke): VersionDiff['times'] {
  if (before?.vmm !== after?.vmm || before?.accelerator !== after?.accelerator || before === null || after === null)
    return undefined;
  return compareAmounts(slowestTimes(before), slowestTimes(after));
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

/** How many changes of a kind a manifest names. */
const mostNamed = 50;

export function summarizeDiff(diff: VersionDiff): VersionChanges {
  const { facts, packages, modules, units, files, folders, times } = diff;
  return {
    facts,
    packages: summarize(packages),
    modules: summarize(modules),
    ...(units === undefined ? {} : { units: summarize(units) }),
    ...(files === undefined ? {} : { files: summarize(files) }),
    ...(folders === undefined ? {} : { folders }),
    ...(times === undefined ? {} : { times }),
  };
}

function summarize(changes: readonly Change[]): ChangeSection {
  const added = changes.filter(({ from }) => from === undefined).length;
  const removed = changes.filter(({ to }) => to === undefined).length;
  return { added, removed, changed: changes.length - added - removed, first: changes.slice(0, mostNamed) };
}
