import { Option, type Command } from 'commander';
import { parseImageName } from '../../store/names.js';
import type { StorePlace } from '../../objects/open-store.js';
import { readSource } from '../build-inputs.js';
import {
  buildInputDefinitions,
  pullInputDefinitions,
  selectInputs,
  type InputDefinition,
  type RawInputs,
} from '../definitions.js';

/** Commander's record of a command's flags, in camel case. */
export type Options = Readonly<Record<string, unknown>>;

/** An image in a store: what the flags of `storeInputs` tell. */
export interface StoreSubject {
  readonly store: StorePlace;
  readonly image: string;
}

/** Inputs that tell where versions are, and of which image. */
export const storeInputs = ['store', 'endpoint', 'region', 'force-path-style', 'image-name'] as const;

export function select(names: readonly string[]): readonly InputDefinition[] {
  return selectInputs(buildInputDefinitions, names);
}

/** Of what works on a host: inputs of a pull. */
export function selectOfHost(...names: readonly string[]): readonly InputDefinition[] {
  return selectInputs(pullInputDefinitions, names);
}

export function addInputs(command: Command, definitions: readonly InputDefinition[]): Command {
  for (const definition of definitions) command.addOption(toOption(definition));
  return command;
}

/** A yes-or-no input works as a plain flag as well: `--dry-run` and `--dry-run true`. */
function toOption({ name, description, default: value, values, metavar = 'value', group }: InputDefinition): Option {
  // A description is a sentence in action.yml, and a phrase here.
  const text = description.replace(/\.$/, '');
  const option =
    values?.includes('true') === true
      ? new Option(`--${name} [boolean]`, text).preset('true').default(value)
      : new Option(`--${name} <${metavar}>`, text).default(value, value === '' ? 'none' : undefined);
  if (group !== undefined) option.helpGroup(`${group}:`);
  return values === undefined || values.includes('true') ? option : option.choices(values);
}

/** The values of flags by the names of inputs; empty where a command has no such flag. */
export function rawOf(options: Options): RawInputs {
  return (name) => {
    const value = options[name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
    return typeof value === 'string' ? value : '';
  };
}

/** @throws UsageError */
export function storeOf(options: Options): StoreSubject {
  const raw = rawOf(options);
  return { store: readSource(raw), image: parseImageName(raw('image-name')) };
}
