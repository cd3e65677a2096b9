import type { Command, Option } from 'commander';

/** Flags that are only for the command line: a file that sets one would make later commands destroy something. */
const onlyTyped: readonly string[] = ['all', 'drop-old', 'force', 'remove-signatures', 'undo', 'yes'];

/** Flags that no variable sets. `CH_GOLDEN_VERSION` is in the environment that `pull --env-file` writes. */
const notInEnvironment: readonly string[] = ['version'];

/** A flag's name, without the dashes; undefined if no setting can be its value. */
export function tryFlagName({ long, mandatory }: Option): string | undefined {
  const name = long?.slice(2);
  return name === undefined || mandatory || name === 'help' || onlyTyped.includes(name) ? undefined : name;
}

/** The flags of a command, or of all commands of a group, by name. */
export function listFlags(command: Command): ReadonlyMap<string, Option> {
  if (command.commands.length > 0) return new Map(command.commands.flatMap((one) => [...listFlags(one)]));
  return new Map(
    command.options.flatMap((option) => {
      const name = tryFlagName(option);
      return name === undefined ? [] : [[name, option] as const];
    }),
  );
}

export function isOnlyTyped(name: string): boolean {
  return onlyTyped.includes(name);
}

/** E.g. `CH_GOLDEN_DISK_SIZE`; undefined if the flag has no variable. */
export function tryVariableOf(flag: string): string | undefined {
  return notInEnvironment.includes(flag) ? undefined : `CH_GOLDEN_${flag.toUpperCase().replaceAll('-', '_')}`;
}

/** The names of a command and of the groups that it is in: `vm`, `create`. */
export function pathOfCommand(command: Command): readonly string[] {
  return command.parent === null ? [] : [...pathOfCommand(command.parent), command.name()];
}
