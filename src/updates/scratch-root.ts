import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { securityPreferences } from '../apt/security-preferences.js';
import { Failure } from '../platform/errors.js';
import { sanitizeLine } from '../platform/format.js';
import type { Log } from '../platform/progress/log.js';
import { formatSources, listSigners, parseSources, type AptSource, type OptionName } from '../apt/sources.js';
import { isArmored, type AptState } from '../apt/apt-state.js';

/** A directory in which apt finds an image's state, and nothing of this machine's. */
export interface ScratchRoot {
  /** The environment for apt-get. */
  readonly env: Readonly<Record<string, string>>;
  /** apt_preferences(5) of the image. */
  readonly preferences: string;
  /** Those by which only security archives have upgrades. */
  readonly securityPreferences: string;
}

/**
 * Writes a state below `root`; `lists` is where apt keeps its package lists. Both stand in apt's configuration, and in lists that
 * blanks and commas divide: they are to be of plain characters.
 * @throws Failure where the image's sources cannot be used
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

/** Under names of ours: those of the image can lead anywhere. Answers with the new place of each. */
async function writeKeyrings(keyrings: AptState['keyrings'], root: string): Promise<ReadonlyMap<string, string>> {
  const places = await Promise.all(
    keyrings.map(async ({ path, trusted, content }, index) => {
      const bytes = Buffer.from(content, 'base64');
      const place = join(
        root,
        trusted ? 'etc/trusted.gpg.d' : 'keyrings',
        `${index}.${isArmored(bytes) ? 'asc' : 'gpg'}`,
      );
      await writeFile(place, bytes);
      return [path, place] as const;
    }),
  );
  return new Map(places);
}

/** An unsigned source stays unsigned: `Trusted` and its like are not among these. */
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
 * The sources that may be asked on this machine: those on the network. What lies in the image's own files, or on a disc, brings
 * no updates by itself, and is left out. @throws Failure where there is another kind, for it could bring some
 */
export function selectSources(sources: readonly AptSource[], log: Log): readonly AptSource[] {
  const selected = sources
    .map((source) => ({ ...source, uris: source.uris.filter((uri) => isOnNetwork(uri, log)) }))
    .filter(({ uris }) => uris.length > 0)
    .map((source) => ({
      ...source,
      options: Object.fromEntries(Object.entries(source.options).filter(([name]) => allowedOptions.has(name))),
    }));
  if (selected.length === 0) throw new Failure('the image names no package repository on the network');
  return selected;
}

function isOnNetwork(uri: string, log: Log): boolean {
  const scheme = /^([a-z0-9.+-]+):/i.exec(uri)?.[1]?.toLowerCase() ?? '';
  if (scheme === 'http' || scheme === 'https') return true;
  const name = sanitizeLine(uri, 120);
  if (!['file', 'copy', 'cdrom'].includes(scheme))
    throw new Failure(`the image has a package source that is not of http or https: ${name}`);
  log.warn(`left out a package source of the image that is not on the network: ${name}`);
  return false;
}

function withKeyrings(source: AptSource, keyrings: ReadonlyMap<string, string>, missing: string): AptSource {
  const signers = listSigners(source.options['Signed-By'] ?? '').map((signer) =>
    signer.startsWith('/') ? (keyrings.get(signer) ?? missing) : signer,
  );
  return signers.length === 0 ? source : { ...source, options: { ...source.options, 'Signed-By': signers.join(' ') } };
}

/** Ways to get files that no source of ours needs: a server cannot send us there. */
const methodsOff = [
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
    // All that apt looks for lies here, its configuration too: apt.conf(5).
    ['Dir', root],
    ['Dir::Etc', `${root}/etc`],
    ['Dir::State', `${root}/state`],
    ['Dir::State::status', `${root}/state/status`],
    ['Dir::State::lists', lists],
    ['Dir::Cache', `${root}/cache`],
    ['Dir::Log', `${root}/log`],
    ['Dir::Media::MountPath', `${root}/media`],
    // Nothing of dpkg's is asked: it would answer for this machine.
    ['Dir::Bin::dpkg', '/bin/false'],
    ['APT::Architecture', native],
    ...[native, ...foreign].map((architecture) => ['APT::Architectures::', architecture] as const),
    // Our own user can read this directory; apt's need not.
    ['APT::Sandbox::User', 'root'],
    ['APT::Update::Error-Mode', 'any'],
    ['APT::Get::Show-User-Simulation-Note', 'false'],
    ['APT::Install-Recommends', 'false'],
    ['APT::Cmd::Pattern-Only', 'true'],
    // Else the machine's id decides who gets an update first.
    ['APT::Get::Always-Include-Phased-Updates', 'true'],
    ['Acquire::Languages', 'none'],
    ['Acquire::Retries', '2'],
    ['Acquire::http::Timeout', '15'],
    ['Acquire::https::Timeout', '15'],
    // A new image has no old lists to compare with.
    ['Acquire::AllowReleaseInfoChange', 'true'],
    ...methodsOff.map((method) => [`Dir::Bin::Methods::${method}`, 'false'] as const),
  ];
  return `#clear APT::Architectures;\n${values.map(([name, value]) => `${name} "${value}";\n`).join('')}`;
}
