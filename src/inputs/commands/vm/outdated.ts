import type { Command } from 'commander';
import type { StorePlace } from '../../../objects/open-store.js';
import { parseChannelName } from '../../../store/names.js';
import { readSource } from '../../build-inputs.js';
import { readRoot } from '../../pull-inputs.js';
import { readAll } from '../../read-all.js';
import { addInputs, rawOf, selectOfHost, type Options } from '../options.js';
import type { OnHost } from './vm-options.js';

export interface OutdatedCommand extends OnHost {
  readonly command: 'outdated';
  readonly channel: string;
  readonly store?: StorePlace | undefined;
}

const storeInputs = ['store', 'endpoint', 'region', 'force-path-style', 'anonymous'] as const;

export function addOutdated(vm: Command, choose: (command: OutdatedCommand) => void): void {
  const command = vm
    .command('outdated')
    .description('List VMs on an outdated, revoked or removed version, and what newer versions fix');
  const inputs = selectOfHost(...storeInputs).map((input) =>
    input.name === 'store'
      ? {
          ...input,
          description:
            'Store to check for newer versions and their changes. By default only pulled versions are checked.',
        }
      : input,
  );
  addInputs(command, selectOfHost('root'))
    .option('--channel <name>', 'Channel to compare the VMs with', 'latest')
    .optionsGroup('Store:');
  addInputs(command, inputs).action((options: Options) => {
    const raw = rawOf(options);
    const values = readAll({
      root: () => readRoot(raw),
      channel: () => parseChannelName(raw('channel')),
      store: () => (raw('store') === '' ? undefined : readSource(raw)),
    });
    choose({ group: 'vm', command: 'outdated', ...values });
  });
}
