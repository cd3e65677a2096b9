import type { Command } from 'commander';
import { readChannelInputs, usualChannels, type ChannelInputs } from '../channel-inputs.js';
import { addInputs, rawOf, select, storeInputs, type Options } from './options.js';

/** What moves channels and revokes versions. */
export type ChannelCommand = { readonly group: 'channel' } & ChannelInputs;

export function addChannelCommands(program: Command, choose: (command: ChannelCommand) => void): void {
  const read = (operation: string, values: Readonly<Record<string, string>>, options: Options): void => {
    const raw = rawOf(options);
    choose({ group: 'channel', ...readChannelInputs((name) => (name === 'operation' ? operation : values[name] ?? raw(name))) });
  };
  const promote = program.command('promote').description('move a channel of a store to a version')
    .argument('<version>', 'a number, or the channel that names it')
    .option('--channel <name>', 'the channel to move', usualChannels.promote);
  addInputs(promote, select(storeInputs)).action((version: string, options: Options) => read('promote', { version }, options));

  const rollback = program.command('rollback')
    .description('move a channel of a store back to the version that it named before, or where that is newer, as after a rollback, to the newest usable one below')
    .option('--channel <name>', 'the channel to move', usualChannels.rollback)
    .option('--to <version>', 'to this number instead, which must not be newer');
  addInputs(rollback, select(storeInputs)).action((options: Options) => read('rollback', { version: rawOf(options)('to') }, options));

  const revoke = program.command('revoke').description('mark a version as not to be used, and move every channel off it: to the replacement, or back as rollback does')
    .argument('[version]', 'a number')
    .requiredOption('--reason <text>', 'why, in one line: hosts that refuse the version say it')
    .option('--replacement <version>', 'the number of the version to use instead')
    .option('--base-serial <serial>', 'instead of one version, every live one that was made from the base with this serial');
  addInputs(revoke, select(storeInputs)).action((version: string | undefined, options: Options) => read('revoke', { version: version ?? '' }, options));
}
