import { spawn, type ChildProcess } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import type { Argv } from './command.js';
import { withParentDeathSignal, programOf } from './parent-death-signal.js';
import { ToolError } from '../errors.js';
import { createRedactor } from '../secrets/redact.js';
import type { Log } from '../progress/log.js';
import { pickVariables, type Environment } from './environment.js';
import { getProgram, tryFindProgram } from './programs.js';
import { quoteShell } from './shell.js';
import type { Trace } from '../progress/trace.js';

/** A program to start: an argv array, never a shell line. */
export interface Command {
  readonly argv: Argv;
  readonly cwd?: string | undefined;
  /** Added to the environment of children. */
  readonly env?: Readonly<Record<string, string>>;
  /** Variables of this process's environment that only this program gets. Their values are masked in its output. */
  readonly inherit?: readonly string[] | undefined;
  /** Written to standard input, which is then closed, unless it is held open. */
  readonly input?: string;
  /**
   * Standard input stays open until the program or this process exits. A program of another user, which cannot be
   * signalled, can watch that.
   */
  readonly holdInput?: boolean;
  /** Open file descriptors that the program gets as 3, 4, …. */
  readonly files?: readonly number[];
  /** Default: 10 minutes for `run`, none for `start` and `stream`. */
  readonly timeoutMs?: number;
  /** For `run`: a cancel neither prevents nor stops it. Meant for clean-up; use a short time limit. */
  readonly evenAfterCancel?: boolean;
  /** Called with each complete line of standard output and standard error. */
  readonly onLine?: (line: string) => void;
}

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** How a process ended: with a code or by a signal. */
export interface Exit {
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
}

/** A process in the background. */
export interface Running {
  readonly pid: number;
  /** Settles, never rejects, when the process has ended. */
  readonly exited: Promise<Exit>;
  /** The last lines of its output. */
  tail(): readonly string[];
  /**
   * SIGTERM to the process group, repeated every `againMs` if given, SIGKILL after `graceMs` (default 2,000).
   * Resolves when it has ended.
   */
  stop(graceMs?: number, againMs?: number): Promise<Exit>;
}

/** The only way to run programs. */
export interface Processes {
  /** Runs a program to its end. @throws ToolError unless it exits with 0; the signal's reason when cancelled. */
  run(command: Command): Promise<Output>;
  /** Starts a program in the background. It is stopped when the run is cancelled, and killed when this process dies. */
  start(command: Command): Promise<Running>;
  /** Runs a program and hands its standard output to `consume` as a stream. @throws as `run` does. */
  stream<T>(command: Command, consume: (stdout: Readable) => Promise<T>): Promise<T>;
  /** The absolute path of a program; undefined if it is not installed. */
  tryFind(program: string): Promise<string | undefined>;
}

export interface ProcessesOptions {
  /** The environment of children, before `Command.env`; see `childEnvironment`. */
  readonly environment: Readonly<Record<string, string>>;
  /** The environment of this process, for `Command.inherit`. */
  readonly ownEnvironment?: Environment;
  /** Aborting it stops every process that was started here. */
  readonly signal: AbortSignal;
  /** Receives every command line, as a detail. */
  readonly log: Log;
  readonly trace?: Trace;
}

const tenMinutes = 600_000;
const defaultGraceMs = 2_000;
/** How long children of an exited program may keep its output open. */
const leftoverMs = 5_000;
const collectedCharacters = 64 * 1024 ** 2;
const tailLines = 60;

export function createProcesses(options: ProcessesOptions): Processes {
  // Every running process listens for the abort: many listeners are no leak.
  setMaxListeners(0, options.signal);
  return {
    run: async (command) => {
      const scope = command.evenAfterCancel === true ? { ...options, signal: new AbortController().signal } : options;
      const masked = { timeoutMs: tenMinutes, ...withMask(command, options) };
      return runToEnd(await launch(command, scope), masked, scope.signal);
    },
    start: async (command) => {
      const child = await launch(command, options);
      const running = watch(child, withMask(command, options));
      const onAbort = (): void => void running.stop();
      options.signal.addEventListener('abort', onAbort, { once: true });
      void running.exited.then(() => options.signal.removeEventListener('abort', onAbort));
      return running;
    },
    stream: async (command, consume) =>
      streamToEnd(await launch(command, options), withMask(command, options), options.signal, consume),
    tryFind: async (program) => tryFindProgram(program, options.environment['PATH'] ?? ''),
  };
}

/** A command line that a person can paste into a shell. */
export function formatCommand(argv: readonly string[]): string {
  return argv.map((argument) => (/^[\w@%+=:,./-]+$/.test(argument) ? argument : quoteShell(argument))).join(' ');
}

/** A command, and the mask for its lines of output. */
type MaskedCommand = Command & { readonly mask?: (line: string) => string };

function withMask(command: Command, { ownEnvironment = {} }: ProcessesOptions): MaskedCommand {
  if (command.inherit === undefined || command.inherit.length === 0) return command;
  const redactor = createRedactor(Object.values(pickVariables(ownEnvironment, command.inherit)));
  return { ...command, mask: (line) => redactor.text(line) };
}

function needsInput({ input, holdInput }: Command): boolean {
  return input !== undefined || holdInput === true;
}

function environmentOf(
  command: Command,
  { environment, ownEnvironment = {} }: ProcessesOptions,
): Record<string, string> {
  return { ...environment, ...pickVariables(ownEnvironment, command.inherit ?? []), ...command.env };
}

/**
 * Starts the program in a new process group with a parent-death signal: `kill -9` of this process leaves nothing
 * behind.
 */
async function launch(command: Command, options: ProcessesOptions): Promise<ChildProcess> {
  options.signal.throwIfAborted();
  const environment = environmentOf(command, options);
  const searchPath = environment['PATH'] ?? '';
  const setpriv = await getProgram('setpriv', searchPath);
  const sh = await getProgram('sh', searchPath);
  const program = await getProgram(command.argv[0], searchPath);
  const commandLine = formatCommand(command.argv);
  options.log.detail(`$ ${commandLine}`);
  options.signal.throwIfAborted();
  const [wrapper, ...args] = withParentDeathSignal([program, ...command.argv.slice(1)], { setpriv, sh });
  const child = spawn(wrapper, args, {
    cwd: command.cwd,
    env: environment,
    detached: true,
    stdio: [needsInput(command) ? 'pipe' : 'ignore', 'pipe', 'pipe', ...(command.files ?? [])],
  });
  const endTrace = options.trace?.begin('process', basename(programOf(command.argv)), commandLine);
  child.once('close', () => endTrace?.());
  // A program that exits before it has read its input closes the pipe. Its exit code decides whether that is an error.
  child.stdin?.on('error', () => undefined);
  if (command.holdInput !== true) child.stdin?.end(command.input);
  else if (command.input !== undefined) child.stdin?.write(command.input);
  return child;
}

async function runToEnd(child: ChildProcess, command: MaskedCommand, signal: AbortSignal): Promise<Output> {
  const tooMuch = new AbortController();
  const end = (): void =>
    tooMuch.abort(
      new ToolError(`${command.argv[0]} printed more than ${collectedCharacters / 1024 ** 2} MiB`, command.argv, 0),
    );
  const [stdout, stderr] = [collect(child.stdout, end), collect(child.stderr, end)];
  await finish(child, command, AbortSignal.any([signal, tooMuch.signal]));
  return { stdout: stdout(), stderr: stderr() };
}

async function streamToEnd<T>(
  child: ChildProcess,
  command: MaskedCommand,
  signal: AbortSignal,
  consume: (stdout: Readable) => Promise<T>,
): Promise<T> {
  if (child.stdout === null) throw new TypeError('a streamed process has a standard output');
  const finished = finish(child, command, signal, [child.stderr]);
  finished.catch(() => undefined);
  try {
    const result = await consume(child.stdout);
    await finished;
    return result;
  } catch (error) {
    // If the output had already ended, the program failed first, and its error is the cause. If the reader stopped
    // early, that made the program fail (EPIPE).
    const programEndedFirst = child.stdout.readableEnded;
    endGroup(child, 'SIGKILL');
    await finished.catch((cause: unknown) => {
      if (programEndedFirst && cause instanceof ToolError && cause.exitCode !== undefined) throw cause;
    });
    throw error;
  }
}

/** Waits for a process that must succeed, until it exits, the time limit is over or the run is cancelled. */
async function finish(
  child: ChildProcess,
  command: MaskedCommand,
  signal: AbortSignal,
  watched: readonly (Readable | null)[] = [child.stdout, child.stderr],
): Promise<void> {
  const running = watch(child, command, watched);
  let overdue = false as boolean;
  const timer =
    command.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          overdue = true;
          void running.stop();
        }, command.timeoutMs);
  const onAbort = (): void => void running.stop();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const exit = await running.exited;
  clearTimeout(timer);
  signal.removeEventListener('abort', onAbort);
  signal.throwIfAborted();
  if (exit.code === 0 && !overdue) return;
  throw new ToolError(formatExit(command, exit, overdue), command.argv, exit.code, { evidence: running.tail() });
}

function formatExit(command: Command, exit: Exit, overdue: boolean): string {
  const program = command.argv[0];
  if (overdue) return `${program} did not finish within ${(command.timeoutMs ?? 0) / 1000} s and was stopped`;
  return exit.code === undefined
    ? `${program} was killed by ${exit.signal ?? 'a signal'}`
    : `${program} failed with exit code ${exit.code}`;
}

function watch(
  child: ChildProcess,
  command: MaskedCommand,
  watched: readonly (Readable | null)[] = [child.stdout, child.stderr],
): Running {
  const tail: string[] = [];
  for (const stream of watched) {
    onLines(stream, (text) => {
      const line = command.mask?.(text) ?? text;
      tail.push(line);
      if (tail.length > tailLines) tail.shift();
      command.onLine?.(line);
    });
  }
  const exited = new Promise<Exit>((resolve) => {
    child.once('error', (error) => {
      tail.push(error.message);
      resolve({ code: 127, signal: undefined });
    });
    // Its children may keep its output open indefinitely.
    child.once('exit', () => {
      const timer = setTimeout(() => {
        endGroup(child, 'SIGKILL');
        for (const stream of [child.stdout, child.stderr]) stream?.destroy();
      }, leftoverMs);
      child.once('close', () => clearTimeout(timer));
    });
    child.once('close', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
  });
  return {
    pid: child.pid ?? -1,
    exited,
    tail: () => [...tail],
    stop: async (graceMs = defaultGraceMs, againMs) => {
      endGroup(child, 'SIGTERM');
      const again = againMs === undefined ? undefined : setInterval(() => endGroup(child, 'SIGTERM'), againMs);
      const timer = setTimeout(() => endGroup(child, 'SIGKILL'), graceMs);
      const exit = await exited;
      clearInterval(again);
      clearTimeout(timer);
      return exit;
    },
  };
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  if (signal === 'SIGKILL') child.stdin?.destroy();
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group has ended already.
  }
}

/**
 * Collects what a stream yields, for the returned function. If it becomes too much, drops all of it and calls
 * `onTooMuch`.
 */
function collect(stream: Readable | null, onTooMuch: () => void): () => string {
  const chunks: string[] = [];
  let size = 0;
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    size += chunk.length;
    if (size <= collectedCharacters) chunks.push(chunk);
    else if (chunks.length > 0) {
      chunks.length = 0;
      onTooMuch();
    }
  });
  return () => chunks.join('');
}

const longestLine = 64 * 1024;

/** Calls back with each line. A line over 64 KiB comes in pieces. */
function onLines(stream: Readable | null, onLine: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    const lines = (rest + chunk).split(/\r?\n|\r/);
    rest = lines.pop() ?? '';
    lines.forEach(onLine);
    if (rest.length > longestLine) {
      onLine(rest);
      rest = '';
    }
  });
  stream?.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
