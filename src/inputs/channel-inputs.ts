import type { StorePlace } from '../objects/open-store.js';
import { UsageError } from '../platform/errors.js';
import type { ChannelOperation } from '../store/change-channels.js';
import { parseChannelName, parseImageName } from '../store/names.js';
import { readStore } from './build-inputs.js';
import {
  channelInputDefinitions,
  operationInputs,
  operations,
  withDefaults,
  type Operation,
  type RawInputs,
} from './definitions.js';
import { emptyInput, parseChoice, parsePath, parseReason, parseText, parseVersion, parseWanted } from './parse.js';
import { readAll } from './read-all.js';
import { readSigning, type SigningInputs } from './signing-inputs.js';

/** The channel that an operation moves by default. */
export const usualChannels = { promote: 'stable', rollback: 'latest' } as const;

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
  readonly operation: ChannelOperation | SignatureOperation;
  readonly signing?: SigningInputs | undefined;
}

/** Reads and checks the inputs of an operation on channels or versions before any work. @throws UsageError */
export function readChannelInputs(given: RawInputs): ChannelInputs {
  const raw = withDefaults(channelInputDefinitions, given);
  return readAll({
    operation: () => readOperation(raw),
    store: () => readStore(given),
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
  }
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
    .find((name) => !used.includes(name) && raw(name) !== '');
  if (unused !== undefined)
    throw new UsageError(`${unused} is set, but ${operation} does not use it`, { fix: `remove ${unused}` });
}

function requireValue(raw: RawInputs, name: string, what: string): string {
  if (raw(name) === '') throw emptyInput(name, `set it to ${what}`);
  return raw(name);
}
