import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { securityPreferences } from '../apt/security-preferences.js';
import { Failure } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import type { Log } from '../platform/progress/log.js';
import { formatSources, listSigners, parseSources, type AptSource, type OptionName } from '../apt/sources.js';
import { isArmored, type AptState } from '../apt/apt-state.js';

/** A directory in which apt sees an image's state, and nothing of this machine. */
export interface ScratchRoot {
  /** The environment for apt-get. */
  readonly env: Readonly<Record<string, string>>;
  /** The file with the image's apt_preferences(5). */
  readonly preferences: string;
  /** The file with preferences that allow upgrades from security archives only. */
  readonly securityPreferences: string;
}

/**
 * Writes a state below `root`. apt's configuration names `root` and `lists`, also in lists that are separated by spaces
 * and commas, so both must be plain paths.
 * @param lists where apt keeps its package lists
 * @throws Failure if the image's sources cannot be used
 */
export async function createScratchRoot(state: AptState, root: string, lists: string, log: Log): Promise<ScratchRoot> {
  const directories = [
    'etc/sources.list.d',
    'etc/preferences.d',
    'etc/trusted.gpg.d',
    'keyrings',
    'cache/archives/partial',
    'state',
    'tmp',
  ];
  await Promise.all(
    [join(lists, 'partial'), ...directories.map((directory) => join(root, directory))].map(async (directory) =>
      mkdir(directory, { recursive: true }),
    ),
  );
  const keyrings = await writeKeyrings(state.keyrings, root);
  const missing = join(root, 'keyrings/missing.gpg');
  const sources = selectSources(parseSources(state.sources), log).map((source) =>
    withKeyrings(source, keyrings, missing),
  );
  const [parts, main] = [state.preferences.filter(isPart), state.preferences.find((file) => !isPart(file))];
  const files: Readonly<Record<string, string>> = {
    'etc/sources.list.d/image.sources': formatSources(sources),
    'etc/preferences': main?.text ?? '',
    'etc/security-preferences': securityPreferences,
    ...Object.fromEntries(
      parts.map(({ text }, index) => [`etc/preferences.d/${String(index).padStart(3, '0')}.pref`, text]),
    ),
    'state/status': state.status,
    'state/extended_states': state.extendedStates ?? '',
    'apt.conf': formatConfiguration(state.architectures, root, lists),
  };
  await Promise.all(Object.entries(files).map(async ([name, content]) => writeFile(join(root, name), content)));
  return {
    env: { APT_CONFIG: join(root, 'apt.conf'), TMPDIR: join(root, 'tmp') },
    preferences: join(root, 'etc/preferences'),
    securityPreferences: join(root, 'etc/security-preferences'),
  };
}

function isPart({ name }: { readonly name: string }): boolean {
  return name.includes('/');
}

/**
 * Writes keyrings under generated names, because the image's paths could lead anywhere. Returns the new path of each.
 */
async function writeKeyrings(keyrings: AptState['keyrings'], root: string): Promise<ReadonlyMap<string, string>> {
  const paths = await Promise.all(
    keyrings.map(async ({ path, trusted, content }, index) => {
      const bytes = Buffer.from(content, 'base64');
      const target = join(
        root,
        trusted ? 'etc/trusted.gpg.d' : 'keyrings',
        `${index}.${isArmored(bytes) ? 'asc' : 'gpg'}`,
      );
      await writeFile(target, bytes);
      return [path, target] as const;
    }),
  );
  return new Map(paths);
}

/** Leaves out options such as `Trusted`, so unsigned sources are rejected. */
const allowedOptions: ReadonlySet<string> = new Set<OptionName>([
  'Architectures',
  'Architectures-Add',
  'Architectures-Remove',
  'By-Hash',
  'Signed-By',
  'Snapshot',
  'Include',
  'Exclude',
  'Check-Valid-Until',
  'Valid-Until-Min',
  'Valid-Until-Max',
  'Check-Date',
  'Date-Max-Future',
]);

/**
 * Selects the sources that may be fetched on this machine: those on the network. Sources in the image's files or on a
 * disc get no updates by themselves, and are left out.
 * @throws Failure for any other kind, because it could have updates
 */
export function selectSources(sources: readonly AptSource[], log: Log): readonly AptSource[] {
  const selected = sources
    .map((source) => ({ ...source, uris: source.uris.filter((uri) => isOnNetwork(uri, log)) }))
    .filter(({ uris }) => uris.length > 0)
    .map((source) => ({
      ...source,
      options: Object.fromEntries(Object.entries(source.options).filter(([name]) => allowedOptions.has(name))),
    }));
  if (selected.length === 0) throw new Failure('the image has no package source on the network');
  return selected;
}

function isOnNetwork(uri: string, log: Log): boolean {
  const scheme = /^([a-z0-9.+-]+):/i.exec(uri)?.[1]?.toLowerCase() ?? '';
  if (scheme === 'http' || scheme === 'https') return true;
  if (!['file', 'copy', 'cdrom'].includes(scheme))
    throw new Failure(`the image has an unsupported package source: ${quoteText(uri)} (supported: http, https)`);
  log.warn(`Ignored a package source of the image that is not on the network: ${quoteText(uri)}`);
  return false;
}

function withKeyrings(source: AptSource, keyrings: ReadonlyMap<string, string>, missing: string): AptSource {
  const signers = listSigners(source.options['Signed-By'] ?? '').map((signer) =>
    signer.startsWith('/') ? (keyrings.get(signer) ?? missing) : signer,
  );
  return signers.length === 0 ? source : { ...source, options: { ...source.options, 'Signed-By': signers.join(' ') } };
}

/** apt's transports that no source here needs. Disabled, so that a server cannot redirect to them. */
const disabledMethods = [
  'cdrom',
  'copy',
  'file',
  'ftp',
  'mirror',
  'mirror+copy',
  'mirror+file',
  'mirror+ftp',
  'mirror+http',
  'mirror+https',
  'rsh',
  'ssh',
];

function formatConfiguration([native = '', ...foreign]: readonly string[], root: string, lists: string): string {
  const values: readonly (readonly [name: string, value: string])[] = [
    // apt finds all its files below this directory, its configuration included: apt.conf(5).
    ['Dir', root],
    ['Dir::Etc', `${root}/etc`],
    ['Dir::State', `${root}/state`],
    ['Dir::State::status', `${root}/state/status`],
    ['Dir::State::lists', lists],
    ['Dir::Cache', `${root}/cache`],
    ['Dir::Log', `${root}/log`],
    ['Dir::Media::MountPath', `${root}/media`],
    // dpkg would report the state of this machine.
    ['Dir::Bin::dpkg', '/bin/false'],
    ['APT::Architecture', native],
    ...[native, ...foreign].map((architecture) => ['APT::Architectures::', architecture] as const),
    // apt's sandbox user may not have access to this directory.
    ['APT::Sandbox::User', 'root'],
    ['APT::Update::Error-Mode', 'any'],
    ['APT::Get::Show-User-Simulation-Note', 'false'],
    ['APT::Install-Recommends', 'false'],
    ['APT::Cmd::Pattern-Only', 'true'],
    // Otherwise the machine ID decides whether a phased update is included yet.
    ['APT::Get::Always-Include-Phased-Updates', 'true'],
    ['Acquire::Languages', 'none'],
    ['Acquire::Retries', '2'],
    ['Acquire::http::Timeout', '15'],
    ['Acquire::https::Timeout', '15'],
    // A new image has no old lists to compare with, so a build would accept the change too.
    ['Acquire::AllowReleaseInfoChange', 'true'],
    ...disabledMethods.map((method) => [`Dir::Bin::Methods::${method}`, 'false'] as const),
  ];
  return `#clear APT::Architectures;\n${values.map(([name, value]) => `${name} "${value}";\n`).join('')}`;
}
