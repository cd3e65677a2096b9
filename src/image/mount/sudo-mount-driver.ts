import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure, ToolError } from '../../platform/errors.js';
import type { Log } from '../../platform/progress/log.js';
import type { EditDriver, EditPlan } from '../edit-driver.js';
import type { PinnedPackages } from '../golden-image.js';
import { listProxies } from '../guest-environment.js';
import type { Ports } from '../ports.js';

/** What the process of root is told, as one line of JSON. Its input then stays open: its end says that nobody waits any more. */
export interface MountOrder {
  /** Its directory is an empty one of the user's: root's own files lie on a filesystem that only root's namespace has there. */
  readonly plan: EditPlan;
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

const withinMs = 6 * 60 * 60_000;

/**
 * As `mountDriver`, for a user with sudo. Only the mounting runs as root: the rest of the build, and all files, stay the user's.
 * @param program the bundle that root runs
 */
export function createSudoMountDriver(program: string): EditDriver {
  return { name: 'mount', apply: async (plan, ports) => mountThroughSudo(plan, program, ports) };
}

async function mountThroughSudo(
  plan: EditPlan,
  program: string,
  { processes, log }: Ports,
): Promise<PinnedPackages | undefined> {
  const directory = join(plan.directory, 'as-root');
  await mkdir(directory);
  const order: MountOrder = { plan: { ...plan, directory }, environment: await listProxies(processes) };
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
