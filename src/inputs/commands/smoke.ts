import type { Command } from 'commander';
import { readSmokeInputs, type BuildInputs, type DefaultDirectories } from '../build-inputs.js';
import { parsePath, parseWanted } from '../parse.js';
import { readAll } from '../read-all.js';
import { addInputs, rawOf, readWithStore, select, storeInputs, type Options, type StoreSubject } from './options.js';

export interface SmokeCommand {
  readonly group: 'smoke';
  readonly subject: SmokeSubject;
  readonly smoke: BuildInputs['smoke'];
  readonly port: number;
  readonly directories: BuildInputs['directories'];
}

/** An image file, or a version by its number or channel. */
export type SmokeSubject = { readonly file: string } | (StoreSubject & { readonly wanted: number | string });

const smokeInputs = [
  'vmm',
  'smoke-disk',
  'smoke-network',
  'smoke-warm',
  'require-kvm',
  'health-path',
  'smoke-timeout',
  'smoke-memory',
  'smoke-cpus',
  'clones',
  'daemon-port',
  'cache-folder',
  'work-folder',
  'report-folder',
];

export function addSmokeCommand(
  program: Command,
  defaults: DefaultDirectories,
  choose: (command: SmokeCommand) => void,
): void {
  const command = program
    .command('smoke')
    .description('Smoke-test a published version or an image file')
    .argument('[version]', 'Number or channel', 'latest')
    .option('--image <file>', 'Image file to test instead of a version');
  addInputs(command, select([...storeInputs, ...smokeInputs])).action((wanted: string, options: Options) => {
    const raw = rawOf(options);
    const { subject, inputs } = readAll({
      subject: (): SmokeSubject => {
        const file = parsePath('image', raw('image'));
        return file === undefined ? readWithStore(options, { wanted: () => parseWanted(wanted) }) : { file };
      },
      inputs: () => readSmokeInputs(raw, defaults),
    });
    choose({ group: 'smoke', subject, ...inputs });
  });
}
