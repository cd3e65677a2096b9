import { UsageError } from '../platform/errors.js';
import type { ChannelOperation } from '../store/change-channels.js';
import { parseChannelName, parseImageName } from '../store/names.js';
import type { StorePlace } from '../objects/open-store.js';
import { readStore } from './build-inputs.js';
import {
  buildInputDefinitions,
  selectInputs,
  storeDetailDefinitions,
  withDefaults,
  type InputDefinition,
  type RawInputs,
} from './definitions.js';
import { parseChoice, parseReason, parseText, parseVersion, parseWanted } from './parse.js';
import { readSigning, signingInputs, type SigningInputs } from './signing-inputs.js';

/** The inputs that each operation has, besides those that all take. */
const inputsOf = {
  promote: ['version', 'channel'],
  rollback: ['version', 'channel'],
  revoke: ['version', 'reason', 'replacement', 'base-serial'],
  sign: ['version'],
  attest: ['version', 'bundle', 'trusted-root'],
} as const;

type Operation = keyof typeof inputsOf;

const operations = Object.keys(inputsOf) as readonly Operation[];

/** The channel that an operation moves where none is given. */
export const usualChannels = { promote: 'stable', rollback: 'latest' } as const;

/** Paths of files on this machine. */
export const attestInputDefinitions: readonly InputDefinition[] = [
  {
    name: 'bundle',
    metavar: 'file',
    description: 'attest: path of the Sigstore bundle that actions/attest created for the manifest.',
    default: '',
  },
  {
    name: 'trusted-root',
    metavar: 'file',
    description:
      'attest: path of the trusted root to verify the bundle with. By default that of the public Sigstore instance.',
    default: '',
  },
];

/** Every input of `channel/action.yml`, in its order. */
export const channelInputDefinitions: readonly InputDefinition[] = [
  {
    name: 'operation',
    description:
      'What to do: promote moves a channel to a version, rollback moves it back, revoke marks versions as not to be used, sign signs versions and the index with sign-key, attest stores a Sigstore bundle of a version.',
    default: '',
    values: operations,
  },
  {
    name: 'version',
    description:
      'promote, sign, attest: a number or a channel. rollback, revoke: a number. By default rollback uses the previous version, and sign all versions.',
    default: '',
  },
  {
    name: 'channel',
    description: 'Channel to move. By default promote moves stable, and rollback moves latest.',
    default: '',
  },
  {
    name: 'reason',
    description: 'Why versions are revoked, in one line. Hosts that reject them print it.',
    default: '',
  },
  {
    name: 'replacement',
    description: 'Number of the version to use instead of a revoked one. Channels are moved to it.',
    default: '',
  },
  {
    name: 'base-serial',
    description: 'Revoke every version built from the base with this serial, instead of one version by number.',
    default: '',
  },
  {
    name: 'store',
    metavar: 'address',
    description: 'Store with the versions: s3://BUCKET/PREFIX, the path of a directory, or file:///PATH.',
    default: '',
  },
  ...storeDetailDefinitions,
  ...selectInputs(buildInputDefinitions, signingInputs),
  ...attestInputDefinitions,
];

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
  const own: readonly string[] = inputsOf[operation];
  const given = Object.values(inputsOf)
    .flat()
    .find((name) => !own.includes(name) && raw(name) !== '');
  if (given !== undefined)
    throw new UsageError(`${given} is given, but ${operation} has no use for it`, { fix: `leave out ${given}` });
}

function requireValue(raw: RawInputs, name: string, why: string): string {
  if (raw(name) === '') throw new UsageError(`${name} is empty`, { fix: `give it: ${why}` });
  return raw(name);
}
