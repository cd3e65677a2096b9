import { diffVersions } from '../../app/diff-versions.js';
import { withSigner } from '../../app/load-signer.js';
import type { StoreCommand } from '../../inputs/commands/store.js';
import { formatBytes, formatCount } from '../../platform/format.js';
import type { Session } from '../../platform/session.js';
import { countChanges, renderChanges } from '../../report/render-changes.js';
import { listFacts, listOrigin, renderRows } from '../../report/render-text.js';
import { summarizeDiff } from '../../store/documents/compare-versions.js';
import { openStore } from '../../objects/open-store.js';
import { openSource } from '../../store/oci/open-source.js';
import { planPrune, pruneStore, type StorePrunePlan } from '../../store/cleanup/prune-store.js';
import { findVersion } from '../../store/read-versions.js';
import { verifyVersionFiles } from '../../store/verify-version.js';
import { formatSignatures, readVersionSignatures } from '../../store/version-signatures.js';
import { runList } from './store-list.js';
import { nothingToDo, type CommandResult } from './result.js';

type Of<Name extends StoreCommand['command']> = Extract<StoreCommand, { readonly command: Name }>;

export async function runStoreCommand(command: StoreCommand, session: Session): Promise<CommandResult> {
  switch (command.command) {
    case 'list':
      return runList(command, session);
    case 'show':
      return runShow(command, session);
    case 'verify':
      return runVerify(command, session);
    case 'diff':
      return runDiff(command, session);
    case 'prune':
      return runPrune(command, session);
  }
}

async function runShow({ image, wanted, store }: Of<'show' | 'verify'>, session: Session): Promise<CommandResult> {
  const opened = openSource(store, session);
  const { manifest, manifestSha256, revocation, channels } = await findVersion(image, wanted, opened);
  const signatures = await readVersionSignatures({ image, version: manifest.version, manifestSha256 }, opened);
  const rows = [
    ...listFacts(manifest),
    ...(channels.length === 0 ? [] : [['channels', channels.join(', ')] as const]),
    ...listOrigin(manifest, session.clock.now()),
    ['signatures', signatures.length === 0 ? 'none' : signatures.map(formatSignatures).join('; ')] as const,
    ...(revocation === undefined ? [] : [['revoked', `${revocation.reason}, at ${revocation.at}`] as const]),
  ];
  const json = { ...manifest, signatures, ...(revocation === undefined ? {} : { revocation }) };
  const { edits } = manifest.bootProfile ?? { edits: [] };
  const boot = edits.length === 0 ? [] : ['', 'edits of the boot profile', ...edits.map((edit) => `  ${edit}`)];
  return { text: [...renderRows(rows), ...boot].join('\n'), json, exitCode: 0 };
}

async function runVerify({ image, wanted, store }: Of<'show' | 'verify'>, session: Session): Promise<CommandResult> {
  const opened = openSource(store, session);
  const { manifest, manifestSha256 } = await findVersion(image, wanted, opened);
  const { version } = manifest;
  const content = await session.steps.run(`verify ${image}.${version}`, async (log) =>
    verifyVersionFiles(manifest, { ...session, store: opened, log }),
  );
  const signatures = await readVersionSignatures({ image, version, manifestSha256 }, opened);
  const files = [...content, ...signatures];
  const bad = files.filter(({ problem }) => problem !== undefined);
  const lines = content.map(
    ({ key, size, problem }) =>
      `${opened.uri(key)}: ${problem === undefined ? `${formatBytes(size)}, matches the manifest` : `BAD: ${problem}`}`,
  );
  const signers = signatures.map(
    (found) => `${opened.uri(found.key)}: ${found.problem === undefined ? '' : 'BAD: '}${formatSignatures(found)}`,
  );
  const verdict =
    bad.length === 0
      ? `${image}.${version} is intact`
      : `${image}.${version} is damaged: ${formatCount(bad.length, 'file')} of ${files.length}`;
  return {
    text: [...lines, ...signers, verdict].join('\n'),
    json: { image, version, files },
    exitCode: bad.length === 0 ? 0 : 1,
  };
}

/** Of the changes of one kind. With --json all are printed. */
const maxShown = 40;

async function runDiff(command: Of<'diff'>, session: Session): Promise<CommandResult> {
  const compared = await diffVersions(command, openSource(command.store, session));
  const changes = summarizeDiff(compared.diff);
  const title = `${compared.image}.${compared.from} → ${compared.image}.${compared.to}: ${countChanges(changes)}`;
  return { text: [title, ...renderChanges(changes, maxShown)].join('\n'), json: compared, exitCode: 0 };
}

async function runPrune(command: Of<'prune'>, session: Session): Promise<CommandResult> {
  const { image, keep, graceMs, apply } = command;
  const request = { image, owner: session.owner, keep, graceMs };
  const store = openStore(command.store, session);
  const plan = await planPrune(request, { ...session, store });
  const goes = [
    ...plan.versions.map(({ stays }) => !stays),
    ...[...plan.retiring, ...plan.staged, ...plan.unlisted].map((one) => one.goes),
  ].includes(true);
  const lines = formatPlan(plan, image);
  if (!apply || !goes) {
    const last = goes ? 'nothing removed yet (remove it with "ch-golden prune --yes")' : 'nothing to remove';
    return { text: [...lines, last].join('\n'), json: { applied: false, plan }, exitCode: goes ? 0 : nothingToDo };
  }
  const signing = await withSigner(command.signing, session);
  const outcome = await session.steps.run(`prune ${image}`, async (log) =>
    pruneStore(request, { ...signing, store, log }),
  );
  return { text: [...lines, 'done'].join('\n'), json: { applied: true, plan, outcome }, exitCode: 0 };
}

function formatPlan({ versions, retiring, staged, unlisted }: StorePrunePlan, image: string): readonly string[] {
  const verb = (goes: boolean): string => (goes ? 'remove' : 'keep  ');
  return [
    ...versions.map(({ version, stays, why }) => {
      const later = stays ? '' : '; its files are removed after the grace period';
      return `${verb(!stays)} ${image}.${version}: ${why}${later}`;
    }),
    ...retiring.map(({ version, since, goes }) => {
      const state = goes ? '' : '; the grace period is not over';
      return `${verb(goes)} files of ${image}.${version}: retired at ${since}${state}`;
    }),
    ...unlisted.map(({ version, objects, bytes, goes, why }) => {
      const what = `${formatCount(objects, 'object')} (${formatBytes(bytes)})`;
      return `${verb(goes)} ${what} of ${image}.${version}, which is not published: ${why}`;
    }),
    ...staged.map(({ key, since, goes }) => {
      const run = goes ? 'its run has ended' : 'its run may still be active';
      return `${verb(goes)} upload of ${key}, started at ${since}: ${run}`;
    }),
  ];
}
