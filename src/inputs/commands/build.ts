import type { Command } from 'commander';
import {
  readBuildInputs,
  readDoctorInputs,
  type BuildInputs,
  type DefaultDirectories,
  type DoctorInputs,
} from '../build-inputs.js';
import { buildInputDefinitions } from '../definitions.js';
import { addInputs, rawOf, type Options } from './options.js';

export type BuildCommand = { readonly group: 'build' } & (
  | { readonly command: 'build' | 'plan'; readonly inputs: BuildInputs }
  | { readonly command: 'doctor'; readonly inputs: DoctorInputs }
);

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
    program.command('doctor').description('Check that this machine, and a store if given, have what a build needs'),
    buildInputDefinitions,
  ).action((options: Options) =>
    choose({ group: 'build', command: 'doctor', inputs: readDoctorInputs(rawOf(options), defaults) }),
  );
}
