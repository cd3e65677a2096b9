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
import { anyOf, aptFailure, type AptCause } from '../apt/failure.js';
import { isSecurityRelease, parseSimulation, type PackageUpdate } from './parse-simulation.js';
import { createScratchRoot, type ScratchRoot } from './scratch-root.js';

export interface UpdatesRequest {
  /** The state of the published version. */
  readonly state: AptState;
  readonly upgrade: UpgradeScope;
  /** Packages to install in addition to the upgrade. */
  readonly packages: readonly string[];
  /** Also fetch from package sources at loopback and link-local addresses. Default: reject them. */
  readonly allowLocalSources?: boolean | undefined;
  /** Where the scratch directory is created. It is removed afterwards. */
  readonly directory: string;
  /**
   * Where package lists are cached between runs. Runs may share it, but each image should have its own: apt deletes
   * lists that its sources do not name.
   */
  readonly cache: string;
}

/** The package versions that an upgrade would install. */
export interface Updates {
  readonly upgrade: UpgradeScope;
  /** How many packages are installed. */
  readonly considered: number;
  /** Sorted by name. */
  readonly updates: readonly PackageUpdate[];
}

/** Whether a version's packages have updates; `unknown` if the check failed. */
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

/** Like `resolveUpdates`, but returns failures. Throws only when cancelled. */
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
          : new Failure(`updates could not be resolved: ${errorMessage(error)}`, { cause: error }),
    };
  }
}

/**
 * Resolves with this machine's apt which package versions an upgrade of the image would install. Needs neither the
 * image nor root: the image's state is written to a scratch directory, and signatures are checked with the image's
 * keys.
 * @throws Failure if a repository cannot be reached, or its signature is not valid
 */
export async function resolveUpdates(request: UpdatesRequest, ports: Ports): Promise<Updates> {
  if ((await ports.processes.tryFind('apt-get')) === undefined)
    throw new Failure('apt-get is not installed on this machine', { fix: 'install the package apt' });
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
          // Damaged lists must not make every later run fail.
          await rm(lists, { recursive: true, force: true });
          throw error;
        }
      }),
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * Only one run at a time uses the cached lists, because another could replace them. A run that waits too long fetches
 * its own.
 */
async function withLists<T>(
  cache: string,
  scratch: string,
  { processes, log }: Ports,
  work: (lists: string) => Promise<T>,
): Promise<T> {
  const lock = await openLockFile(join(cache, 'lock'));
  try {
    const isLocked = await tryLockFile(lock, lockWaitSeconds, processes);
    if (!isLocked) log.detail('Cached package lists are in use by another run: fetching them again');
    return await withPlainPath(isLocked ? cache : scratch, async (plain) => work(`${plain}/lists`));
  } finally {
    await lock.close();
  }
}

/**
 * Gives a directory a path that is safe in apt's configuration, whatever characters its real path has.
 * The path is valid until `work` is done: proc_pid_fd(5).
 */
async function withPlainPath<T>(directory: string, work: (plain: string) => Promise<T>): Promise<T> {
  const handle = await open(directory, 'r');
  try {
    return await work(`/proc/${process.pid}/fd/${handle.fd}`);
  } finally {
    await handle.close();
  }
}

/** An image's sources can name any address. They must not reach services of the runner or its cloud. */
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
        // apt would bypass the proxy for hosts in no_proxy.
        return update(options, { ...root.env, no_proxy: '' });
      });
  // Old versions of apt do not support Error-Mode, and only warn about a repository that fails.
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
      fix: 'remove the source from the base, or set allow-local-apt-sources: true',
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
  // A regular update that is newer than a security update includes it.
  const secure = upgrade === 'security' || updates.length === 0 ? updates : await simulate(root.securityPreferences);
  const isSecure = new Set(secure.filter(({ security }) => security).map(toKey));
  return {
    upgrade,
    considered: state.status.match(/^Status: \S+ \S+ installed$/gm)?.length ?? 0,
    updates: updates.map((update) => ({ ...update, security: update.security || isSecure.has(toKey(update)) })),
  };
}

/** Checks the Release files, because apt keeps nothing else of an archive that has no packages yet. */
async function assertSecurityArchive(lists: string): Promise<void> {
  const names = (await readdir(lists)).filter((name) => /_(In)?Release$/.test(name));
  const releases = await Promise.all(names.map(async (name) => readFile(join(lists, name), 'utf8')));
  if (releases.some(isSecurityRelease)) return;
  throw securityArchiveFailure();
}

/** The last entry for a package wins: a requested package is installed even if the upgrade holds it back. */
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

/** Causes that can only occur in a scratch directory, or have another fix there. */
export const scratchCauses: readonly AptCause[] = [
  {
    pattern: anyOf(
      'Unable to locate package|has no installation candidate',
      String.raw`(Version|Release) '[^'\n]{0,500}' for '[^'\n]{0,500}' was not found`,
    ),
    message: () => "the image's repositories do not have a requested package",
    fix: 'check the input packages',
  },
  {
    pattern: /No space left on device/,
    message: () => 'the disk is full: no space for the package lists',
    fix: 'free disk space in the work directory and the cache directory',
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
