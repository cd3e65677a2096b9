import { UsageError } from '../platform/errors.js';
import type { ChannelOperation } from '../store/change-channels.js';
import { parseChannelName, parseImageName } from '../store/names.js';
import type { StorePlace } from '../objects/open-store.js';
import { readStore } from './build-inputs.js';
import {
  channelInputDefinitions,
  operationInputs,
  operations,
  withDefaults,
  type Operation,
  type RawInputs,
} from './definitions.js';
import { parseChoice, parseReason, parseText, parseVersion, parseWanted } from './parse.js';
import { readSigning, type SigningInputs } from './signing-inputs.js';

/** The channel that an operation moves by default. */
export const usualChannels = { promote: 'stable', rollback: 'latest' } as const;

/** What can be done to the signatures of versions that are there. */
export type SignatureOperation =
  /** Without `wanted`: all versions. */
  | { readonly operation: 'sign'; readonly wanted?: number | string }
  | { readonly operation: 'unsign' }
  | {
      readonly operation: 'attest';
      readonly wanted: number | string;
      readonly bundle: string;
      readonly trustedRoot?: string;
    };

export interface ChannelInputs {
  readonly store: StorePlace;
  readonly image: string;
  readonly operation: ChannelOperation | SignatureOperation;
  readonly signing?: SigningInputs;
}

/** Reads and checks what is to be done to a channel or to versions. @throws UsageError */
export function readChannelInputs(given: RawInputs): ChannelInputs {
  const raw = withDefaults(channelInputDefinitions, given);
  return {
    store: readStore(given),
    image: parseImageName(raw('image-name')),
    operation: readOperation(raw),
    ...readSigning(given),
  };
}

function readOperation(raw: RawInputs): ChannelInputs['operation'] {
  const operation = parseChoice('operation', raw('operation'), operations);
  rejectOthers(operation, raw);
  switch (operation) {
    case 'promote':
      return {
        operation,
        channel: readChannel(raw, operation),
        wanted: parseWanted(requireValue(raw, 'version', 'a number or a channel')),
      };
    case 'rollback':
      return {
        operation,
        channel: readChannel(raw, operation),
        ...(raw('version') === '' ? {} : { to: parseVersion('version', raw('version')) }),
      };
    case 'revoke':
      return {
        operation,
        which: readRevoked(raw),
        reason: parseReason('reason', requireValue(raw, 'reason', 'hosts that refuse the version say it')),
        ...(raw('replacement') === '' ? {} : { replacement: parseVersion('replacement', raw('replacement')) }),
      };
    case 'sign':
      return { operation, ...(raw('version') === '' ? {} : { wanted: parseWanted(raw('version')) }) };
    case 'attest':
      return readAttest(raw);
  }
}

function readAttest(raw: RawInputs): SignatureOperation {
  const trustedRoot = parseText('trusted-root', raw('trusted-root'));
  return {
    operation: 'attest',
    wanted: parseWanted(requireValue(raw, 'version', 'the version that the bundle is about')),
    bundle: parseText('bundle', requireValue(raw, 'bundle', 'the path of the file that actions/attest wrote')) ?? '',
    ...(trustedRoot === undefined ? {} : { trustedRoot }),
  };
}

function readChannel(raw: RawInputs, operation: keyof typeof usualChannels): string {
  return parseChannelName(raw('channel') || usualChannels[operation]);
}

function readRevoked(raw: RawInputs): { readonly version: number } | { readonly baseSerial: string } {
  const baseSerial = parseText('base-serial', raw('base-serial'));
  if ((baseSerial === undefined) === (raw('version') === '')) {
    throw new UsageError('revoke takes either version or base-serial', { fix: 'give one of the two' });
  }
  return baseSerial === undefined ? { version: parseVersion('version', raw('version')) } : { baseSerial };
}

/** An input that would be ignored is not what the user wants. */
function rejectOthers(operation: Operation, raw: RawInputs): void {
  const own: readonly string[] = operationInputs[operation];
  const given = Object.values(operationInputs)
    .flat()
    .find((name) => !own.includes(name) && raw(name) !== '');
  if (given !== undefined)
    throw new UsageError(`${given} is given, but ${operation} has no use for it`, { fix: `leave out ${given}` });
}

function requireValue(raw: RawInputs, name: string, why: string): string {
  if (raw(name) === '') throw new UsageError(`${name} is empty`, { fix: `give it: ${why}` });
  return raw(name);
}
