import { sha256OfContent, type Edit } from '../../image/plan.js';
import type { BuildInputs } from '../../inputs/build-inputs.js';
import { formatBytes, quoteText, sanitizeLine } from '../../platform/format.js';
import { sha256Of } from '../../platform/fs/files.js';
import { createRedactor, mask } from '../../platform/secrets/redact.js';
import type { Manifest } from '../../store/documents/manifest.js';

/**
 * The inputs that decide what is in an image, by name. The manifest has them, so that the next build can name what
 * changed. `files` and `daemon-env` are lists of names; `files /etc/x` and `daemon-env MODE` have the content of one of
 * them.
 */
export type BuildSettings = NonNullable<Manifest['settings']>;

/** The order in which settings are listed. */
const lists = ['boot-keep', 'packages', 'files', 'daemon-env'];

/**
 * @param edits what the inputs change in the image, with the digests of files
 * @param secrets values that the manifest must not contain
 */
export function toSettings(
  { image, changes, daemon }: Pick<BuildInputs, 'image' | 'changes' | 'daemon'>,
  edits: readonly Edit[],
  secrets: readonly string[],
): BuildSettings {
  const redactor = createRedactor(secrets);
  const files = edits.flatMap((edit) => (edit.kind === 'write' ? [edit] : []));
  const script = edits.find((edit) => edit.kind === 'run');
  const variables = daemon.environment.map((line) => line.split('=', 1).join());
  const settings: readonly (readonly [name: string, value: string])[] = [
    ['layout', image.layout],
    ['compression', image.compression],
    ['disk-size', formatBytes(image.diskSize)],
    // A version of an earlier release has no setting for what it has: stock.
    ...(image.boot.profile === 'stock' ? [] : [['boot-profile', image.boot.profile] as const]),
    ...(image.boot.keep.length === 0 ? [] : [['boot-keep', image.boot.keep.join(' ')] as const]),
    ['upgrade', changes.upgrade],
    ['snapshot', changes.snapshot ?? ''],
    ['packages', changes.packages.join(' ')],
    ['files', files.map(({ path }) => path).join(' ')],
    ...files.map((file) => [`files ${file.path}`, formatFile(file)] as const),
    ['run', script === undefined ? '' : `${script.name}, ${formatDigest(script.script.sha256)}`],
    ['daemon-env', variables.join(' ')],
    ...daemon.environment.map(
      (line, index) =>
        [`daemon-env ${variables[index] ?? ''}`, maskUnlessPlain(line.slice(line.indexOf('=') + 1))] as const,
    ),
  ];
  return Object.fromEntries(settings.map(([name, value]) => [name, shorten(redactor.text(value))]));
}

/** Paths, numbers and words are recorded. Anything else could be an undeclared password. */
function maskUnlessPlain(value: string): string {
  return /^[\w./:,+@ -]{0,200}$/.test(value) ? value : mask;
}

function formatFile({ content, attributes: { mode, uid, gid } }: Extract<Edit, { readonly kind: 'write' }>): string {
  return `${mode.toString(8).padStart(4, '0')} ${uid}:${gid} ${formatDigest(sha256OfContent(content))}`;
}

function formatDigest(sha256: string): string {
  return `sha256 ${sha256.slice(0, 12)}`;
}

/** Longer values are compared by their digest. */
const maxValueLength = 1000;

function shorten(value: string): string {
  const line = sanitizeLine(value, value.length);
  return line.length <= maxValueLength ? line : `${line.slice(0, maxValueLength)}… (${formatDigest(sha256Of(value))})`;
}

interface Ingredients {
  readonly base: { readonly sha256: string };
  readonly daemon: { readonly sha256: string };
  readonly settings: BuildSettings;
}

const maxNamed = 5;

/** How a build differs from a version with a different fingerprint, in one line: `upgrade none → security`. */
export function formatDifferences(manifest: Manifest, { base, daemon, settings }: Ingredients): string {
  const differences = [
    ...listDigestChange('base', manifest.base, base),
    ...listDigestChange('daemon', manifest.daemon, daemon),
    ...(manifest.settings === undefined ? [] : listSettingChanges(manifest.settings, settings)),
  ];
  if (differences.length === 0) return formatUnknown(manifest, settings);
  const rest = differences.length - maxNamed;
  return `${differences.slice(0, maxNamed).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function listDigestChange(
  name: string,
  before: { readonly sha256: string },
  now: { readonly sha256: string },
): readonly string[] {
  return before.sha256 === now.sha256 ? [] : [`${name} ${formatDigest(before.sha256)} → ${formatDigest(now.sha256)}`];
}

function formatUnknown({ image, version, settings: recorded }: Manifest, settings: BuildSettings): string {
  if (recorded === undefined) return `settings, which ${image}.${version} does not record`;
  const masked = Object.entries(settings).flatMap(([name, value]) => (value.includes(mask) ? [name] : []));
  return ['the edits of every image', ...masked.map((name) => `the secret in ${name}`)].join(', or ');
}

function listSettingChanges(before: BuildSettings, now: BuildSettings): readonly string[] {
  const names = new Set([...Object.keys(now), ...Object.keys(before)]);
  return [...names].flatMap((name) => {
    const [from, to] = [before[name], now[name]];
    // The list of names already shows what was added or removed.
    const isPartOfList = lists.some((list) => name.startsWith(`${list} `));
    if (from === to || (isPartOfList && (from === undefined || to === undefined))) return [];
    return [formatChange(name, from ?? '', to ?? '')];
  });
}

/** Both values, or what was added to a long list and removed from it. */
function formatChange(name: string, from: string, to: string): string {
  const longest = 60;
  if (lists.includes(name) && Math.max(from.length, to.length) > longest) {
    const [before, now] = [from.split(' '), to.split(' ')];
    const changes = [
      ...now.filter((item) => !before.includes(item)).map((item) => `+${item}`),
      ...before.filter((item) => !now.includes(item)).map((item) => `-${item}`),
    ];
    return changes.length === 0 ? `${name} in another order` : `${name} ${sanitizeLine(changes.join(' '), longest)}`;
  }
  return `${name} ${formatValue(from, longest)} → ${formatValue(to, longest)}`;
}

function formatValue(value: string, longest: number): string {
  if (value === '') return 'none';
  return /^[\w.:/@%+=, -]+$/.test(value) && value.length <= longest ? value : quoteText(value, longest);
}
