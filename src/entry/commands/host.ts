import { resolve } from 'node:path';
import { listHostRows, listPullRows } from '../../app/pull-outputs.js';
import { pullImage, rollBackImage } from '../../app/pull-image.js';
import { forgetSeen, type Forgotten } from '../../host/seen-file.js';
import { listHost, verifyHost, type HostVersion } from '../../host/list-host.js';
import { pruneHost, type PrunePlan } from '../../host/prune-host.js';
import { readVmUser, setVmUser } from '../../host/vm/vm-user.js';
import { describeTemplate } from '../../host/warm/describe-template.js';
import { makeTemplate } from '../../host/warm/make-template.js';
import type { HostCommand } from '../../inputs/commands/host.js';
import { formatBytes, formatCount } from '../../platform/format.js';
import type { Session } from '../../platform/session.js';
import { renderRows } from '../../report/render-text.js';
import { indexKey } from '../../store/names.js';
import { openSource } from '../../store/oci/open-source.js';
import { formatVersionSigner } from '../../trust/policy.js';
import { nothingToDo, type CommandResult } from './result.js';

export async function runHostCommand(command: HostCommand, session: Session): Promise<CommandResult> {
  switch (command.command) {
    case 'pull': {
      const report = await pullImage(command.inputs, session);
      return {
        text: renderRows(listPullRows(report)).join('\n'),
        json: report,
        exitCode: report.changed ? 0 : nothingToDo,
      };
    }
    case 'rollback': {
      const report = await rollBackImage(command, session);
      return {
        text: renderRows([...listHostRows(report), ['left', `${report.image}.${report.from}`]]).join('\n'),
        json: report,
        exitCode: 0,
      };
    }
    case 'list': {
      const versions = await listHost(command);
      const rows = versions.map((version) => [`${command.image}.${version.version}`, formatVersion(version)] as const);
      return {
        text: rows.length === 0 ? `no version of ${command.image} in ${command.root}` : renderRows(rows).join('\n'),
        json: versions,
        exitCode: 0,
      };
    }
    case 'verify':
      return runVerifyHost(command, session);
    case 'forget':
      return runForget(command, session);
    case 'prune': {
      const plan = await session.steps.run('prune', async (log) => pruneHost(command, { ...session, log }));
      return { text: formatPrune(plan, command).join('\n'), json: plan, exitCode: 0 };
    }
    case 'warm':
      return runWarm(command, session);
    case 'user':
      return runUser(command, session);
  }
}

const mebibyte = 1024 ** 2;

type Of<Name extends HostCommand['command']> = Extract<HostCommand, { readonly command: Name }>;

async function runVerifyHost(command: Of<'list' | 'verify'>, session: Session): Promise<CommandResult> {
  const versions = await session.steps.run('verify', async (log) => verifyHost(command, { ...session, log }));
  const lines = versions.flatMap(({ version, problems, revoked }) => [
    ...(problems.length === 0
      ? [`${command.image}.${version} matches its manifest`]
      : [...problems, `Fix: ch-golden pull ${version} --verify`]),
    ...(revoked === undefined ? [] : [`${command.image}.${version} is REVOKED: ${revoked}`]),
  ]);
  return {
    text: lines.join('\n'),
    json: versions,
    exitCode: versions.some(({ problems }) => problems.length > 0) ? 1 : 0,
  };
}

async function runWarm(command: Of<'warm'>, session: Session): Promise<CommandResult> {
  if (command.print) {
    const json = await describeTemplate(command, session);
    return { text: JSON.stringify(json, null, 2), json, exitCode: 0 };
  }
  const { template, directory, changed, bytes } = await session.steps.run('create template', async (log) =>
    makeTemplate(command, { ...session, log }),
  );
  return {
    text: renderRows([
      ['template', template.key],
      ['image', `${template.image}.${template.version}`],
      ['directory', directory],
      ['on disk', formatBytes(bytes)],
    ]).join('\n'),
    json: { ...template, directory, changed, bytes },
    exitCode: changed ? 0 : nothingToDo,
  };
}

async function runForget({ image, root, store }: Of<'forget'>, session: Session): Promise<CommandResult> {
  const uri = store === undefined ? {} : { uri: openSource({ address: store }, session).uri(indexKey(image)) };
  const forgotten = await session.steps.run('forget', async (log) =>
    forgetSeen({ image, root, ...uri }, { ...session, log }),
  );
  const lines = formatForgotten(forgotten, image);
  return lines.length === 0
    ? { text: `nothing to forget about ${image} in ${root}`, json: forgotten, exitCode: nothingToDo }
    : { text: lines.join('\n'), json: forgotten, exitCode: 0 };
}

async function runUser({ root: path, name }: Of<'user'>, session: Session): Promise<CommandResult> {
  const root = resolve(path);
  const setting =
    name === undefined
      ? await readVmUser(root, session)
      : await session.steps.run('set VM user', async (log) => setVmUser({ root, name }, { ...session, log }));
  return {
    text: setting.vmUser ?? 'no user is set (set one with "ch-golden host user NAME")',
    json: setting,
    exitCode: 0,
  };
}

function formatVersion(version: HostVersion): string {
  const { use, state, rolledBack, revoked, signedBy, rejected, created, rawCopy, templates = [] } = version;
  return [
    ...(use === 'none' ? [] : [use]),
    ...(state === 'whole' ? [] : [state]),
    ...(rolledBack ? ['rolled back'] : []),
    ...(revoked === undefined ? [] : [`REVOKED: ${revoked}`]),
    `built ${created}`,
    ...(signedBy === undefined ? [] : [`signed by ${formatVersionSigner(signedBy)}`]),
    ...(rejected === undefined ? [] : [`REJECTED: ${rejected}`]),
    ...(rawCopy === undefined ? [] : [`raw copy of ${formatBytes(rawCopy.bytes)}`]),
    ...templates.map(
      ({ cpus, memoryMiB, bytes }) =>
        `template for ${formatCount(cpus, 'CPU')} and ${formatBytes(memoryMiB * mebibyte)} (${formatBytes(bytes)})`,
    ),
  ].join(', ');
}

function formatForgotten({ stores, revoked, problem }: Forgotten, image: string): readonly string[] {
  return [
    ...(problem === undefined ? [] : [`forgot everything this host has seen of ${image}: ${problem}`]),
    ...stores.map(({ uri, generation }) => `forgot generation ${generation} of ${uri}`),
    ...revoked.map(
      ({ version, reason, store }) => `forgot that ${store} reported ${image}.${version} as revoked: ${reason}`,
    ),
  ];
}

function formatPrune(
  plan: PrunePlan,
  { image, apply }: { readonly image: string; readonly apply: boolean },
): readonly string[] {
  const { keep, remove, templates, files, bytes } = plan;
  const kept = [
    ...keep.map(({ version, reason }) => `keeps ${image}.${version}: ${reason}`),
    ...templates.filter(({ action }) => action === 'keep').map((one) => `keeps ${formatTemplate(image, one)}`),
  ];
  const old = templates.filter(({ action }) => action === 'remove');
  if (remove.length === 0 && files.length === 0 && old.length === 0) return [...kept, 'nothing to remove'];
  return [
    ...kept,
    ...remove.map((version) => `${apply ? 'removed' : 'would remove'} ${image}.${version}`),
    ...old.map((one) => `${apply ? 'removed' : 'would remove'} ${formatTemplate(image, one)}`),
    ...files.map((file) => `  ${file}`),
    apply
      ? `freed ${formatBytes(bytes)}`
      : `would free ${formatBytes(bytes)} (remove them with "ch-golden host prune --yes")`,
  ];
}

function formatTemplate(image: string, { version, key, reason }: PrunePlan['templates'][number]): string {
  return `template ${key} of ${image}.${version}: ${reason}`;
}
