import { formatAge, formatBytes, formatCount, formatDuration } from '../platform/format.js';
import type { Manifest } from '../store/documents/manifest.js';
import type { VersionFacts } from '../store/documents/version-facts.js';
import { countChanges, renderChanges } from './render-changes.js';
import { formatBuiltBy, formatFixes } from './render-versions.js';
import type { RunReport } from './run-report.js';

/** The results of a run, for a terminal. */
export function renderText(report: RunReport): string {
  const facts = report.outcome === 'unchanged' ? undefined : (report.manifest ?? report.facts);
  return [
    '',
    report.reason,
    ...(facts === undefined ? [] : ['', ...renderRows(listFacts(facts, report)).map((row) => `  ${row}`)]),
    ...(facts?.changes === undefined ? [] : ['', ...renderChangesSince(facts, report.image).map((row) => `  ${row}`)]),
    ...(report.files === undefined ? [] : ['', ...renderRows(Object.entries(report.files)).map((row) => `  ${row}`)]),
    ...(report.kept === undefined
      ? []
      : ['', 'local copies:', ...renderRows(Object.entries(report.kept)).map((row) => `  ${row}`)]),
    ...(report.launch === undefined
      ? []
      : ['', 'launch on a Cloud Hypervisor host:', ...report.launch.map((line) => `  ${line}`)]),
    '',
  ].join('\n');
}

/** How many changes of a kind are shown. */
const mostChanges = 10;

/** Differences from the previous version, if there was one. */
export function renderChangesSince(facts: VersionFacts, image: string, most = mostChanges): readonly string[] {
  if (facts.changes === undefined || facts.previous === undefined) return [];
  return [
    `changed since ${image}.${facts.previous}: ${countChanges(facts.changes)}`,
    ...renderChanges(facts.changes, most),
  ];
}

/** Two columns, aligned. */
export function renderRows(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

/** When and where a version was built, and what it fixes. */
export function listOrigin(manifest: Manifest, now: number): readonly (readonly [string, string])[] {
  const { created, builder, previous } = manifest;
  const [built, fixes] = [formatBuiltBy(builder), formatFixes(manifest)];
  return [
    ['created', `${created}, ${formatAge(now - Date.parse(created))} ago`],
    ...(built === undefined ? [] : [['built by', built] as const]),
    ...(fixes === undefined || previous === undefined
      ? []
      : [['security fixes', `${fixes} since ${manifest.image}.${previous}`] as const]),
  ];
}

/** The most important facts of a version, or of an image that was not published. */
export function listFacts(
  facts: VersionFacts | Manifest,
  published: Pick<RunReport, 'channel' | 'sentBytes'> = {},
): readonly (readonly [string, string])[] {
  const { base, daemon, smoke } = facts;
  return [
    ...('files' in facts ? listNamedFacts(facts, published) : []),
    ['layout', `${facts.layout}, compression ${facts.compression}, ${formatBytes(facts.disk.virtualSize)} disk`],
    ['base', `${base.reference}${base.serial === undefined ? '' : `, serial ${base.serial}`}`],
    ['kernel', facts.kernel.version],
    ['daemon', `${daemon.version ?? 'unknown version'}, ${formatBytes(daemon.size)}`],
    ['packages', `${facts.packages.length}${facts.pin === undefined ? '' : formatPin(facts.pin)}`],
    ['smoke test', smoke === null ? 'skipped' : formatSmoke(smoke)],
    ...(smoke?.warm === undefined ? [] : [['warm starts', formatWarm(smoke.warm)] as const]),
    ...(facts.bootProfile?.profile === 'fast'
      ? [['boot', `profile fast, ${formatCount(facts.bootProfile.edits.length, 'edit')}`] as const]
      : []),
    ['needs', `Cloud Hypervisor ${facts.cloudHypervisor.min} or newer`],
    ...(facts.storeDefects === undefined
      ? []
      : [['warning', `unsafe store: ${facts.storeDefects.join('; ')}`] as const]),
  ];
}

function listNamedFacts(
  manifest: Manifest,
  { channel, sentBytes }: Pick<RunReport, 'channel' | 'sentBytes'>,
): readonly (readonly [string, string])[] {
  const image = manifest.files.find((file) => file.role === 'image');
  return [
    ['version', `${manifest.image}.${manifest.version}`],
    ...(channel === undefined ? [] : [['channel', channel] as const]),
    ['image', `${formatBytes(image?.size ?? 0)}, sha256 ${image?.sha256 ?? ''}`],
    ...(sentBytes === undefined
      ? []
      : [
          [
            'sent',
            `${formatBytes(sentBytes)} of ${formatBytes(manifest.files.reduce((sum, { size }) => sum + size, 0))}`,
          ] as const,
        ]),
  ];
}

function formatPin({ snapshot, unpinned }: NonNullable<VersionFacts['pin']>): string {
  return `, ${unpinned.length === 0 ? 'all' : `all but ${unpinned.length}`} from snapshot ${snapshot}`;
}

function formatSmoke(smoke: NonNullable<Manifest['smoke']>): string {
  const health = Math.max(...smoke.clones.map((clone) => clone.times.healthMs));
  const isGuests = smoke.clones.every(({ times }) => times.clock === 'guest');
  return (
    `${formatCount(smoke.clones.length, 'clone')} in ${smoke.vmm} ${smoke.vmmVersion} with ${smoke.accelerator}: ` +
    `${smoke.health.path} returned 200 after ${formatDuration(health)}${isGuests ? " of the guest's clock" : ''}, ` +
    `daemon restarted in ${formatDuration(smoke.restartMs)} after SIGKILL`
  );
}

/** The slowest of each. */
function formatWarm({ templateMs, clones }: NonNullable<NonNullable<Manifest['smoke']>['warm']>): string {
  const [identity, health] = [
    Math.max(...clones.map(({ identityMs }) => identityMs)),
    Math.max(...clones.map(({ healthMs }) => healthMs)),
  ];
  return (
    `${formatCount(clones.length, 'clone')} at once: identity after ${formatDuration(identity)}, ` +
    `daemon responded after ${formatDuration(health)}; template created in ${formatDuration(templateMs)}`
  );
}
