import type { StorePlace } from '../objects/open-store.js';
import { UsageError } from '../platform/errors.js';
import type { ChannelOperation } from '../store/change-channels.js';
import { parseChannelName, parseImageName } from '../store/names.js';
import {
  issuerOf,
  parseRefPattern,
  parseRepository,
  parseWorkflow,
  type WorkflowIdentity,
} from '../trust/github-identity.js';
import { readStore } from './build-inputs.js';
import {
  channelInputDefinitions,
  operationInputs,
  operations,
  withDefaults,
  type Operation,
  type RawInputs,
} from './definitions.js';
import {
  emptyInput,
  parseBoolean,
  parseChoice,
  parseInteger,
  parsePath,
  parseReason,
  parseText,
  parseVersion,
  parseWanted,
} from './parse.js';
import { readAll } from './read-all.js';
import { readSigning, type SigningInputs } from './signing-inputs.js';

/** The channel that an operation moves by default. */
export const usualChannels = { promote: 'stable', rollback: 'latest', publish: 'latest' } as const;

/** Who must have signed a version: every kind that is requested. */
export interface RequiredSigners {
  /** The key that the operation signs with. */
  readonly key: boolean;
  /** One of these workflows; empty if none is required. */
  readonly identities: readonly WorkflowIdentity[];
  readonly trustedRoot: string | undefined;
}

type PromoteOperation = Extract<ChannelOperation, { readonly operation: 'promote' }> & {
  readonly signers?: RequiredSigners | undefined;
};

/** Operations that let a build run without access to the store. */
export type TransferOperation =
  | { readonly operation: 'export'; readonly directory: string }
  | { readonly operation: 'trim'; readonly directory: string; readonly version: number }
  | {
      readonly operation: 'publish';
      readonly directory: string;
      /** By default the version that the channel names in the directory. */
      readonly version: number | undefined;
      readonly channel: string;
      readonly keep: number;
      readonly unsafeStore: boolean;
    };

/** Operations on the signatures of existing versions. */
export type SignatureOperation =
  /** Without `wanted`: all versions. */
  | { readonly operation: 'sign'; readonly wanted?: number | string | undefined }
  | { readonly operation: 'unsign' }
  | {
      readonly operation: 'attest';
      readonly wanted: number | string;
      readonly bundle: string;
      readonly trustedRoot?: string | undefined;
    };

export interface ChannelInputs {
  readonly store: StorePlace;
  readonly image: string;
  readonly operation:
    | PromoteOperation
    | Exclude<ChannelOperation, { readonly operation: 'promote' }>
    | SignatureOperation
    | TransferOperation;
  readonly signing?: SigningInputs | undefined;
}

/** Reads and checks the inputs of an operation on channels or versions before any work. @throws UsageError */
export function readChannelInputs(given: RawInputs): ChannelInputs {
  const raw = withDefaults(channelInputDefinitions, given);
  return readAll({
    operation: () => readOperation(raw),
    // A directory is trimmed without its store.
    store: () => readStore(raw('operation') === 'trim' ? (name) => (name === 'store' ? raw('directory') : '') : given),
    image: () => parseImageName(raw('image-name')),
    signing: () => readSigning(given),
  });
}

function readOperation(raw: RawInputs): ChannelInputs['operation'] {
  if (raw('operation') === '') throw emptyInput('operation', `set it to one of ${operations.join(', ')}`);
  const operation = parseChoice('operation', raw('operation'), operations);
  const { values } = readAll({
    values: () => readValues(operation, raw),
    unused: () => rejectUnused(operation, raw),
  });
  return values;
}

function readValues(operation: Operation, raw: RawInputs): ChannelInputs['operation'] {
  switch (operation) {
    case 'promote':
      return {
        operation,
        ...readAll({
          channel: () => readChannel(raw, operation),
          wanted: () => parseWanted(requireValue(raw, 'version', 'a number or a channel')),
          signers: () => readSigners(raw),
        }),
      };
    case 'rollback':
      return {
        operation,
        ...readAll({ channel: () => readChannel(raw, operation), to: () => tryReadVersion(raw, 'version') }),
      };
    case 'revoke':
      return {
        operation,
        ...readAll({
          which: () => readRevoked(raw),
          reason: () =>
            parseReason('reason', requireValue(raw, 'reason', 'one line, which hosts that reject the version print')),
          replacement: () => tryReadVersion(raw, 'replacement'),
        }),
      };
    case 'sign':
      return { operation, wanted: raw('version') === '' ? undefined : parseWanted(raw('version')) };
    case 'attest':
      return { operation, ...readAttest(raw) };
    case 'export':
      return { operation, directory: readDirectory(raw) };
    case 'trim':
      return {
        operation,
        ...readAll({
          directory: () => readDirectory(raw),
          version: () => parseVersion('version', requireValue(raw, 'version', 'the number that the build published')),
        }),
      };
    case 'publish':
      return { operation, ...readPublish(raw) };
  }
}

function readPublish(raw: RawInputs): Omit<Extract<TransferOperation, { operation: 'publish' }>, 'operation'> {
  return readAll({
    directory: () => readDirectory(raw),
    version: () => tryReadVersion(raw, 'version'),
    channel: () => readChannel(raw, 'publish'),
    keep: () => parseInteger('keep', raw('keep'), { min: 2, max: 10_000 }),
    unsafeStore: () => parseBoolean('unsafe-store', raw('unsafe-store')),
  });
}

function readDirectory(raw: RawInputs): string {
  return parsePath('directory', raw('directory')) ?? requireValue(raw, 'directory', 'the path of a directory');
}

/** Undefined if nobody in particular must have signed. */
function readSigners(raw: RawInputs): RequiredSigners | undefined {
  const signers = readAll({
    key: () => parseBoolean('require-signature', raw('require-signature')),
    identities: () => readIdentities(raw),
    trustedRoot: () => parsePath('trusted-root', raw('trusted-root')),
  });
  if (signers.key && raw('sign-key') === '') {
    throw new UsageError('require-signature is set, but sign-key is empty', {
      fix: 'set sign-key, or require an attestation: set repository',
    });
  }
  return signers.key || signers.identities.length > 0 ? signers : undefined;
}

function readIdentities(raw: RawInputs): readonly WorkflowIdentity[] {
  if (raw('repository') === '') {
    const useless = ['workflow', 'ref', 'trusted-root'].find((name) => raw(name) !== '');
    if (useless === undefined) return [];
    throw new UsageError(`${useless} is set, but repository is empty`, { fix: `set repository, or remove ${useless}` });
  }
  const repository = parseRepository(raw('repository'));
  const paths = raw('workflow')
    .split(/\s+/)
    .filter((path) => path !== '');
  const { ref, workflows } = readAll({
    ref: () => parseRefPattern(raw('ref') || 'refs/heads/main'),
    workflows: () => paths.map((path) => parseWorkflow(path, repository)),
  });
  const identity = { issuer: issuerOf(repository), repository, ref };
  return workflows.length === 0 ? [identity] : workflows.map((workflow) => ({ ...identity, workflow }));
}

function readAttest(raw: RawInputs): Omit<Extract<SignatureOperation, { operation: 'attest' }>, 'operation'> {
  return readAll({
    wanted: () => parseWanted(requireValue(raw, 'version', 'the version that the bundle attests')),
    bundle: () =>
      parsePath('bundle', raw('bundle')) ?? requireValue(raw, 'bundle', 'the file that actions/attest wrote'),
    trustedRoot: () => parsePath('trusted-root', raw('trusted-root')),
  });
}

function readChannel(raw: RawInputs, operation: keyof typeof usualChannels): string {
  return parseChannelName(raw('channel') || usualChannels[operation]);
}

function readRevoked(raw: RawInputs): { readonly version: number } | { readonly baseSerial: string } {
  const { version, baseSerial } = readAll({
    version: () => tryReadVersion(raw, 'version'),
    baseSerial: () => parseText('base-serial', raw('base-serial')),
  });
  if (version !== undefined && baseSerial === undefined) return { version };
  if (version === undefined && baseSerial !== undefined) return { baseSerial };
  throw new UsageError('revoke needs either version or base-serial', { fix: 'set one of the two' });
}

function tryReadVersion(raw: RawInputs, name: string): number | undefined {
  return raw(name) === '' ? undefined : parseVersion(name, raw(name));
}

/** Rejects an input that would have no effect, because that cannot be what the user wants. */
function rejectUnused(operation: Operation, raw: RawInputs): void {
  const used: readonly string[] = operationInputs[operation];
  const unused = Object.values(operationInputs)
    .flat()
    .find((name) => !used.includes(name) && raw(name) !== getDefault(name));
  if (unused !== undefined)
    throw new UsageError(`${unused} is set, but ${operation} does not use it`, { fix: `remove ${unused}` });
}

function getDefault(name: string): string {
  return channelInputDefinitions.find((definition) => definition.name === name)?.default ?? '';
}

function requireValue(raw: RawInputs, name: string, what: string): string {
  if (raw(name) === '') throw emptyInput(name, `set it to ${what}`);
  return raw(name);
}
