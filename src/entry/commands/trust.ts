import { changeTrust, type TrustReport } from '../../app/change-trust.js';
import type { TrustCommand } from '../../inputs/commands/trust.js';
import { formatCount } from '../../platform/format.js';
import type { Session } from '../../platform/session.js';
import { renderRows } from '../../report/render-text.js';
import { shortenId } from '../../trust/dsse.js';
import { formatIdentity } from '../../trust/github-identity.js';
import { identityId, type TrustPolicy } from '../../trust/policy.js';
import { nothingToDo, type CommandResult } from './result.js';

export async function runTrustCommand(command: TrustCommand, session: Session): Promise<CommandResult> {
  const report = await session.steps.run(`trust ${command.command}`, async (log) =>
    changeTrust(command, { ...session, log }),
  );
  const isUnchanged = command.command !== 'list' && !report.changed;
  return { text: formatTrust(report).join('\n'), json: toJson(report), exitCode: isUnchanged ? nothingToDo : 0 };
}

function formatTrust({ path, policy }: TrustReport): readonly string[] {
  if (policy === undefined) return [`no trust policy in ${path}: signatures are not verified`];
  const { keys, identities } = policy;
  if (keys.length + identities.length === 0) {
    return [`${path} has no entries: every version is rejected (to turn off verification, remove the file)`];
  }
  return renderRows([
    ...keys.map(
      ({ key, uses, comment }) =>
        [shortenId(key.id), `key for ${uses.join(' and ')}${comment === undefined ? '' : `: ${comment}`}`] as const,
    ),
    ...identities.map(
      (identity) => [shortenId(identityId(identity)), `${formatIdentity(identity)}${formatRoots(identity)}`] as const,
    ),
  ]);
}

function formatRoots({ trustedRoots }: TrustPolicy['identities'][number]): string {
  return trustedRoots === undefined ? '' : `, verified by ${formatCount(trustedRoots.length, 'private trusted root')}`;
}

function toJson({ path, policy, changed }: TrustReport): object {
  return {
    path,
    changed,
    ...(policy === undefined
      ? {}
      : {
          keys: policy.keys.map(({ key, uses, comment }) => ({ id: key.id, for: uses, comment })),
          identities: policy.identities.map(({ trustedRoots, ...identity }) => ({
            id: identityId(identity),
            ...identity,
            ownTrustedRoots: trustedRoots?.length ?? 0,
          })),
        }),
  };
}
