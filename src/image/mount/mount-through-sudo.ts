import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure, ToolError } from '../../platform/errors.js';
import type { Log } from '../../platform/progress/log.js';
import type { Processes } from '../../platform/process/processes.js';
import type { PinnedPackages } from '../golden-image.js';
import { listProxies } from '../guest-environment.js';
import type { MountRequest } from './mount-edits.js';

/** What the process of root is told, as one line of JSON. Its input then stays open: its end says that nobody waits any more. */
export interface MountOrder {
  /** Its directory is an empty one of the user's: root's own files lie on a filesystem that only root's namespace has there. */
  readonly request: MountRequest;
  /** Proxies: sudo keeps no environment. */
  readonly environment: Readonly<Record<string, string>>;
}

const wordSchema = z.union([
  z.object({ kind: z.enum(['detail', 'info', 'warn']), line: z.string() }).readonly(),
  z
    .object({
      kind: z.literal('done'),
      pin: z
        .object({ snapshot: z.string(), unpinned: z.array(z.string()).readonly() })
        .readonly()
        .exactOptional(),
    })
    .readonly(),
  z
    .object({
      kind: z.literal('failure'),
      message: z.string(),
      fix: z.string().exactOptional(),
      evidence: z.array(z.string()).readonly(),
    })
    .readonly(),
]);

/** What it says, as lines of JSON; the last is `done` or `failure`. */
export type MountWord = z.infer<typeof wordSchema>;

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
}

const withinMs = 6 * 60 * 60_000;

/**
 * As `mountEdits`, for a user with sudo: a process of root's does the mounting alone. All else of a build stays the user's,
 * and so do all files. `program` is the bundle that root runs. @throws as `mountEdits` does
 */
export async function mountThroughSudo(
  request: MountRequest,
  program: string,
  { processes, log }: Ports,
): Promise<PinnedPackages | undefined> {
  const directory = join(request.directory, 'as-root');
  await mkdir(directory);
  const order: MountOrder = { request: { ...request, directory }, environment: await listProxies(processes) };
  const { stdout } = await processes
    .run({
      argv: ['sudo', '-n', '--', 'unshare', '--mount', '--', process.execPath, program],
      input: `${JSON.stringify(order)}\n`,
      holdInput: true,
      timeoutMs: withinMs,
      onLine: (line) => passOn(line, log),
    })
    .catch((error: unknown) => {
      throw error instanceof ToolError
        ? new Failure('the driver mount ended before it was done', { evidence: error.evidence, cause: error })
        : error;
    });
  return readEnd(stdout);
}

function passOn(line: string, log: Log): void {
  const word = tryParse(line);
  if (word === undefined) log.detail(line);
  else if ('line' in word) log[word.kind](word.line);
}

function readEnd(stdout: string): PinnedPackages | undefined {
  const word = tryParse(stdout.trimEnd().split('\n').at(-1) ?? '');
  if (word?.kind === 'done') return word.pin;
  if (word?.kind !== 'failure')
    throw new Failure('the driver mount did not say how it ended', { evidence: stdout.split('\n').slice(-20) });
  const { message, fix, evidence } = word;
  throw new Failure(message, { evidence, ...(fix === undefined ? {} : { fix }) });
}

/** Undefined for a line of another program, such as a warning of sudo's. */
function tryParse(line: string): MountWord | undefined {
  try {
    return line.startsWith('{') ? wordSchema.safeParse(JSON.parse(line)).data : undefined;
  } catch {
    return undefined;
  }
}
