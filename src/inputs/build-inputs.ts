import { resolve } from 'node:path';
import type { AssembleRequest } from '../image/assemble-golden.js';
import { parseReference } from '../base/base-reference.js';
import type { BaseRequest } from '../base/resolve-base.js';
import type { DaemonRequest } from '../daemon/build-daemon.js';
import { checkPackagePath, checkVersion, checkVersionVariable } from '../daemon/go-builder.js';
import type { SmokeRequest } from '../smoke/prove-image.js';
import { parseSnapshot } from '../apt/snapshot.js';
import {
  artifactChoices,
  cacheKinds,
  compressionChoices,
  daemonBuilders,
  driverChoices,
  layouts,
  smokeDisks,
  unchangedActions,
  upgradeChoices,
  vmmChoices,
  type ArtifactChoice,
  type CacheKind,
  type UnchangedAction,
  type UpgradeScope,
} from '../platform/choices.js';
import { UsageError } from '../platform/errors.js';
import { checkVariableName } from '../platform/process/environment.js';
import { quoteText } from '../platform/format.js';
import { checkChannelName, checkImageName, tryParseTag } from '../store/names.js';
import type { StorePlace } from '../objects/open-store.js';
import { buildInputDefinitions, withDefaults, type RawInputs } from './definitions.js';
import {
  parseBoolean,
  parseChoice,
  parseDuration,
  parseEnvironment,
  parseInteger,
  parseSha256,
  parseSize,
  parseText,
  parseTolerance,
  parseVersion,
  type Tolerance,
} from './parse.js';
import { parseFiles, parsePackages, type FileRequest } from './parse-changes.js';
import { readSigning, type SigningInputs } from './signing-inputs.js';

/** Directories of this machine, for inputs that name none. */
export interface DefaultDirectories {
  readonly cache: string;
  readonly work: string;
}

type WithoutOutput<T> = T extends unknown ? Omit<T, 'outputDirectory'> : never;

/** All that a build is told, checked, grouped by the room that needs it. */
export interface BuildInputs {
  readonly daemon: {
    readonly request: WithoutOutput<DaemonRequest>;
    /** Lines of the unit. */
    readonly environment: readonly string[];
    readonly port: number;
  };
  readonly base: Pick<BaseRequest, 'reference' | 'sha256' | 'verify' | 'allowDowngrade'>;
  readonly image: Pick<AssembleRequest, 'layout' | 'compression' | 'diskSize' | 'driver'>;
  /** What is to be in the image beside the daemon. */
  readonly changes: {
    readonly packages: readonly string[];
    readonly upgrade: 'none' | UpgradeScope;
    /** The moment of the distribution's archives that packages come from: `20260501T000000Z`. */
    readonly snapshot?: string;
    readonly files: readonly FileRequest[];
    /** The path of a script on this machine. */
    readonly run?: string;
  };
  readonly smoke: Pick<
    SmokeRequest,
    'vmm' | 'network' | 'disk' | 'requireKvm' | 'healthPath' | 'timeoutMs' | 'memoryMiB' | 'cpus' | 'clones'
  > & {
    readonly enabled: boolean;
    /** How much slower than the version before a boot may be. */
    readonly bootTimeTolerance?: Tolerance;
  };
  readonly store: StorePlace;
  readonly publish: {
    readonly image: string;
    readonly version?: number;
    /** What says the version, where no input does. */
    readonly tag?: string;
    readonly channel: string;
    readonly keep: number;
    readonly ifUnchanged: UnchangedAction;
    readonly dryRun: boolean;
    /** A store without working conditional writes will do. */
    readonly unsafeStore: boolean;
  };
  readonly signing?: SigningInputs;
  readonly directories: {
    readonly cache: string;
    readonly work: string;
    readonly output?: string;
    readonly report?: string;
  };
  readonly cache: CacheKind;
  readonly artifact: ArtifactChoice;
  readonly summary: boolean;
}

const mebibyte = 1024 ** 2;
const tebibyte = 1024 ** 4;
/** Where the daemon listens when nobody says. */
const usualPort = 2280;

/**
 * Reads and checks all inputs of a build before anything is done.
 * @param tag whose push has started the run, if one has
 * @throws UsageError
 */
export function readBuildInputs(given: RawInputs, defaults: DefaultDirectories, tag?: string): BuildInputs {
  return { ...readAllButStore(given, defaults, tag), store: readStore(given) };
}

/** Inputs that say which store. */
const storeInputs = ['store', 'endpoint', 'region'] as const;

/** What the doctor is told: the store is looked at where one is given. */
export type DoctorInputs = Omit<BuildInputs, 'store'> & Partial<Pick<BuildInputs, 'store'>>;

/** @throws UsageError */
export function readDoctorInputs(given: RawInputs, defaults: DefaultDirectories): DoctorInputs {
  return {
    ...readAllButStore(given, defaults),
    ...(storeInputs.every((name) => given(name).trim() === '') ? {} : { store: readStore(given) }),
  };
}

function readAllButStore(given: RawInputs, defaults: DefaultDirectories, tag?: string): Omit<BuildInputs, 'store'> {
  const raw = withDefaults(buildInputDefinitions, given);
  const port = readPort(raw);
  return {
    daemon: { request: readDaemon(raw), environment: readEnvironment(raw, port), port },
    base: readBase(raw),
    ...readImageAndChanges(raw),
    smoke: readSmoke(raw),
    publish: readPublish(raw, tag),
    ...readSigning(given),
    directories: readDirectories(raw, defaults),
    cache: parseChoice('cache', raw('cache'), cacheKinds),
    artifact: parseChoice('artifact', raw('artifact'), artifactChoices),
    summary: parseBoolean('summary', raw('summary')),
  };
}

/** What a smoke test alone is told. @throws UsageError */
export function readSmokeInputs(
  given: RawInputs,
  defaults: DefaultDirectories,
): Pick<BuildInputs, 'smoke' | 'directories'> & { readonly port: number } {
  const raw = withDefaults(buildInputDefinitions, given);
  return { smoke: readSmoke(raw), directories: readDirectories(raw, defaults), port: readPort(raw) };
}

function readPort(raw: RawInputs): number {
  return parseInteger('daemon-port', raw('daemon-port'), { min: 1, max: 65535 });
}

/** The daemon's own variable for its port is set where that is not the usual one. */
function readEnvironment(raw: RawInputs, port: number): readonly string[] {
  const lines = parseEnvironment('daemon-env', raw('daemon-env'));
  const wanted = `TOOLBOX_API_PORT=${port}`;
  const found = lines.find((line) => line.startsWith('TOOLBOX_API_PORT='));
  if (found !== undefined && found !== wanted) {
    throw new UsageError(`daemon-env sets TOOLBOX_API_PORT, but daemon-port is ${port}`, {
      fix: 'set daemon-port alone: the daemon is told of it',
    });
  }
  return port === usualPort || found !== undefined ? lines : [...lines, wanted];
}

function readDaemon(raw: RawInputs): BuildInputs['daemon']['request'] {
  const builder = parseChoice('daemon-builder', raw('daemon-builder'), daemonBuilders);
  const version = parseText('daemon-version', raw('daemon-version'));
  const versionVariable = parseText('daemon-version-variable', raw('daemon-version-variable'));
  const buildEnvironment = readBuildEnvironment(raw);
  checkBuilder(raw, builder);
  const common = version === undefined ? {} : { version: checkVersion(version) };
  if (builder === 'prebuilt')
    return { builder, binary: requireText(raw, 'daemon-binary', 'the builder prebuilt takes a binary'), ...common };
  const source = requireText(raw, 'daemon-source', `the builder ${builder} needs a directory to build in`);
  if (builder === 'nx') return { builder, source, buildEnvironment, ...common };
  if (versionVariable !== undefined && version === undefined) {
    throw new UsageError('daemon-version-variable is given without daemon-version', { fix: 'give both, or neither' });
  }
  const packagePath = checkPackagePath(requireText(raw, 'daemon-package', 'the builder go needs a main package'));
  return {
    builder,
    source,
    packagePath,
    buildEnvironment,
    ...common,
    ...(versionVariable === undefined ? {} : { versionVariable: checkVersionVariable(versionVariable) }),
  };
}

/** @throws UsageError for an input that the builder does not use */
function checkBuilder(raw: RawInputs, builder: DaemonRequest['builder']): void {
  const usedBy: Readonly<Record<string, readonly DaemonRequest['builder'][]>> = {
    'daemon-binary': ['prebuilt'],
    'daemon-version-variable': ['go'],
    'daemon-build-env': ['go', 'nx'],
  };
  for (const [name, builders] of Object.entries(usedBy))
    if (raw(name) !== '' && !builders.includes(builder))
      throw contradict(name, builders.join(' or '), builder);
}

/** Names of variables, separated by spaces or commas. */
function readBuildEnvironment(raw: RawInputs): readonly string[] | undefined {
  const names = parseText('daemon-build-env', raw('daemon-build-env').replace(/[\s,]+/g, ' '));
  return names?.split(' ').map((name) => checkVariableName('daemon-build-env', name));
}

/** An input that would be ignored is not what the user wants. */
function contradict(name: string, needed: string, builder: string): UsageError {
  return new UsageError(`${name} is given, but daemon-builder is ${builder}`, {
    fix: `set daemon-builder to ${needed}, or leave out ${name}`,
  });
}

function readBase(raw: RawInputs): BuildInputs['base'] {
  const reference = requireText(raw, 'base-image', 'every image has a base');
  const sha256 = parseSha256('base-sha256', raw('base-sha256'));
  if (/^https?:/i.test(reference) && sha256 === undefined) {
    throw new UsageError('base-image is a URL without base-sha256', {
      fix: 'give base-sha256: what is downloaded is checked against it',
    });
  }
  parseReference(reference);
  return {
    reference,
    ...(sha256 === undefined ? {} : { sha256 }),
    verify: parseBoolean('verify-base', raw('verify-base')),
    allowDowngrade: parseBoolean('allow-downgrade', raw('allow-downgrade')),
  };
}

function readImageAndChanges(raw: RawInputs): Pick<BuildInputs, 'image' | 'changes'> {
  const [image, changes] = [readImage(raw), readChanges(raw)];
  const given = ['packages', 'upgrade', 'run'].find((name) => raw(name) !== '' && raw(name) !== 'none');
  if (image.driver === 'inject' && given !== undefined) {
    throw new UsageError(`${given} is given, but driver is inject, which changes files alone`, {
      fix: `use driver auto, mount or libguestfs, or leave out ${given}`,
    });
  }
  return { image, changes };
}

function readChanges(raw: RawInputs): BuildInputs['changes'] {
  const run = parseText('run', raw('run'));
  const packages = parsePackages('packages', raw('packages'));
  const upgrade = parseChoice('upgrade', raw('upgrade'), upgradeChoices);
  const snapshot = parseText('snapshot', raw('snapshot'));
  if (snapshot !== undefined && packages.length === 0 && upgrade === 'none') {
    throw new UsageError('snapshot is given, but neither packages nor upgrade: no package would come from it', {
      fix: 'give one of them, or leave out snapshot',
    });
  }
  return {
    packages,
    upgrade,
    ...(snapshot === undefined ? {} : { snapshot: parseSnapshot(snapshot) }),
    files: parseFiles('files', raw('files')),
    ...(run === undefined ? {} : { run }),
  };
}

function readImage(raw: RawInputs): BuildInputs['image'] {
  const layout = parseChoice('layout', raw('layout'), layouts);
  const compression = parseChoice('compression', raw('compression'), compressionChoices);
  if (layout === 'layered' && compression === 'inherit') {
    throw new UsageError('compression is inherit, but layout is layered: its base stays a file of its own', {
      fix: 'use compression auto, zstd, zlib or none',
    });
  }
  const driver = parseChoice('driver', raw('driver'), driverChoices);
  return {
    layout,
    compression,
    driver,
    diskSize: parseSize('disk-size', raw('disk-size'), { min: 64 * mebibyte, max: 64 * tebibyte }),
  };
}

function readSmoke(raw: RawInputs): BuildInputs['smoke'] {
  const healthPath = requireText(raw, 'health-path', 'auto, or a path');
  if (healthPath !== 'auto' && !/^\/[\x21-\x7e]*$/.test(healthPath)) {
    throw new UsageError(`health-path is ${quoteText(healthPath)}, which cannot be used`, {
      fix: 'use auto, or a path such as /health',
    });
  }
  const vmm = parseChoice('vmm', raw('vmm'), vmmChoices);
  const network = readSmokeNetwork(raw);
  if (vmm === 'qemu' && network !== 'isolated') {
    throw new UsageError(`smoke-network is bridge=${network.bridge}, but vmm is qemu, which has no bridge`, {
      fix: 'use vmm: cloud-hypervisor, or smoke-network: isolated',
    });
  }
  const bootTimeTolerance = parseTolerance('boot-time-tolerance', raw('boot-time-tolerance'));
  return {
    enabled: parseBoolean('smoke', raw('smoke')),
    ...(bootTimeTolerance === undefined ? {} : { bootTimeTolerance }),
    vmm,
    network,
    disk: parseChoice('smoke-disk', raw('smoke-disk'), smokeDisks),
    requireKvm: parseBoolean('require-kvm', raw('require-kvm')),
    healthPath,
    timeoutMs: parseDuration('smoke-timeout', raw('smoke-timeout')),
    memoryMiB: parseSize('smoke-memory', raw('smoke-memory'), { min: 128 * mebibyte, max: tebibyte }) / mebibyte,
    cpus: parseInteger('smoke-cpus', raw('smoke-cpus'), { min: 1, max: 64 }),
    clones: parseInteger('clones', raw('clones'), { min: 1, max: 16 }),
  };
}

/** The name of an interface has at most 15 characters. */
function readSmokeNetwork(raw: RawInputs): BuildInputs['smoke']['network'] {
  const value = raw('smoke-network');
  const bridge = /^bridge=([A-Za-z0-9][\w.-]{0,14})$/.exec(value)?.[1];
  if (bridge !== undefined) return { bridge };
  if (value === 'isolated') return value;
  throw new UsageError(`smoke-network is ${quoteText(value)}, which cannot be used`, {
    fix: 'use isolated, or bridge=NAME with the name of a bridge of this machine',
  });
}

function readPublish(raw: RawInputs, tag: string | undefined): BuildInputs['publish'] {
  const image = checkImageName(requireText(raw, 'image-name', 'versions are called by it'));
  return {
    image,
    ...readVersion(raw, image, tag),
    channel: checkChannelName(requireText(raw, 'channel', 'a version is published to one')),
    keep: parseInteger('keep', raw('keep'), { min: 2, max: 10_000 }),
    ifUnchanged: parseChoice('if-unchanged', raw('if-unchanged'), unchangedActions),
    dryRun: parseBoolean('dry-run', raw('dry-run')),
    unsafeStore: parseBoolean('unsafe-store', raw('unsafe-store')),
  };
}

function readVersion(raw: RawInputs, image: string, tag = ''): Pick<BuildInputs['publish'], 'version' | 'tag'> {
  if (raw('version') !== '') return { version: parseVersion('version', raw('version')) };
  const version = tryParseTag(image, tag);
  return version === undefined ? {} : { version, tag };
}

/** @throws UsageError where none is given */
export function readStore(given: RawInputs): StorePlace {
  const raw = withDefaults(buildInputDefinitions, given);
  const endpoint = parseText('endpoint', raw('endpoint'));
  const region = parseText('region', raw('region'));
  return {
    address: requireText(raw, 'store', 'versions are published to it'),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    forcePathStyle: parseBoolean('force-path-style', raw('force-path-style')),
  };
}

/** As `readStore`, for what only reads: that has the input `anonymous`. @throws UsageError */
export function readSource(given: RawInputs): StorePlace {
  const anonymous = given('anonymous').trim();
  return {
    ...readStore(given),
    ...(anonymous !== '' && parseBoolean('anonymous', anonymous) ? { anonymous: true } : {}),
  };
}

/** Programs that run in directories of their own are given paths in these two: they are absolute. */
function readDirectories(raw: RawInputs, defaults: DefaultDirectories): BuildInputs['directories'] {
  const output = parseText('output-folder', raw('output-folder'));
  const report = parseText('report-folder', raw('report-folder'));
  return {
    cache: resolve(parseText('cache-folder', raw('cache-folder')) ?? defaults.cache),
    work: resolve(parseText('work-folder', raw('work-folder')) ?? defaults.work),
    ...(output === undefined ? {} : { output }),
    ...(report === undefined ? {} : { report }),
  };
}

function requireText(raw: RawInputs, name: string, why: string): string {
  const value = parseText(name, raw(name));
  if (value === undefined) throw new UsageError(`${name} is empty`, { fix: `give it: ${why}` });
  return value;
}
