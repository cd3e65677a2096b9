import { Option, type Command } from 'commander';
import { parseImageName } from '../../store/names.js';
import type { StorePlace } from '../../objects/open-store.js';
import { readSource } from '../build-inputs.js';
import {
  booleans,
  buildInputDefinitions,
  pullInputDefinitions,
  selectInputs,
  type InputDefinition,
  type RawInputs,
} from '../definitions.js';
import { readAll } from '../read-all.js';

/** Commander's record of a command's flags, in camel case. */
export type Options = Readonly<Record<string, unknown>>;

/** An image in a store, from the flags of `storeInputs`. */
export interface StoreSubject {
  readonly store: StorePlace;
  readonly image: string;
}

/** Inputs that name an image in a store. */
export const storeInputs = ['store', 'endpoint', 'region', 'force-path-style', 'image-name'] as const;

const anyStore = 'Store that holds the versions: s3://BUCKET/PREFIX, a directory';

/** Inputs of a build, for commands that work on the versions in a store. */
export function select(names: readonly string[]): readonly InputDefinition[] {
  return selectWith(`${anyStore}, or file:///PATH.`, names);
}

/** The same for commands that only read versions, also from a registry. */
export function selectForReader(names: readonly string[]): readonly InputDefinition[] {
  return selectWith(`${anyStore}, file:///PATH, or oci://HOST/NAME in a registry.`, names);
}

function selectWith(storeDescription: string, names: readonly string[]): readonly InputDefinition[] {
  return selectInputs(buildInputDefinitions, names).map((definition) =>
    definition.name === 'store' ? { ...definition, description: storeDescription } : definition,
  );
}

/** Inputs of a pull, for commands that work on a host. They are in the group that the command is adding options to. */
export function selectOfHost(...names: readonly string[]): readonly InputDefinition[] {
  return selectInputs(pullInputDefinitions, names).map((definition) => ({ ...definition, group: undefined }));
}

export function addInputs(command: Command, definitions: readonly InputDefinition[]): Command {
  for (const definition of definitions) command.addOption(toOption(definition));
  return command;
}

/** A yes-or-no input works as a plain flag too: `--dry-run` and `--dry-run true`. */
function toOption({
  name,
  description,
  default: value,
  values,
  metavar = values === undefined ? 'value' : 'choice',
  group,
}: InputDefinition): Option {
  // A description is a sentence in action.yml, and a phrase here.
  const text = description.replace(/\.$/, '');
  const isBoolean = values === booleans;
  const option = isBoolean
    ? new Option(`--${name} [bool]`, text).preset('true').default(value)
    : new Option(`--${name} <${metavar}>`, text).default(value, value === '' ? 'none' : undefined);
  if (group !== undefined) option.helpGroup(`${group}:`);
  // For the help only: commander would report only the first invalid choice.
  if (values !== undefined && !isBoolean) option.argChoices = [...values];
  return option;
}

/** The values of flags by the names of inputs. Empty if a command has no such flag. */
export function rawOf(options: Options): RawInputs {
  return (name) => {
    const value = options[name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
    return typeof value === 'string' ? value : '';
  };
}

/**
 * Reads further values together with the store, so that one run reports everything that is invalid.
 * @throws UsageError
 */
export function readWithStore<T extends object>(
  options: Options,
  readers: { readonly [K in keyof T]: () => T[K] },
): StoreSubject & T {
  const { subject, values } = readAll({ subject: () => storeOf(options), values: () => readAll(readers) });
  return { ...subject, ...values };
}

/** @throws UsageError */
export function storeOf(options: Options): StoreSubject {
  const raw = rawOf(options);
  return readAll({ store: () => readSource(raw), image: () => parseImageName(raw('image-name')) });
}
