import type { ChannelInputs } from '../inputs/channel-inputs.js';
import type { Session } from '../platform/session.js';
import { changeChannels, type ChannelChange, type ChannelOperation } from '../store/change-channels.js';
import type { ObjectStore } from '../objects/object-store.js';
import { openStore } from '../objects/open-store.js';
import type { Signer } from '../store/signer.js';
import { tryGetChannel, type Revocation } from '../store/index/store-index.js';
import type { ChannelReport } from './channel-report.js';
import { attestImage, removeSignature, signVersions } from './sign-image.js';

/** Carries out an operation on channels or signatures. */
export async function runChannelOperation(inputs: ChannelInputs, session: ChannelSession): Promise<ChannelReport> {
  const { operation, image } = inputs;
  const store = openStore(inputs.store, session);
  return session.steps.run(`${operation.operation} ${image}`, async () => {
    switch (operation.operation) {
      case 'sign':
        return signVersions({ image, ...operation }, { ...session, store });
      case 'unsign':
        return removeSignature(image, { ...session, store });
      case 'attest':
        return attestImage({ image, ...operation }, { ...session, store });
      case 'promote':
      case 'rollback':
      case 'revoke':
        return moveChannel(image, operation, { ...session, store });
    }
  });
}

export type ChannelSession = Session & { readonly signer?: Signer };

/** Moves a channel, or revokes versions: one compare-and-swap. */
async function moveChannel(
  image: string,
  operation: ChannelOperation,
  ports: ChannelSession & { readonly store: ObjectStore },
): Promise<ChannelReport> {
  const change = await changeChannels({ image, owner: ports.owner, operation }, ports);
  const { changed, moves } = change;
  const versions = listVersions(operation, change);
  const lines = changed ? formatChange(image, change) : [formatNothing(operation, versions)];
  return { operation: operation.operation, image, changed, versions, moves, lines };
}

/** The outputs of the channel action, by name. */
export function toChannelOutputs({
  operation,
  versions,
  moves: [move],
  changed,
}: ChannelReport): Readonly<Record<string, string>> {
  return {
    version: versions.join(','),
    previous: operation === 'revoke' || move?.from === undefined ? '' : String(move.from),
    changed: String(changed),
  };
}

function listVersions(operation: ChannelOperation, { revoked, index }: ChannelChange): readonly number[] {
  if (operation.operation !== 'revoke') return [tryGetChannel(index, operation.channel)?.version ?? []].flat();
  return 'version' in operation.which ? [operation.which.version] : revoked;
}

function formatChange(image: string, { revoked, moves, index }: ChannelChange): readonly string[] {
  return [
    ...revoked.map((version) => `Revoked ${image}.${version}: ${formatRevocation(index.revoked[version])}`),
    ...moves.map(({ channel, from, to }) => `${channel}: ${from === undefined ? '' : `${from} → `}${to}`),
  ];
}

function formatRevocation(revocation: Revocation | undefined): string {
  return `${revocation?.reason ?? ''}${revocation?.replacement === undefined ? '' : `; use ${revocation.replacement}`}`;
}

function formatNothing(operation: ChannelOperation, versions: readonly number[]): string {
  const state =
    operation.operation === 'revoke'
      ? 'already revoked'
      : `channel ${operation.channel} already points to ${versions.join()}`;
  return `Nothing to do: ${state}`;
}
