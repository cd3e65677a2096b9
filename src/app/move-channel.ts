import type { ChannelInputs, TransferOperation } from '../inputs/channel-inputs.js';
import { changeChannels, type ChannelChange, type ChannelOperation } from '../store/change-channels.js';
import type { ObjectStore } from '../objects/object-store.js';
import { openStore } from '../objects/open-store.js';
import { tryGetChannel, type Revocation } from '../store/index/store-index.js';
import { findVersion } from '../store/read-versions.js';
import type { ChannelReport } from './channel-report.js';
import type { ChannelSession } from './channel-session.js';
import { exportStore, publishFrom, trimStaged, type PublishFromPorts } from './publish-from.js';
import { verifySigners } from './verify-signers.js';
import { attestImage, removeSignature, signVersions } from './sign-image.js';

/** Carries out an operation on channels or signatures, or a transfer between a store and a build. */
export async function runChannelOperation(inputs: ChannelInputs, session: PublishFromPorts): Promise<ChannelReport> {
  const { operation, image } = inputs;
  if (isTransfer(operation)) return transfer(operation, inputs, session);
  const store = openStore(inputs.store, session);
  return session.steps.run(`${operation.operation} ${image}`, async () =>
    changeStore(operation, image, { ...session, store }),
  );
}

function isTransfer(operation: ChannelInputs['operation']): operation is TransferOperation {
  return ['export', 'trim', 'publish'].includes(operation.operation);
}

type StorePorts = ChannelSession & { readonly store: ObjectStore };

async function changeStore(
  operation: Exclude<ChannelInputs['operation'], TransferOperation>,
  image: string,
  ports: StorePorts,
): Promise<ChannelReport> {
  switch (operation.operation) {
    case 'sign':
      return signVersions({ image, ...operation }, ports);
    case 'unsign':
      return removeSignature(image, ports);
    case 'attest':
      return attestImage({ image, ...operation }, ports);
    case 'promote':
      return promoteVerified(image, operation, ports);
    case 'rollback':
    case 'revoke':
      return moveChannel(image, operation, ports);
  }
}

async function transfer(
  operation: TransferOperation,
  { image, store }: ChannelInputs,
  session: PublishFromPorts,
): Promise<ChannelReport> {
  const report = { operation: operation.operation, image, moves: [] };
  switch (operation.operation) {
    case 'export': {
      const versions = await exportStore({ ...operation, store, image }, session);
      return { ...report, changed: true, versions, lines: [`Exported ${formatVersions(image, versions)}`] };
    }
    case 'trim': {
      await trimStaged({ ...operation, image }, session);
      const versions = [operation.version];
      return { ...report, changed: true, versions, lines: [`Trimmed ${formatVersions(image, versions)}`] };
    }
    case 'publish': {
      const { changed, version, uris } = await publishFrom({ ...operation, store, image }, session);
      const { manifest, manifestSha256 } = version;
      const imageSha256 = manifest.files.find(({ role }) => role === 'image')?.sha256 ?? '';
      const published = { imageUri: uris.image, imageSha256, manifestSha256 };
      const line = `${image}.${manifest.version} ${changed ? 'published' : 'is already published'}: ${uris.image}`;
      return { ...report, changed, versions: [manifest.version], lines: [line], published };
    }
  }
}

function formatVersions(image: string, versions: readonly number[]): string {
  return versions.map((version) => `${image}.${version}`).join(', ') || `${image}, which has no version yet`;
}

/** Moves a channel to a version that everyone who must have signed it has signed. */
async function promoteVerified(
  image: string,
  { signers, ...operation }: Extract<ChannelInputs['operation'], { readonly operation: 'promote' }>,
  ports: StorePorts,
): Promise<ChannelReport> {
  if (signers === undefined) return moveChannel(image, operation, ports);
  const found = await findVersion(image, operation.wanted, ports.store);
  const lines = await verifySigners(found, signers, ports);
  const verified = { wanted: found.manifest.version, manifestSha256: found.manifestSha256 };
  const report = await moveChannel(image, { ...operation, ...verified }, ports);
  return { ...report, lines: [...lines, ...report.lines] };
}

/** Moves a channel, or revokes versions: one compare-and-swap. */
async function moveChannel(image: string, operation: ChannelOperation, ports: StorePorts): Promise<ChannelReport> {
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
  published,
}: ChannelReport): Readonly<Record<string, string>> {
  return {
    version: versions.join(','),
    previous: operation === 'revoke' || move?.from === undefined ? '' : String(move.from),
    changed: String(changed),
    ...(published === undefined
      ? {}
      : {
          'image-uri': published.imageUri,
          'image-sha256': published.imageSha256,
          'manifest-sha256': published.manifestSha256,
        }),
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
