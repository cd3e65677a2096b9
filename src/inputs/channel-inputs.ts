import { UsageError } from '../platform/errors.js';
import type { ChannelOperation } from '../store/change-channels.js';
import { checkChannelName, checkImageName } from '../store/names.js';
import type { StorePlace } from '../store/open-store.js';
import { readStore } from './build-inputs.js';
import { storeDetailDefinitions, withDefaults, type InputDefinition, type RawInputs } from './definitions.js';
import { parseChoice, parseReason, parseText, parseVersion, parseWanted } from './parse.js';

const operations = ['promote', 'rollback', 'revoke'] as const;

/** The channel that an operation moves where none is given. */
export const usualChannels = { promote: 'stable', rollback: 'latest' } as const;

/** Every input of `channel/action.yml`, in its order. */
export const channelInputDefinitions: readonly InputDefinition[] = [
  { name: 'operation', description: 'What to do: promote moves a channel to a version, rollback moves it back, revoke marks versions as not to be used.', default: '', values: operations },
  { name: 'version', description: 'promote: a number or a channel. rollback: a number; the version before where it is empty. revoke: a number.', default: '' },
  { name: 'channel', description: 'The channel to move; where it is empty, promote moves stable, and rollback latest.', default: '' },
  { name: 'reason', description: 'Why versions are revoked, in one line: hosts that refuse them say it.', default: '' },
  { name: 'replacement', description: 'The number of the version to use instead of a revoked one; channels are moved to it.', default: '' },
  { name: 'base-serial', description: 'Revoke every version that was made from the base with this serial, instead of one by its number.', default: '' },
  { name: 'store', description: 'Where the versions are: s3://BUCKET/PREFIX, the path of a folder, or file:///PATH.', default: '' },
  ...storeDetailDefinitions,
];

export interface ChannelInputs {
  readonly store: StorePlace;
  readonly image: string;
  readonly operation: ChannelOperation;
}

/** Reads and checks what is to be done to a channel or to versions. @throws UsageError */
export function readChannelInputs(given: RawInputs): ChannelInputs {
  const raw = withDefaults(channelInputDefinitions, given);
  return { store: readStore(given), image: checkImageName(raw('image-name')), operation: readOperation(raw) };
}

function readOperation(raw: RawInputs): ChannelOperation {
  const operation = parseChoice('operation', raw('operation'), operations);
  refuseOthers(operation, operation === 'revoke' ? ['channel'] : ['reason', 'replacement', 'base-serial'], raw);
  switch (operation) {
    case 'promote': return { operation, channel: readChannel(raw, operation), wanted: parseWanted(requireValue(raw, 'version', 'a number or a channel')) };
    case 'rollback': return { operation, channel: readChannel(raw, operation), ...(raw('version') === '' ? {} : { to: parseVersion('version', raw('version')) }) };
    case 'revoke': return {
      operation, which: readRevoked(raw), reason: parseReason('reason', requireValue(raw, 'reason', 'hosts that refuse the version say it')),
      ...(raw('replacement') === '' ? {} : { replacement: parseVersion('replacement', raw('replacement')) }),
    };
  }
}

function readChannel(raw: RawInputs, operation: keyof typeof usualChannels): string {
  return checkChannelName(raw('channel') || usualChannels[operation]);
}

function readRevoked(raw: RawInputs): { readonly version: number } | { readonly baseSerial: string } {
  const baseSerial = parseText('base-serial', raw('base-serial'));
  if ((baseSerial === undefined) === (raw('version') === '')) {
    throw new UsageError('revoke takes either version or base-serial', { mend: 'give one of the two' });
  }
  return baseSerial === undefined ? { version: parseVersion('version', raw('version')) } : { baseSerial };
}

/** An input that would be ignored is not what the user wants. */
function refuseOthers(operation: string, names: readonly string[], raw: RawInputs): void {
  const given = names.find((name) => raw(name) !== '');
  if (given !== undefined) throw new UsageError(`${given} is given, but ${operation} has no use for it`, { mend: `leave out ${given}` });
}

function requireValue(raw: RawInputs, name: string, why: string): string {
  if (raw(name) === '') throw new UsageError(`${name} is empty`, { mend: `give it: ${why}` });
  return raw(name);
}
