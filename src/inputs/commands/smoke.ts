import type { Command } from 'commander';
import { readSmokeInputs, type BuildInputs, type DefaultDirectories } from '../build-inputs.js';
import { parseWanted } from '../parse.js';
import { addInputs, rawOf, select, storeInputs, storeOf, type Options, type StoreSubject } from './options.js';

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
    .option('--image <path>', 'Image file to test instead of a version');
  addInputs(command, select([...storeInputs, ...smokeInputs])).action((wanted: string, options: Options) => {
    const { image: file } = options;
    const subject = typeof file === 'string' ? { file } : { ...storeOf(options), wanted: parseWanted(wanted) };
    choose({ group: 'smoke', subject, ...readSmokeInputs(rawOf(options), defaults) });
  });
}
