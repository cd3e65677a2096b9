import type { Command } from 'commander';
import { UsageError } from '../../platform/errors.js';
import {
  attestInputDefinitions,
  channelInputDefinitions,
  inGroup,
  promoteInputDefinitions,
  selectInputs,
  signingInputs,
  type InputDefinition,
} from '../definitions.js';
import { readChannelInputs, usualChannels, type ChannelInputs } from '../channel-inputs.js';
import { addInputs, rawOf, select, storeInputs, storeOf, type Options } from './options.js';

const writerInputs = select([...storeInputs, ...signingInputs]);

/** In `action.yml` they say which operations they are for. */
function forCommand(definitions: readonly InputDefinition[]): readonly InputDefinition[] {
  return definitions.map((definition) => {
    const text = definition.description.replace(/^(\w+(, )?)+: /, '');
    return { ...definition, description: text.charAt(0).toUpperCase() + text.slice(1) };
  });
}

/** Commands that move channels, revoke versions and sign them. */
export type ChannelCommand = { readonly group: 'channel' } & ChannelInputs;

export function addChannelCommands(program: Command, choose: (command: ChannelCommand) => void): void {
  const read: Read = (operation, values, options) => {
    const raw = rawOf(options);
    choose({
      group: 'channel',
      ...readChannelInputs((name) => (name === 'operation' ? operation : (values[name] ?? raw(name)))),
    });
  };
  const promote = program
    .command('promote')
    .description('Move a channel to a version')
    .argument('<version>', 'Number or channel')
    .option('--channel <name>', 'Channel to move', usualChannels.promote);
  const trustedRoot = selectInputs(attestInputDefinitions, ['trusted-root']);
  const verification = inGroup('Verification', forCommand([...promoteInputDefinitions, ...trustedRoot]));
  addInputs(promote, [...verification, ...writerInputs]).action((version: string, options: Options) =>
    read('promote', { version }, options),
  );

  const rollback = program
    .command('rollback')
    .description('Move a channel back to its previous version')
    .option('--channel <name>', 'Channel to move', usualChannels.rollback)
    .option('--to <version>', 'Version to move to; must not be newer');
  addInputs(rollback, writerInputs).action((options: Options) =>
    read('rollback', { version: rawOf(options)('to') }, options),
  );

  const revoke = program
    .command('revoke')
    .description('Revoke a version, and move every channel off it')
    .argument('[version]', 'Number')
    .requiredOption('--reason <text>', 'Reason, in one line. Hosts print it when they reject the version')
    .option('--replacement <version>', 'Version to use instead (default: roll the channels back)')
    .option('--base-serial <serial>', 'Revoke every live version built from this base instead');
  addInputs(revoke, writerInputs).action((version: string | undefined, options: Options) =>
    read('revoke', { version: version ?? '' }, options),
  );
  addSignatureCommands(program, read, choose);
  addTransferCommands(program, read);
}

type Read = (operation: string, values: Readonly<Record<string, string>>, options: Options) => void;

function addSignatureCommands(program: Command, read: Read, choose: (command: ChannelCommand) => void): void {
  const sign = program
    .command('sign')
    .description('Sign published versions and the index')
    .argument('[version]', 'Number or channel')
    .option('--all', 'Sign every version that is not revoked', false)
    .option('--remove-signatures', "Remove the index's signature, so that it can be changed without a key", false);
  addInputs(sign, writerInputs).action((version: string | undefined, options: Options) => {
    const [all, remove] = [options['all'] === true, options['removeSignatures'] === true];
    if ([version !== undefined, all, remove].filter(Boolean).length !== 1) {
      throw new UsageError('sign needs exactly one of: a version, --all, --remove-signatures', {
        fix: 'ch-golden sign --all --sign-key FILE',
      });
    }
    const operation = { operation: 'unsign' } as const;
    if (remove) choose({ group: 'channel', ...storeOf(options), operation });
    else read('sign', { version: version ?? '' }, options);
  });
  const attest = program
    .command('attest')
    .description('Store the Sigstore bundle of a version, so that hosts can verify which workflow attested it')
    .argument('<version>', 'Number or channel');
  addInputs(attest, [...forCommand(attestInputDefinitions), ...select(storeInputs)]).action(
    (version: string, options: Options) => read('attest', { version }, options),
  );
}

/** They let a build run without access to the store. */
function addTransferCommands(program: Command, read: Read): void {
  program.commandsGroup('Builds without access to the store:');
  const exported = program
    .command('export')
    .description('Copy everything a build reads from a store into a directory, without images')
    .argument('<dir>', "Empty directory, to be used as the build's store");
  addInputs(exported, select(storeInputs)).action((dir: string, options: Options) =>
    read('export', { directory: dir }, options),
  );
  const trim = program
    .command('trim')
    .description('Remove what the store already has from a directory that a build published into')
    .argument('<dir>', 'Directory that ch-golden export created')
    .argument('<version>', 'Number of the version that the build published');
  addInputs(trim, select(['image-name'])).action((dir: string, version: string, options: Options) =>
    read('trim', { directory: dir, version }, options),
  );
  const publish = program
    .command('publish')
    .description('Verify a version that a build published into a directory, and publish it to a store')
    .argument('<dir>', 'Directory that the build used as its store')
    .option('--version <n>', 'Version number. Defaults to the version that the channel points to in the directory')
    .option('--channel <name>', 'Channel to move to the version', usualChannels.publish);
  addInputs(publish, [
    ...writerInputs,
    ...forCommand(selectInputs(channelInputDefinitions, ['keep', 'unsafe-store'])),
  ]).action((dir: string, options: Options) => read('publish', { directory: dir }, options));
}
