import type { Command } from 'commander';
import { anonymousInput, pushInputDefinitions } from '../definitions.js';
import { parseChoice, parseWanted } from '../parse.js';
import { parseRegistryRepository, parseTagNames, pushFormats, type PushInputs } from '../push-inputs.js';
import { addInputs, rawOf, readWithStore, select, storeInputs, type Options } from './options.js';

export type PushCommand = { readonly group: 'push' } & PushInputs;

export function addPushCommand(program: Command, choose: (command: PushCommand) => void): void {
  const push = program
    .command('push')
    .description('Copy a version from a store to an OCI registry')
    .argument('<repo>', 'Registry repository: oci://HOST/NAME')
    .argument('[version]', 'Number or channel', 'latest');
  addInputs(push, [...select(storeInputs), anonymousInput, ...pushInputDefinitions]).action(
    (repository: string, wanted: string, options: Options) => {
      const raw = rawOf(options);
      choose({
        group: 'push',
        ...readWithStore(options, {
          repository: () => parseRegistryRepository('repository', repository),
          wanted: () => parseWanted(wanted),
          tags: () => parseTagNames('tag', raw('tag')),
          format: () => parseChoice('format', raw('format'), pushFormats),
        }),
      });
    },
  );
}
