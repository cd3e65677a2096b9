import type { Command } from 'commander';
import { anonymousInput, signingInputs } from '../definitions.js';
import { parseAge, parseInteger, parseWanted } from '../parse.js';
import { readSigning, type SigningInputs } from '../signing-inputs.js';
import {
  addInputs,
  rawOf,
  readWithStore,
  select,
  selectForReader,
  storeInputs,
  storeOf,
  type Options,
  type StoreSubject,
} from './options.js';

/** Commands that read the versions in a store, or clean it up. */
export type StoreCommand = { readonly group: 'store' } & StoreSubject &
  (
    | { readonly command: 'list'; readonly all: boolean }
    | { readonly command: 'show' | 'verify'; readonly wanted: number | string }
    | { readonly command: 'diff'; readonly from: number | string; readonly to: number | string }
    | {
        readonly command: 'prune';
        readonly keep: number;
        readonly graceMs: number;
        readonly apply: boolean;
        readonly signing?: SigningInputs | undefined;
      }
  );

const readerInputs = [...selectForReader(storeInputs), anonymousInput];

const readers = [
  ['show', 'Show the manifest of a version'],
  ['verify', 'Verify every byte of a version against its manifest'],
] as const;

export function addStoreCommands(program: Command, choose: (command: StoreCommand) => void): void {
  addReaders(program, choose);
  addPrune(program, choose);
}

function addReaders(program: Command, choose: (command: StoreCommand) => void): void {
  const list = program
    .command('list')
    .description('List the versions in a store, newest first')
    .option('--all', 'List all versions, not only the newest 20', false);
  addInputs(list, readerInputs).action((options: Options) =>
    choose({ group: 'store', command: 'list', ...storeOf(options), all: options['all'] === true }),
  );
  for (const [command, description] of readers) {
    addInputs(
      program.command(command).description(description).argument('[version]', 'Number or channel', 'latest'),
      readerInputs,
    ).action((wanted: string, options: Options) =>
      choose({
        group: 'store',
        command,
        ...readWithStore(options, { wanted: () => parseWanted(wanted) }),
      }),
    );
  }
  const diff = program
    .command('diff')
    .description('Compare two versions: packages, units, files, sizes, boot times')
    .argument('<from>', 'Number or channel')
    .argument('[to]', 'Number or channel', 'latest');
  addInputs(diff, readerInputs).action((from: string, to: string, options: Options) =>
    choose({
      group: 'store',
      command: 'diff',
      ...readWithStore(options, { from: () => parseWanted(from), to: () => parseWanted(to) }),
    }),
  );
}

function addPrune(program: Command, choose: (command: StoreCommand) => void): void {
  const prune = program
    .command('prune')
    .description('List versions and leftovers that can be removed from a store; --yes removes them')
    .option('--grace <age>', 'How long retired versions and leftovers stay, for readers and running builds', '24h')
    .option('--yes', 'Remove them', false);
  addInputs(prune, select([...storeInputs, 'keep', ...signingInputs])).action((options: Options) => {
    const raw = rawOf(options);
    choose({
      group: 'store',
      command: 'prune',
      ...readWithStore(options, {
        keep: () => parseInteger('keep', raw('keep'), { min: 2, max: 10_000 }),
        graceMs: () => parseAge('grace', raw('grace')),
        signing: () => readSigning(raw),
      }),
      apply: options['yes'] === true,
    });
  });
}
