import { randomUUID } from 'node:crypto';
import { closeSync, constants, fchmodSync, fstatSync, mkdirSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock, type Clock } from './clock.js';
import { childEnvironment, listSecrets } from './process/environment.js';
import { CancelledError, Failure, hasCode } from './errors.js';
import { bundledHelpers, type Helpers } from './process/helpers.js';
import { createProcesses, type Processes } from './process/processes.js';
import { createSteps, type Steps, type StepView } from './progress/steps.js';
import { silentLog, type Log } from './progress/log.js';
import { noTrace, type Trace } from './progress/trace.js';

/** The ports of one run of the program. */
export interface Session {
  readonly processes: Processes;
  readonly clock: Clock;
  readonly steps: Steps;
  /** For lines that belong to no step, such as those about connections. */
  readonly log: Log;
  /** Aborted by SIGINT, SIGTERM or `cancel`. */
  readonly signal: AbortSignal;
  readonly cancel: (reason: unknown) => void;
  /** Unique for this run. */
  readonly owner: string;
  /** Values that must not appear in anything that others read. */
  readonly secrets: readonly string[];
  readonly helpers: Helpers;
}

/** The titles of lines that belong to no step: command lines, and everything else. */
const [commandsTitle, noticesTitle] = ['Commands', 'Connection'];

type Environment = Readonly<Record<string, string | undefined>>;

export interface SessionOptions {
  readonly trace?: Trace | undefined;
  readonly helpers?: Helpers | undefined;
}

/** Starts a run. The first SIGINT or SIGTERM cancels it, a second one exits at once. */
export function beginSession(
  view: StepView,
  environment: Environment,
  { trace = noTrace, helpers = bundledHelpers() }: SessionOptions = {},
): Session {
  const controller = new AbortController();
  for (const [name, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(128 + number);
      controller.abort(new CancelledError(`cancelled by ${name}`));
    });
  }
  const log: Log = {
    ...silentLog,
    detail: (line) => view.detail(commandsTitle, line),
    info: (line) => view.info(noticesTitle, line),
    warn: (line) => view.warn(noticesTitle, line),
  };
  return {
    processes: createProcesses({
      environment: childEnvironment(environment),
      ownEnvironment: environment,
      signal: controller.signal,
      log,
      trace,
    }),
    log,
    clock: systemClock,
    steps: createSteps(view, systemClock, trace, controller.signal),
    signal: controller.signal,
    cancel: (reason) => controller.abort(reason),
    owner: randomUUID(),
    secrets: listSecrets(environment),
    helpers,
  };
}

const privateMode = 0o700;

/** Default directories. One in a directory that all users share is created and checked when it is first used. */
export function defaultDirectories(environment: Environment): { readonly cache: string; readonly work: string } {
  const get = (name: string): string | undefined => (environment[name] === '' ? undefined : environment[name]);
  const [home, caches] = [get('HOME'), get('XDG_CACHE_HOME')];
  return {
    get cache() {
      if (caches !== undefined) return join(caches, 'ch-golden');
      // A user of a container may have no line in passwd(5): neither a name nor a home.
      return home === undefined
        ? join(createOwnDirectory(tmpdir(), 'cache-folder'), 'cache')
        : join(home, '.cache', 'ch-golden');
    },
    get work() {
      return createOwnDirectory(get('RUNNER_TEMP') ?? tmpdir(), 'work-folder');
    },
  };
}

/**
 * Creates a directory that only this user can open. Its name is known, so another user may have created it first, or a
 * link in its place: links are not followed, and what is checked is what was opened.
 * @throws Failure if it is not a directory of this user
 */
function createOwnDirectory(parent: string, input: string): string {
  const directory = join(parent, `ch-golden-${process.geteuid?.() ?? 0}`);
  createPrivate(directory);
  const file = tryOpenDirectory(directory);
  try {
    if (file === undefined || fstatSync(file).uid !== process.geteuid?.())
      throw new Failure(`${directory} is not a directory of this user`, {
        fix: `set --${input} (input ${input}) to a different directory`,
      });
    fchmodSync(file, privateMode);
    return directory;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Also creates missing parents. Not Node's `recursive`: see create-directories.ts. */
function createPrivate(path: string): void {
  try {
    mkdirSync(path, privateMode);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return;
    if (!hasCode(error, 'ENOENT')) throw error;
    createPrivate(dirname(path));
    mkdirSync(path, privateMode);
  }
}

/** Undefined for anything else, and for a directory that this user may not open. */
function tryOpenDirectory(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    if (['ENOTDIR', 'ELOOP', 'EACCES', 'ENOENT'].some((code) => hasCode(error, code))) return undefined;
    throw error;
  }
}
