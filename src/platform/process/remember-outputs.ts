import type { Argv } from './command.js';
import type { Command, Output, Processes } from './processes.js';

/**
 * Processes that run some commands once, and return the same output from then on: for facts that stay the same while
 * they are needed. Commands that failed run again.
 */
export function rememberOutputs(processes: Processes, isFact: (argv: Argv) => boolean): Processes {
  const outputs = new Map<string, Promise<Output>>();
  const run = async (command: Command): Promise<Output> => {
    const { argv, files, input } = command;
    if (files !== undefined || input !== undefined || !isFact(argv)) return processes.run(command);
    const key = JSON.stringify(argv);
    const output = outputs.get(key) ?? processes.run(command);
    outputs.set(key, output);
    return output.catch((error: unknown) => {
      outputs.delete(key);
      throw error;
    });
  };
  return { ...processes, run };
}
