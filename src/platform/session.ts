import { randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { systemClock, type Clock } from './clock.js';
import { childEnvironment, listSecrets } from './environment.js';
import { CancelledError } from './errors.js';
import { createProcesses, type Processes } from './processes.js';
import { createSteps, type Steps, type StepView } from './steps.js';
import { silentLog, type Log } from './log.js';
import { noTrace, type Trace } from './trace.js';

/** What one run of the program has of the outside world. */
export interface Session {
  readonly processes: Processes;
  readonly clock: Clock;
  readonly steps: Steps;
  /** Aborted by SIGINT, SIGTERM and `cancel`. */
  readonly signal: AbortSignal;
  readonly cancel: (reason: unknown) => void;
  /** Unique for this run. */
  readonly owner: string;
  /** What must be in nothing that others will read. */
  readonly secrets: readonly string[];
  /** The folder of this program's bundles, `dist`. */
  readonly bundles: string;
}

/** Under this title views keep the command lines of all steps. */
const commandsTitle = 'Commands';

type Environment = Readonly<Record<string, string | undefined>>;

/** Begins a run. The first SIGINT or SIGTERM ends it in order, a second one at once. */
export function beginSession(view: StepView, environment: Environment, trace: Trace = noTrace): Session {
  const controller = new AbortController();
  for (const [name, number] of [['SIGINT', 2], ['SIGTERM', 15]] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(128 + number);
      controller.abort(new CancelledError(`cancelled by ${name}`));
    });
  }
  const log: Log = { ...silentLog, detail: (line) => view.detail(commandsTitle, line) };
  return {
    processes: createProcesses({ environment: childEnvironment(environment), signal: controller.signal, log, trace }),
    clock: systemClock,
    steps: createSteps(view, systemClock, trace, controller.signal),
    signal: controller.signal,
    cancel: (reason) => controller.abort(reason),
    owner: randomUUID(),
    secrets: listSecrets(environment),
    // A bundle is dist/NAME/index.js; a link in a folder of PATH can lead to it.
    bundles: resolve(realpathSync(process.argv[1] ?? '.'), '..', '..'),
  };
}

/** Folders for what users do not name one for. */
export function defaultFolders(environment: Environment): { readonly cache: string; readonly work: string } {
  const get = (name: string, otherwise: string): string => {
    const value = environment[name];
    return value === undefined || value === '' ? otherwise : value;
  };
  // A user of a container may have no line in passwd(5): neither a name nor a home.
  const home = get('HOME', tmpdir());
  return {
    cache: join(get('XDG_CACHE_HOME', join(home, '.cache')), 'ch-golden'),
    // Named after the user: two users of one machine do not share a folder.
    work: join(get('RUNNER_TEMP', tmpdir()), `ch-golden-${process.getuid?.() ?? 0}`),
  };
}
