import { resolve } from 'node:path';
import { parseReference } from '../base/base-reference.js';
import type { BaseRequest } from '../base/resolve-base.js';
import { parseSnapshot } from '../apt/snapshot.js';
import type { DaemonRequest } from '../daemon/build-daemon.js';
import { checkPackagePath, checkVersion, checkVersionVariable } from '../daemon/go-builder.js';
import type { AssembleRequest } from '../image/assemble-golden.js';
import { bootUnits, type BootRequest } from '../image/boot-profile.js';
import { resolveStoreAddress } from '../objects/store-address.js';
import type { StorePlace } from '../objects/open-store.js';
import {
  artifactChoices,
  bootProfiles,
  cacheKinds,
  compressionChoices,
  daemonBuilders,
  driverChoices,
  layouts,
  smokeDisks,
  unchangedActions,
  upgradeChoices,
  vmmChoices,
  warmChoices,
  type ArtifactChoice,
  type CacheKind,
  type UnchangedAction,
  type UpgradeScope,
  type WarmChoice,
} from '../platform/choices.js';
import { UsageError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { checkVariableName } from '../platform/process/environment.js';
import { parseUserPath } from '../platform/fs/user-path.js';
import type { Repository } from '../registry/reference.js';
import type { SmokeRequest } from '../smoke/prove-image.js';
import { parseChannelName, parseImageName, tryParseTag } from '../store/names.js';
import { checkSettings } from './check-settings.js';
import { buildInputDefinitions, withDefaults, type RawInputs } from './definitions.js';
import { findNearestName } from './nearest-name.js';
import {
  emptyInput,
  invalidInput,
  parseBoolean,
  parseChoice,
  parseDuration,
  parseEnvironment,
  parseInteger,
  parsePath,
  parseSha256,
  parseSize,
  parseText,
  parseTolerance,
  parseVersion,
  type Tolerance,
} from './parse.js';
import { parseFiles, parsePackages, type FileRequest } from './parse-changes.js';
import { parseRegistryRepository } from './push-inputs.js';
import { readAll } from './read-all.js';
import { readSigning, type SigningInputs } from './signing-inputs.js';

/** Directories to use if no input names one. */
export interface DefaultDirectories {
  readonly cache: string;
  readonly work: string;
}

type WithoutOutput<T> = T extends unknown ? Omit<T, 'outputDirectory'> : never;

/**
 * All inputs of a build, checked, grouped by the room that needs them. All paths are absolute, except that of the base.
 */
export interface BuildInputs {
  readonly daemon: {
    readonly request: WithoutOutput<DaemonRequest>;
    /** Lines of the unit. */
    readonly environment: readonly string[];
    readonly port: number;
  };
  readonly base: Pick<BaseRequest, 'reference' | 'sha256' | 'verify' | 'allowDowngrade'>;
  readonly image: Pick<AssembleRequest, 'layout' | 'compression' | 'diskSize' | 'driver'> & {
    readonly boot: BootRequest;
  };
  /** Changes of the image besides the daemon. */
  readonly changes: {
    readonly packages: readonly string[];
    readonly upgrade: 'none' | UpgradeScope;
    /** The time of the distribution's archives that packages come from: `20260501T000000Z`. */
    readonly snapshot?: string | undefined;
    /** Fetch package lists from loopback and link-local addresses too. */
    readonly allowLocalAptSources?: boolean | undefined;
    readonly files: readonly FileRequest[];
    /** The path of a script on this machine. */
    readonly run?: string | undefined;
  };
  readonly smoke: Pick<
    SmokeRequest,
    'vmm' | 'network' | 'disk' | 'requireKvm' | 'healthPath' | 'timeoutMs' | 'memoryMiB' | 'cpus' | 'clones'
  > & {
    readonly enabled: boolean;
    /** Whether warm starts are tested too. */
    readonly warm: WarmChoice;
    /** How much slower than the previous version a boot may be. */
    readonly bootTimeTolerance?: Tolerance | undefined;
  };
  readonly store: StorePlace;
  readonly publish: {
    readonly image: string;
    readonly version?: number | undefined;
    /** The tag whose push started the run. It sets the version if it is `<image>.N`, and no input does. */
    readonly tag?: string | undefined;
    readonly channel: string;
    readonly keep: number;
    readonly ifUnchanged: UnchangedAction;
    readonly dryRun: boolean;
    /** A registry that gets the version too. */
    readonly registry?: Repository | undefined;
    /** Publish to a store without working conditional writes too. */
    readonly unsafeStore: boolean;
  };
  readonly signing?: SigningInputs | undefined;
  readonly directories: {
    readonly cache: string;
    readonly work: string;
    readonly output?: string | undefined;
    readonly report?: string | undefined;
  };
  readonly cache: CacheKind;
  readonly artifact: ArtifactChoice;
  readonly summary: boolean;
}

const mebibyte = 1024 ** 2;
const tebibyte = 1024 ** 4;
/** The default of the daemon itself. */
const usualPort = 2280;

/**
 * Reads and checks all inputs of a build before any work.
 * @param tag whose push started the run
 * @throws UsageError that names everything that is invalid
 */
export function readBuildInputs(given: RawInputs, defaults: DefaultDirectories, tag?: string): BuildInputs {
  return readAll({
    settings: () => checkSettings(given),
    inputs: () => readAll({ ...buildReaders(given, defaults, tag), store: () => readStore(given) }),
  }).inputs;
}

const storeInputs = ['store', 'endpoint', 'region'] as const;

/** Inputs of the doctor, which checks a store only if one is given. */
export type DoctorInputs = Omit<BuildInputs, 'store'> & { readonly store?: StorePlace | undefined };

/** @throws UsageError */
export function readDoctorInputs(given: RawInputs, defaults: DefaultDirectories): DoctorInputs {
  const hasStore = storeInputs.some((name) => given(name).trim() !== '');
  return readAll({
    ...buildReaders(given, defaults),
    store: () => (hasStore ? readStore(given) : undefined),
  });
}

type BuildReaders = { readonly [K in Exclude<keyof BuildInputs, 'store'>]-?: () => BuildInputs[K] };

function buildReaders(given: RawInputs, defaults: DefaultDirectories, tag?: string): BuildReaders {
  const raw = withDefaults(buildInputDefinitions, given);
  return {
    daemon: () => readDaemon(raw),
    base: () => readBase(raw),
    image: () => readImage(raw),
    changes: () => readChanges(raw),
    smoke: () => readSmoke(raw),
    publish: () => readPublish(raw, tag),
    signing: () => readSigning(given),
    directories: () => readDirectories(raw, defaults),
    cache: () => parseChoice('cache', raw('cache'), cacheKinds),
    artifact: () => parseChoice('artifact', raw('artifact'), artifactChoices),
    summary: () => parseBoolean('summary', raw('summary')),
  };
}

/** Inputs of a smoke test without a build. @throws UsageError */
export function readSmokeInputs(
  given: RawInputs,
  defaults: DefaultDirectories,
): Pick<BuildInputs, 'smoke' | 'directories'> & { readonly port: number } {
  const raw = withDefaults(buildInputDefinitions, given);
  return readAll({
    smoke: () => readSmoke(raw),
    directories: () => readDirectories(raw, defaults),
    port: () => readPort(raw),
  });
}

function readPort(raw: RawInputs): number {
  return parseInteger('daemon-port', raw('daemon-port'), { min: 1, max: 65535 });
}

function readDaemon(raw: RawInputs): BuildInputs['daemon'] {
  const { request, environment, port } = readAll({
    request: () => readDaemonRequest(raw),
    environment: () => parseEnvironment('daemon-env', raw('daemon-env')),
    port: () => readPort(raw),
  });
  return { request, environment: addPort(environment, port), port };
}

/** Sets the daemon's variable for its port if that differs from the daemon's default. */
function addPort(lines: readonly string[], port: number): readonly string[] {
  const wanted = `TOOLBOX_API_PORT=${port}`;
  const found = lines.find((line) => line.startsWith('TOOLBOX_API_PORT='));
  if (found !== undefined && found !== wanted) {
    throw new UsageError(`daemon-env sets TOOLBOX_API_PORT, but daemon-port is ${port}`, {
      fix: 'set only daemon-port, which sets the variable too',
    });
  }
  return port === usualPort || found !== undefined ? lines : [...lines, wanted];
}

function readDaemonRequest(raw: RawInputs): BuildInputs['daemon']['request'] {
  const { builder, source, binary, packagePath, version, versionVariable, buildEnvironment } = readAll({
    builder: () => parseChoice('daemon-builder', raw('daemon-builder'), daemonBuilders),
    source: () => requirePath(raw, 'daemon-source'),
    binary: () => parsePath('daemon-binary', raw('daemon-binary')),
    packagePath: () => checkPackagePath(raw('daemon-package')),
    version: () => ifGiven(raw('daemon-version'), checkVersion),
    versionVariable: () => ifGiven(raw('daemon-version-variable'), checkVersionVariable),
    buildEnvironment: () => ifGiven(raw('daemon-build-env'), parseVariableNames),
  });
  checkBuilder(raw, builder);
  if (builder === 'prebuilt') {
    if (binary !== undefined) return { builder, binary, version };
    throw emptyInput('daemon-binary', 'set it to the path of a linux/amd64 binary: the builder is prebuilt');
  }
  if (builder === 'nx') return { builder, source, version, buildEnvironment };
  if (versionVariable !== undefined && version === undefined) {
    throw new UsageError('daemon-version-variable is set without daemon-version', { fix: 'set both, or neither' });
  }
  return { builder, source, packagePath, version, versionVariable, buildEnvironment };
}

/** @throws UsageError for an input that the builder does not use */
function checkBuilder(raw: RawInputs, builder: DaemonRequest['builder']): void {
  const usedBy: Readonly<Record<string, readonly DaemonRequest['builder'][]>> = {
    'daemon-binary': ['prebuilt'],
    'daemon-version-variable': ['go'],
    'daemon-build-env': ['go', 'nx'],
  };
  for (const [name, builders] of Object.entries(usedBy))
    if (raw(name) !== '' && !builders.includes(builder)) throw unusedInput(name, builders.join(' or '), builder);
}

/** Names separated by spaces, commas or lines. */
function parseVariableNames(value: string): readonly string[] {
  const names = value.split(/[\s,]+/).filter((name) => name !== '');
  return names.map((name) => checkVariableName('daemon-build-env', name));
}

/** Rejects an input that would have no effect, which is a mistake. */
function unusedInput(name: string, needed: string, builder: string): UsageError {
  return new UsageError(`${name} is set, but daemon-builder is ${builder}`, {
    fix: `set daemon-builder to ${needed}, or remove ${name}`,
  });
}

function readBase(raw: RawInputs): BuildInputs['base'] {
  const { reference, sha256, ...rest } = readAll({
    reference: () => readReference(raw('base-image')),
    sha256: () => parseSha256('base-sha256', raw('base-sha256')),
    verify: () => parseBoolean('verify-base', raw('verify-base')),
    allowDowngrade: () => parseBoolean('allow-downgrade', raw('allow-downgrade')),
  });
  if (/^https?:/i.test(reference) && sha256 === undefined) {
    throw new UsageError('base-image is a URL, but base-sha256 is empty', {
      fix: 'set base-sha256 to the expected SHA-256 of the download',
    });
  }
  return { reference, sha256, ...rest };
}

/** A relative path stays relative: versions are compared by it, and the next run may have a different workspace. */
function readReference(value: string): string {
  const text = parseText('base-image', value) ?? '';
  const reference = parseReference(text);
  if (reference.kind !== 'path') return text;
  const path = parseUserPath(reference.path, { name: 'base-image' });
  return text.startsWith('~') ? path : text;
}

function readChanges(raw: RawInputs): BuildInputs['changes'] {
  const changes = readAll({
    packages: () => parsePackages('packages', raw('packages')),
    upgrade: () => parseChoice('upgrade', raw('upgrade'), upgradeChoices),
    snapshot: () => ifGiven(raw('snapshot'), parseSnapshot),
    allowLocalAptSources: () => parseBoolean('allow-local-apt-sources', raw('allow-local-apt-sources')),
    files: () => parseFiles('files', raw('files')),
    run: () => parsePath('run', raw('run')),
  });
  if (changes.snapshot !== undefined && changes.packages.length === 0 && changes.upgrade === 'none') {
    throw new UsageError('snapshot is set, but packages and upgrade are not: no package would come from it', {
      fix: 'set packages or upgrade, or remove snapshot',
    });
  }
  return changes;
}

function readImage(raw: RawInputs): BuildInputs['image'] {
  const image = readAll({
    layout: () => parseChoice('layout', raw('layout'), layouts),
    compression: () => parseChoice('compression', raw('compression'), compressionChoices),
    driver: () => parseChoice('driver', raw('driver'), driverChoices),
    diskSize: () => parseSize('disk-size', raw('disk-size'), { min: 64 * mebibyte, max: 64 * tebibyte }),
    boot: () => readBoot(raw),
  });
  if (image.layout === 'layered' && image.compression === 'inherit') {
    throw new UsageError('compression is inherit, but layout is layered: its base stays a separate file', {
      fix: 'use compression auto, zstd, zlib or none',
    });
  }
  const program = ['packages', 'upgrade', 'run'].find((name) => raw(name) !== '' && raw(name) !== 'none');
  if (image.driver === 'inject' && program !== undefined) {
    throw new UsageError(`${program} is set, but driver is inject, which changes only files`, {
      fix: `use driver auto, mount or libguestfs, or remove ${program}`,
    });
  }
  return image;
}

function readBoot(raw: RawInputs): BootRequest {
  const profile = parseChoice('boot-profile', raw('boot-profile'), bootProfiles);
  const keep = raw('boot-keep')
    .split(/[\s,]+/)
    .filter((unit) => unit !== '');
  if (keep.length > 0 && profile === 'stock') {
    throw new UsageError('boot-keep is set, but boot-profile is stock, which changes nothing', {
      fix: 'set boot-profile to fast, or remove boot-keep',
    });
  }
  const unknown = keep.find((unit) => !bootUnits.includes(unit));
  if (unknown === undefined) return { profile, keep: [...new Set(keep)].sort() };
  const similar = findNearestName(unknown, bootUnits);
  throw new UsageError(`boot-keep: boot-profile fast does not change ${quoteText(unknown, 60)}`, {
    fix: similar === undefined ? 'docs/explanation/boot-profile.md lists the names' : `did you mean ${similar}?`,
  });
}

function readSmoke(raw: RawInputs): BuildInputs['smoke'] {
  const smoke = readAll({
    enabled: () => parseBoolean('smoke', raw('smoke')),
    bootTimeTolerance: () => parseTolerance('boot-time-tolerance', raw('boot-time-tolerance')),
    vmm: () => parseChoice('vmm', raw('vmm'), vmmChoices),
    network: () => readSmokeNetwork(raw('smoke-network')),
    disk: () => parseChoice('smoke-disk', raw('smoke-disk'), smokeDisks),
    warm: () => parseChoice('smoke-warm', raw('smoke-warm'), warmChoices),
    requireKvm: () => parseBoolean('require-kvm', raw('require-kvm')),
    healthPath: () => readHealthPath(raw('health-path')),
    timeoutMs: () => parseDuration('smoke-timeout', raw('smoke-timeout')),
    memoryMiB: () => parseSize('smoke-memory', raw('smoke-memory'), { min: 128 * mebibyte, max: tebibyte }) / mebibyte,
    cpus: () => parseInteger('smoke-cpus', raw('smoke-cpus'), { min: 1, max: 64 }),
    clones: () => parseInteger('clones', raw('clones'), { min: 1, max: 16 }),
  });
  if (smoke.vmm === 'qemu' && smoke.network !== 'isolated') {
    throw new UsageError(
      `smoke-network is bridge=${smoke.network.bridge}, but vmm is qemu, which cannot use a bridge`,
      {
        fix: 'use vmm cloud-hypervisor, or smoke-network isolated',
      },
    );
  }
  return smoke;
}

function readHealthPath(value: string): string {
  if (value === 'auto' || /^\/[\x21-\x7e]{0,4096}$/.test(value)) return value;
  throw invalidInput('health-path', value, 'use auto, or a path such as /health');
}

/** An interface's name has at most 15 characters. */
function readSmokeNetwork(value: string): BuildInputs['smoke']['network'] {
  const bridge = /^bridge=([A-Za-z0-9][\w.-]{0,14})$/.exec(value)?.[1];
  if (bridge !== undefined) return { bridge };
  if (value === 'isolated') return value;
  throw invalidInput('smoke-network', value, 'use isolated, or bridge=NAME with the name of a bridge of this machine');
}

function readPublish(raw: RawInputs, tag = ''): BuildInputs['publish'] {
  const { version, ...publish } = readAll({
    image: () => parseImageName(raw('image-name')),
    version: () => ifGiven(raw('version'), (value) => parseVersion('version', value)),
    channel: () => parseChannelName(raw('channel')),
    keep: () => parseInteger('keep', raw('keep'), { min: 2, max: 10_000 }),
    ifUnchanged: () => parseChoice('if-unchanged', raw('if-unchanged'), unchangedActions),
    dryRun: () => parseBoolean('dry-run', raw('dry-run')),
    registry: () => ifGiven(raw('publish-oci'), (value) => parseRegistryRepository('publish-oci', value)),
    unsafeStore: () => parseBoolean('unsafe-store', raw('unsafe-store')),
  });
  const { image } = publish;
  return { ...publish, version: version ?? tryParseTag(image, tag), tag: tag === '' ? undefined : tag };
}

/** @throws UsageError if no store is given */
export function readStore(given: RawInputs): StorePlace {
  const raw = withDefaults(buildInputDefinitions, given);
  return readAll({
    address: () => readStoreAddress(raw('store')),
    endpoint: () => parseText('endpoint', raw('endpoint')),
    region: () => parseText('region', raw('region')),
    forcePathStyle: () => parseBoolean('force-path-style', raw('force-path-style')),
  });
}

export function readStoreAddress(value: string): string {
  const address = parseText('store', value);
  if (address !== undefined) return resolveStoreAddress(address);
  throw emptyInput('store', 'set it to s3://BUCKET/PREFIX or to the path of a directory');
}

/** Like `readStore`, for readers, which also have the input `anonymous`. @throws UsageError */
export function readSource(given: RawInputs): StorePlace {
  const { store, anonymous } = readAll({
    store: () => readStore(given),
    anonymous: () => ifGiven(given('anonymous').trim(), (value) => parseBoolean('anonymous', value)),
  });
  return { ...store, anonymous };
}

function readDirectories(raw: RawInputs, defaults: DefaultDirectories): BuildInputs['directories'] {
  return readAll({
    cache: () => parsePath('cache-folder', raw('cache-folder')) ?? resolve(defaults.cache),
    work: () => parsePath('work-folder', raw('work-folder')) ?? resolve(defaults.work),
    output: () => parsePath('output-folder', raw('output-folder')),
    report: () => parsePath('report-folder', raw('report-folder')),
  });
}

function ifGiven<T>(value: string, parse: (value: string) => T): T | undefined {
  return value === '' ? undefined : parse(value);
}

function requirePath(raw: RawInputs, name: string): string {
  const path = parsePath(name, raw(name));
  if (path === undefined) throw emptyInput(name, 'set it to a path');
  return path;
}
