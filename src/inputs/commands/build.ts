import type { Command } from 'commander';
import { readBuildInputs, type BuildInputs, type DefaultFolders } from '../build-inputs.js';
import { buildInputDefinitions } from '../definitions.js';
import { addInputs, rawOf, type Options } from './options.js';

export interface BuildCommand {
  readonly group: 'build';
  readonly command: 'build' | 'plan' | 'doctor';
  readonly inputs: BuildInputs;
}

const descriptions = [
  ['build', 'build the daemon, assemble an image with it, boot that, and publish it as the next version'],
  ['plan', 'say what build would do, and do nothing'],
  ['doctor', 'look at this machine for what build needs, with the command that mends each thing'],
] as const;

export function addBuildCommands(program: Command, defaults: DefaultFolders, choose: (command: BuildCommand) => void): void {
  for (const [command, description] of descriptions) {
    addInputs(program.command(command).description(description), buildInputDefinitions)
      .action((options: Options) => choose({ group: 'build', command, inputs: readBuildInputs(rawOf(options), defaults) }));
  }
}
