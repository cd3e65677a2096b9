import type { Argument, Command, Option } from 'commander';

/** What a shell lists itself, or this host has names for. */
export type CandidateSource = 'files' | 'directories' | 'versions' | 'images' | 'channels' | 'vms';

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

export interface Completion {
  /** All that fit what has been typed. */
  readonly candidates: readonly Candidate[];
  /** Where more come from. They get `prefix`, and must fit `typed`. */
  readonly sources: readonly CandidateSource[];
  /** The flag and the `=` before a value that is part of the same word. */
  readonly prefix: string;
  readonly typed: string;
  /** The values of flags that say where names are looked up. */
  readonly root: string | undefined;
  readonly image: string | undefined;
}

interface Typed {
  readonly command: Command;
  /** The flag that the current word is the value of. */
  readonly option: Option | undefined;
  /** The number of arguments before the current word. */
  readonly argumentCount: number;
  readonly values: ReadonlyMap<string, string>;
}

const sourcesOfMetavar: Readonly<Record<string, readonly CandidateSource[]>> = {
  dir: ['directories'],
  file: ['files'],
  image: ['files'],
  address: ['directories'],
};
const sourcesOfOption: Readonly<Record<string, readonly CandidateSource[]>> = {
  '--version': ['versions'],
  '--to': ['versions'],
  '--channel': ['channels'],
  '--image-name': ['images'],
};
const sourcesOfArgument: Readonly<Record<string, readonly CandidateSource[]>> = {
  file: ['files'],
  dir: ['directories'],
  directory: ['directories'],
  version: ['versions', 'channels'],
  from: ['versions', 'channels'],
  to: ['versions', 'channels'],
};

/**
 * Finds what can follow on a command line.
 * @param words all words after the program's name, the last of which is being typed. Bash splits a word at `=`.
 */
export function findCompletion(program: Command, words: readonly string[]): Completion {
  const joined = words.filter((word, index) => word !== '=' || index === words.length - 1);
  const last = joined.at(-1) ?? '';
  const [, flag = '', value] = /^(--[^=]+)=(.*)$/s.exec(last) ?? [];
  const typed = readTyped(program, joined.slice(0, -1));
  const option = value === undefined ? typed.option : findOption(typed.command, flag);
  const current = value ?? (last === '=' ? '' : last);
  const place = {
    prefix: value === undefined ? '' : `${flag}=`,
    typed: current,
    root: typed.values.get('--root'),
    image: typed.values.get('--image-name'),
  };
  const { candidates, sources } = listNext({ ...typed, option }, current);
  const fitting = candidates.filter((candidate) => candidate.value.startsWith(current));
  const whole = fitting.map((candidate) => ({ ...candidate, value: `${place.prefix}${candidate.value}` }));
  return { candidates: whole, sources, ...place };
}

function readTyped(program: Command, words: readonly string[]): Typed {
  let typed: Typed = { command: program, option: undefined, argumentCount: 0, values: new Map() };
  for (const word of words) typed = addWord(typed, word);
  return typed;
}

function addWord(typed: Typed, word: string): Typed {
  const { command, option, argumentCount, values } = typed;
  if (option !== undefined && isValue(word, option))
    return { ...typed, option: undefined, values: new Map([...values, [flagOf(option), word]]) };
  if (word.startsWith('-')) return addFlag(typed, word);
  const next = command.commands.find((one) => one.name() === word);
  return next === undefined
    ? { ...typed, argumentCount: argumentCount + 1 }
    : { ...typed, command: next, argumentCount: 0 };
}

function addFlag(typed: Typed, word: string): Typed {
  const [flag = '', value] = word.split('=', 2);
  const found = value === undefined ? findOption(typed.command, flag) : undefined;
  const takesValue = found?.required === true || found?.optional === true;
  return { ...typed, option: takesValue ? found : undefined, values: new Map([...typed.values, [flag, value ?? '']]) };
}

/** The long form, or the short one of an option that has no other. */
function flagOf({ long, flags }: Option): string {
  return long ?? flags;
}

/** A flag with an optional value takes the next word, unless that is a flag. */
function isValue(word: string, option: Option): boolean {
  return option.required || !word.startsWith('-');
}

function findOption(command: Command, flag: string): Option | undefined {
  return command.options.find((option) => option.long === flag || option.short === flag);
}

type Next = Pick<Completion, 'candidates' | 'sources'>;

function listNext({ command, option, argumentCount, values }: Typed, current: string): Next {
  if (option !== undefined && isValue(current, option)) return listValues(option);
  if (current.startsWith('-')) return { candidates: listFlags(command, values), sources: [] };
  if (command.commands.length > 0) return { candidates: listCommands(command), sources: [] };
  const argument = command.registeredArguments.at(argumentCount);
  return argument === undefined ? { candidates: [], sources: [] } : listArguments(command, argument);
}

function listFlags(command: Command, given: ReadonlyMap<string, string>): readonly Candidate[] {
  return command.options
    .filter((option) => !option.hidden && !given.has(flagOf(option)))
    .map((option) => ({ value: flagOf(option), description: option.description }));
}

function listCommands(command: Command): readonly Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((one) => ({ value: one.name(), description: one.description() }));
}

function listValues(option: Option): Next {
  const { flags, argChoices } = option;
  if (argChoices !== undefined) return { candidates: argChoices.map(toCandidate), sources: [] };
  const [, metavar = ''] = /[<[]([^>\]]+)[>\]]$/.exec(flags) ?? [];
  if (metavar === 'bool') return { candidates: ['true', 'false'].map(toCandidate), sources: [] };
  return { candidates: [], sources: sourcesOfOption[flagOf(option)] ?? sourcesOfMetavar[metavar] ?? [] };
}

function listArguments(command: Command, argument: Argument): Next {
  if (argument.argChoices !== undefined) return { candidates: argument.argChoices.map(toCandidate), sources: [] };
  const name = argument.name();
  // A new VM's name is nobody's yet.
  const isVm = name === 'name' && command.parent?.name() === 'vm' && command.name() !== 'create';
  return { candidates: [], sources: isVm ? ['vms'] : (sourcesOfArgument[name] ?? []) };
}

function toCandidate(value: string): Candidate {
  return { value, description: '' };
}
