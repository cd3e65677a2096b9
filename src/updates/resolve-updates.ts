import type { UpgradeScope } from '../platform/choices.js';
import { mkdir, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CancelledError, errorMessage, Failure, ToolError } from '../platform/errors.js';
import { startGuardingProxy } from '../platform/connections/guarding-proxy.js';
import { openLockFile, tryLockFile } from '../platform/fs/file-lock.js';
import type { Log } from '../platform/progress/log.js';
import type { Processes } from '../platform/process/processes.js';
import type { AptState } from '../apt/apt-state.js';
import { securityArchiveFailure } from '../apt/commands.js';
import { aptFailure, type AptCause } from '../apt/failure.js';
import { isSecurityRelease, parseSimulation, type PackageUpdate } from './parse-simulation.js';
import { createScratchRoot, type ScratchRoot } from './scratch-root.js';

export interface UpdatesRequest {
  /** Of the published version. */
  readonly state: AptState;
  readonly upgrade: UpgradeScope;
  /** Names of packages that are to be installed beside. */
  readonly packages: readonly string[];
  /** Fetch from package sources at loopback and link-local addresses too. Default: they are rejected. */
  readonly allowLocalSources?: boolean | undefined;
  /** Where a scratch directory is made, and removed. */
  readonly directory: string;
  /** Where package lists are kept for the next run; runs may share it. Best one for each image: apt removes lists that its sources do not name. */
  readonly cache: string;
}

/** The package versions that an upgrade would install. */
export interface Updates {
  readonly upgrade: UpgradeScope;
  /** How many packages are installed. */
  readonly considered: number;
  /** By name. */
  readonly updates: readonly PackageUpdate[];
}

/** What is to be done about a version's packages; `unknown` where it could not be found out, for the reason in one line. */
export type UpdatesAnswer =
  | { readonly kind: 'nothing'; readonly updates: Updates }
  | { readonly kind: 'due'; readonly updates: Updates }
  | { readonly kind: 'unknown'; readonly reason: Failure };

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
}

const lockWaitSeconds = 30;
const updateTimeoutMs = 3 * 60_000;
const simulateTimeoutMs = 2 * 60_000;

/** As `resolveUpdates`, with an answer for every failure: only a cancel is thrown. */
export async function tryResolveUpdates(request: UpdatesRequest, ports: Ports): Promise<UpdatesAnswer> {
  try {
    const updates = await resolveUpdates(request, ports);
    return { kind: updates.updates.length === 0 ? 'nothing' : 'due', updates };
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    return {
      kind: 'unknown',
      reason:
        error instanceof Failure
          ? error
          : new Failure(`the updates could not be resolved: ${errorMessage(error)}`, { cause: error }),
    };
  }
}

/**
 * Asks this machine's apt which package versions an upgrade of the image would install, without the image and without root:
 * the image's state lies in a scratch directory, its repositories' signatures are checked with its keys.
 * @throws Failure where a repository cannot be reached or believed
 */
export async function resolveUpdates(request: UpdatesRequest, ports: Ports): Promise<Updates> {
  if ((await ports.processes.tryFind('apt-get')) === undefined)
    throw new Failure('apt-get is not on this machine', { fix: 'install the package apt' });
  await Promise.all([request.directory, request.cache].map(async (directory) => mkdir(directory, { recursive: true })));
  const scratch = await mkdtemp(join(request.directory, 'updates-'));
  try {
    return await withLists(request.cache, scratch, ports, async (lists) =>
      withPlainPath(scratch, async (plain) => {
        const root = await createScratchRoot(request.state, `${plain}/root`, lists, ports.log);
        try {
          await updateLists(root, request, ports.processes);
          return await decide(request, root, lists, ports.processes);
        } catch (error) {
          // Damaged lists must not fail every run after this.
          await rm(lists, { recursive: true, force: true });
          throw error;
        }
      }),
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** One run at a time has the lists that are kept, until it is through: another could replace them. A run that waits for long takes its own. */
async function withLists<T>(
  cache: string,
  scratch: string,
  { processes, log }: Ports,
  work: (lists: string) => Promise<T>,
): Promise<T> {
  const lock = await openLockFile(join(cache, 'lock'));
  try {
    const isOurs = await tryLockFile(lock, lockWaitSeconds, processes);
    if (!isOurs) log.detail('another run holds the package lists: they are fetched again');
    return await withPlainPath(isOurs ? cache : scratch, async (plain) => work(`${plain}/lists`));
  } finally {
    await lock.close();
  }
}

/** A path for a directory whose own path has characters that apt's configuration cannot have. It holds while the work goes on: proc_pid_fd(5). */
async function withPlainPath<T>(directory: string, work: (plain: string) => Promise<T>): Promise<T> {
  const handle = await open(directory, 'r');
  try {
    return await work(`/proc/${process.pid}/fd/${handle.fd}`);
  } finally {
    await handle.close();
  }
}

/** An image's sources can name any address: the runner's own services, and its cloud's, are not for it. */
async function updateLists(
  root: ScratchRoot,
  { allowLocalSources = false }: UpdatesRequest,
  processes: Processes,
): Promise<void> {
  const update = async (options: readonly string[], env: ScratchRoot['env']): Promise<string> =>
    runApt(['-q', ...options, 'update'], 'read the package lists', updateTimeoutMs, { ...root, env }, processes);
  const output = allowLocalSources
    ? await update([], root.env)
    : await withGuard(async (proxy) => {
        const options = ['http', 'https'].flatMap((scheme) => ['-o', `Acquire::${scheme}::Proxy=${proxy}`]);
        // apt connects to what it names without a proxy.
        return update(options, { ...root.env, no_proxy: '' });
      });
  // An old apt does not know Error-Mode: a repository that fails is a warning.
  if (/^Err:/m.test(output))
    throw new Failure('a package repository of the image failed', { evidence: output.split('\n').slice(-20) });
}

async function withGuard<T>(work: (proxy: string) => Promise<T>): Promise<T> {
  const guard = await startGuardingProxy();
  try {
    return await work(guard.url);
  } catch (error) {
    const [rejection] = guard.rejections;
    if (rejection === undefined || error instanceof CancelledError) throw error;
    throw new Failure(`a package source of the image is rejected: ${rejection}`, {
      fix: 'remove it from the base, or set allow-local-apt-sources: true',
      cause: error,
    });
  } finally {
    await guard.close();
  }
}

async function decide(
  { state, upgrade, packages }: UpdatesRequest,
  root: ScratchRoot,
  lists: string,
  processes: Processes,
): Promise<Updates> {
  const simulate = async (preferences: string): Promise<readonly PackageUpdate[]> => {
    const start = ['-q', '--simulate', '-o', `Dir::Etc::preferences=${preferences}`];
    const outputs = [
      await runApt([...start, 'upgrade', '--with-new-pkgs'], 'resolve the upgrade', simulateTimeoutMs, root, processes),
    ];
    if (packages.length > 0)
      outputs.push(
        await runApt(
          [...start, 'install', '--', ...packages],
          'resolve the packages',
          simulateTimeoutMs,
          root,
          processes,
        ),
      );
    return mergeUpdates(outputs.flatMap(parseSimulation));
  };
  if (upgrade === 'security') await assertSecurityArchive(lists);
  const updates = await simulate(upgrade === 'security' ? root.securityPreferences : root.preferences);
  // An ordinary update can have come after a security update, and holds it.
  const secure = upgrade === 'security' || updates.length === 0 ? updates : await simulate(root.securityPreferences);
  const isSecure = new Set(secure.filter(({ security }) => security).map(toKey));
  return {
    upgrade,
    considered: state.status.match(/^Status: \S+ \S+ installed$/gm)?.length ?? 0,
    updates: updates.map((update) => ({ ...update, security: update.security || isSecure.has(toKey(update)) })),
  };
}

/** By the Release files: of an archive that has no packages yet, apt keeps nothing else. */
async function assertSecurityArchive(lists: string): Promise<void> {
  const names = (await readdir(lists)).filter((name) => /_(In)?Release$/.test(name));
  const releases = await Promise.all(names.map(async (name) => readFile(join(lists, name), 'utf8')));
  if (releases.some(isSecurityRelease)) return;
  throw securityArchiveFailure();
}

/** Where both say something of a package, the later counts: what is named is installed, whatever an upgrade leaves alone. */
function mergeUpdates(updates: readonly PackageUpdate[]): readonly PackageUpdate[] {
  const merged = new Map(updates.map((update) => [toKey(update), update]));
  return [...merged.values()].sort(
    (a, b) => compareTexts(a.name, b.name) || compareTexts(a.architecture, b.architecture),
  );
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function toKey({ name, architecture }: PackageUpdate): string {
  return `${name}:${architecture}`;
}

/** What can be wrong where apt has no image: its files are in a scratch directory. */
export const scratchCauses: readonly AptCause[] = [
  {
    pattern:
      /Unable to locate package|has no installation candidate|(Version|Release) '[^'\n]{0,500}' for '[^'\n]{0,500}' was not found/,
    message: () => "the image's repositories do not have a package that is asked for",
    fix: 'look at the input packages',
  },
  {
    pattern: /No space left on device/,
    message: () => 'the disk is full: the package lists do not fit',
    fix: 'make room for the work directory and the cache',
  },
];

async function runApt(
  args: readonly string[],
  what: string,
  timeoutMs: number,
  root: ScratchRoot,
  processes: Processes,
): Promise<string> {
  try {
    return (await processes.run({ argv: ['apt-get', ...args], env: root.env, timeoutMs })).stdout;
  } catch (error) {
    throw error instanceof ToolError ? aptFailure(error, what, scratchCauses) : error;
  }
}
