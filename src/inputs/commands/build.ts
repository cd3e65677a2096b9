import { Option, type Command } from 'commander';
import {
  readBuildInputs,
  readDoctorInputs,
  type BuildInputs,
  type DefaultDirectories,
  type DoctorInputs,
} from '../build-inputs.js';
import { buildInputDefinitions } from '../definitions.js';
import { parseText } from '../parse.js';
import { addInputs, rawOf, type Options } from './options.js';

export type BuildCommand = { readonly group: 'build' } & (
  | { readonly command: 'build' | 'plan'; readonly inputs: BuildInputs }
  | { readonly command: 'doctor'; readonly inputs: DoctorInputs; readonly root: string | undefined }
);

const rootOption = new Option(
  '--root <dir>',
  'Root directory of a host, to also check its trust policy and the user that its VMs run as',
).helpGroup('Host:');

const descriptions = [
  ['build', 'Build, smoke-test and publish an image'],
  ['plan', 'Show what build would do'],
] as const;

export function addBuildCommands(
  program: Command,
  defaults: DefaultDirectories,
  choose: (command: BuildCommand) => void,
): void {
  for (const [command, description] of descriptions) {
    addInputs(program.command(command).description(description), buildInputDefinitions).action((options: Options) =>
      choose({ group: 'build', command, inputs: readBuildInputs(rawOf(options), defaults) }),
    );
  }
  addInputs(
    program
      .command('doctor')
      .description('Check that this machine is ready to build, and optionally check a store, a signing key and a host'),
    buildInputDefinitions,
  )
    .addOption(rootOption)
    .action((options: Options) => {
      const raw = rawOf(options);
      const root = parseText('root', raw('root'));
      choose({ group: 'build', command: 'doctor', inputs: readDoctorInputs(raw, defaults), root });
    });
}
