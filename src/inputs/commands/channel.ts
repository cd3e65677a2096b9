import type { Command } from 'commander';
import { UsageError } from '../../platform/errors.js';
import { checkImageName } from '../../store/names.js';
import { readStore } from '../build-inputs.js';
import { attestInputDefinitions, readChannelInputs, usualChannels, type ChannelInputs } from '../channel-inputs.js';
import { signingInputs } from '../signing-inputs.js';
import { addInputs, rawOf, select, storeInputs, type Options } from './options.js';

const writerInputs = select([...storeInputs, ...signingInputs]);

/** What moves channels, revokes versions and signs them. */
export type ChannelCommand = { readonly group: 'channel' } & ChannelInputs;

export function addChannelCommands(program: Command, choose: (command: ChannelCommand) => void): void {
  const read: Read = (operation, values, options) => {
    const raw = rawOf(options);
    choose({ group: 'channel', ...readChannelInputs((name) => (name === 'operation' ? operation : values[name] ?? raw(name))) });
  };
  const promote = program.command('promote').description('move a channel of a store to a version')
    .argument('<version>', 'a number, or the channel that names it')
    .option('--channel <name>', 'the channel to move', usualChannels.promote);
  addInputs(promote, writerInputs).action((version: string, options: Options) => read('promote', { version }, options));

  const rollback = program.command('rollback')
    .description('move a channel of a store back to the version that it named before, or where that is newer, as after a rollback, to the newest usable one below')
    .option('--channel <name>', 'the channel to move', usualChannels.rollback)
    .option('--to <version>', 'to this number instead, which must not be newer');
  addInputs(rollback, writerInputs).action((options: Options) => read('rollback', { version: rawOf(options)('to') }, options));

  const revoke = program.command('revoke').description('mark a version as not to be used, and move every channel off it: to the replacement, or back as rollback does')
    .argument('[version]', 'a number')
    .requiredOption('--reason <text>', 'why, in one line: hosts that refuse the version say it')
    .option('--replacement <version>', 'the number of the version to use instead')
    .option('--base-serial <serial>', 'instead of one version, every live one that was made from the base with this serial');
  addInputs(revoke, writerInputs)
    .action((version: string | undefined, options: Options) => read('revoke', { version: version ?? '' }, options));
  addSignatureCommands(program, read, choose);
}

type Read = (operation: string, values: Readonly<Record<string, string>>, options: Options) => void;

function addSignatureCommands(program: Command, read: Read, choose: (command: ChannelCommand) => void): void {
  const sign = program.command('sign').description('add your signature to versions that are in the store, and sign the index')
    .argument('[version]', 'a number or a channel')
    .option('--all', 'every version that is not revoked', false)
    .option('--remove-signatures', 'take the signature off the index, so that it can be changed without a key', false);
  addInputs(sign, writerInputs).action((version: string | undefined, options: Options) => {
    const [all, remove] = [options['all'] === true, options['removeSignatures'] === true];
    if ([version !== undefined, all, remove].filter(Boolean).length !== 1) {
      throw new UsageError('sign takes one of: a version, --all, --remove-signatures', { mend: 'ch-golden sign --all --sign-key FILE' });
    }
    const raw = rawOf(options);
    const operation = { operation: 'unsign' } as const;
    if (remove) choose({ group: 'channel', store: readStore(raw), image: checkImageName(raw('image-name')), operation });
    else read('sign', { version: version ?? '' }, options);
  });
  const attest = program.command('attest')
    .description('store the Sigstore bundle of a version, so that hosts can verify which workflow built it')
    .argument('<version>', 'a number or a channel');
  addInputs(attest, [...select(storeInputs), ...attestInputDefinitions])
    .action((version: string, options: Options) => read('attest', { version }, options));
}
