import type { Command } from 'commander';
import type { StorePlace } from '../../objects/open-store.js';
import { UsageError } from '../../platform/errors.js';
import type { ForgetRequest } from '../../store/fleet/fleet.js';
import { readSource } from '../build-inputs.js';
import { anonymousInput } from '../definitions.js';
import { invalidInput, parseAge } from '../parse.js';
import { readAll } from '../read-all.js';
import { addInputs, rawOf, select, type Options } from './options.js';

/** Commands on the hosts that have reported themselves to a store. */
export type FleetCommand = { readonly group: 'fleet'; readonly store: StorePlace } & (
  | { readonly command: 'report' }
  | { readonly command: 'forget'; readonly request: ForgetRequest }
);

const place = ['store', 'endpoint', 'region', 'force-path-style'] as const;

export function addFleetCommands(program: Command, choose: (command: FleetCommand) => void): void {
  const fleet = program.command('fleet').description('List or remove the reports of hosts in a store');
  addInputs(
    fleet.command('report').description('List hosts and their versions; hosts with revoked versions come first'),
    [...select(place), anonymousInput],
  ).action((options: Options) => choose({ group: 'fleet', command: 'report', store: readPlace(options) }));
  const forget = fleet
    .command('forget')
    .description('Remove reports, e.g. of hosts that no longer exist')
    .argument('[id]', 'Host ID, from "fleet report --json"')
    .option('--older-than <age>', 'Remove the reports of hosts that have not reported for this long, e.g. 30d');
  addInputs(forget, select(place)).action((id: string | undefined, options: Options) => {
    const values = readAll({
      store: () => readPlace(options),
      request: () => readForget(id, rawOf(options)('older-than')),
    });
    choose({ group: 'fleet', command: 'forget', ...values });
  });
}

function readPlace(options: Options): StorePlace {
  const store = readSource(rawOf(options));
  if (!/^https?:\/\//i.test(store.address)) return store;
  throw new UsageError('a mirror cannot list hosts: a web server does not list its files', {
    fix: 'use the address of its store: s3://BUCKET/PREFIX, or a directory',
  });
}

function readForget(id: string | undefined, age: string): ForgetRequest {
  if ((id === undefined) === (age === ''))
    throw new UsageError('fleet forget needs either an ID or --older-than', {
      fix: 'list the IDs: ch-golden fleet report --json',
    });
  if (id === undefined) return { olderThanMs: parseAge('older-than', age) };
  if (/^[0-9a-f]{64}$/.test(id)) return { id };
  throw invalidInput('id', id, 'use the 64 hexadecimal digits that ch-golden fleet report --json prints');
}
