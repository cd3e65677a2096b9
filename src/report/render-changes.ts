import { formatBytes, formatDuration } from '../platform/format.js';
import type { ChangeSection, VersionChanges } from '../store/documents/changes.js';

type Change = ChangeSection['first'][number];
type BootChange = NonNullable<VersionChanges['boot']>[number];
type SizeChange = NonNullable<VersionChanges['folders']>[number];

/** `packages: 2 added, 37 changed; files: 1 changed` */
export function countChanges(changes: VersionChanges): string {
  const counts = [
    ...changes.facts.map(({ name }) => name),
    ...listSections(changes).map(([name, section]) => `${name}: ${countSection(section)}`),
  ];
  return counts.length === 0 ? 'no recorded changes' : counts.join('; ');
}

/** One line per change, at most `most` of a kind. Counts come first. */
export function renderChanges(changes: VersionChanges, most: number): readonly string[] {
  const { facts, folders = [], times = [], boot = [] } = changes;
  return [
    ...facts.map(renderChange),
    ...listSections(changes).flatMap(([name, section]) => renderSection(name, section, most)),
    ...(folders.length === 0 ? [] : ['sizes:', ...folders.map((change) => `  ${renderSize(change)}`)]),
    ...(times.length === 0
      ? []
      : ['times:', ...times.map(({ name, from, to }) => `  ${name} ${formatDuration(from)} → ${formatDuration(to)}`)]),
    ...(boot.length === 0 ? [] : ['boot:', ...boot.slice(0, most).map((change) => `  ${renderBootChange(change)}`)]),
  ];
}

/** `cloud-init.service 7.9 s → 11.2 s (+3.3 s)` */
function renderBootChange({ kind, name, from, to }: BootChange): string {
  const what = kind === 'phase' ? `phase ${name}` : name;
  if (from === undefined || to === undefined)
    return from === undefined
      ? `${what} ${formatDuration(to ?? 0)} (was not among the slowest)`
      : `${what} ${formatDuration(from)} → no longer among the slowest`;
  const difference = `${to < from ? '-' : '+'}${formatDuration(Math.abs(to - from))}`;
  return `${what} ${formatDuration(from)} → ${formatDuration(to)} (${difference})`;
}

function renderSize({ name, from, to }: SizeChange): string {
  const difference = `${to < from ? '-' : '+'}${formatBytes(Math.abs(to - from))}`;
  return `${name} ${formatBytes(from)} → ${formatBytes(to)} (${difference})`;
}

/** Sections with changes. */
function listSections({
  packages,
  modules,
  units,
  files,
}: VersionChanges): readonly (readonly [string, ChangeSection])[] {
  return (
    [
      ['packages', packages],
      ['units', units],
      ['files', files],
      ['daemon modules', modules],
    ] as const
  ).flatMap(([name, section]) => (section === undefined || totalOf(section) === 0 ? [] : [[name, section] as const]));
}

function totalOf({ added, removed, changed }: ChangeSection): number {
  return added + removed + changed;
}

function countSection({ added, removed, changed }: ChangeSection): string {
  return (
    [
      [added, 'added'],
      [removed, 'removed'],
      [changed, 'changed'],
    ] as const
  )
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(', ');
}

function renderSection(name: string, section: ChangeSection, most: number): readonly string[] {
  const shown = section.first.slice(0, most);
  const hidden = totalOf(section) - shown.length;
  return [
    `${name}: ${countSection(section)}`,
    ...shown.map((change) => `  ${renderChange(change)}`),
    ...(hidden === 0 ? [] : [`  … and ${hidden} more`]),
  ];
}

function renderChange({ name, from, to, security }: Change): string {
  const mark = security === true ? ' (security)' : '';
  if (from === undefined) return shortenDigests(`+ ${name} ${to ?? ''}${mark}`);
  return shortenDigests(to === undefined ? `- ${name} ${from}` : `~ ${name} ${from} → ${to}${mark}`);
}

/** Only for display: comparisons use whole digests. */
function shortenDigests(line: string): string {
  return line.replace(/\b(sha256 [0-9a-f]{12})[0-9a-f]{52}\b/g, '$1');
}
