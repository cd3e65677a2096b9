import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure, ToolError } from '../../platform/errors.js';
import type { Log } from '../../platform/progress/log.js';
import type { Command } from '../../platform/process/processes.js';
import type { EditDriver, EditPlan } from '../edit-driver.js';
import type { PinnedPackages } from '../golden-image.js';
import { listProxies } from '../guest-environment.js';
import type { Ports } from '../ports.js';

/**
 * For the root process, as one line of JSON. Its input stays open: when it closes, nobody waits for the result any
 * more.
 */
export interface MountOrder {
  /** Its directory is empty and the user's. Root mounts a private filesystem there for its files. */
  readonly plan: EditPlan;
  /** Proxies: sudo keeps no environment. */
  readonly environment: Readonly<Record<string, string>>;
}

const messageSchema = z.union([
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

/** Sent back as lines of JSON. The last is `done` or `failure`. */
export type MountMessage = z.infer<typeof messageSchema>;

const withinMs = 6 * 60 * 60_000;

/**
 * As `mountDriver`, for a user with sudo. Only the mounting runs as root: the rest of the build, and all files, stay
 * the user's.
 * @param helper the command that root runs
 */
export function createSudoMountDriver(helper: Command['argv']): EditDriver {
  return { name: 'mount', apply: async (plan, ports) => mountThroughSudo(plan, helper, ports) };
}

async function mountThroughSudo(
  plan: EditPlan,
  helper: Command['argv'],
  { processes, log }: Ports,
): Promise<PinnedPackages | undefined> {
  const directory = join(plan.directory, 'as-root');
  await mkdir(directory);
  const order: MountOrder = { plan: { ...plan, directory }, environment: await listProxies(processes) };
  const { stdout } = await processes
    .run({
      argv: ['sudo', '-n', '--', 'unshare', '--mount', '--', ...helper],
      input: `${JSON.stringify(order)}\n`,
      holdInput: true,
      timeoutMs: withinMs,
      onLine: (line) => forwardLine(line, log),
    })
    .catch((error: unknown) => {
      throw error instanceof ToolError
        ? new Failure('the driver mount stopped before it finished', { evidence: error.evidence, cause: error })
        : error;
    });
  return parseResult(stdout);
}

function forwardLine(line: string, log: Log): void {
  const message = tryParseMessage(line);
  if (message === undefined) log.detail(line);
  else if ('line' in message) log[message.kind](message.line);
}

function parseResult(stdout: string): PinnedPackages | undefined {
  const last = tryParseMessage(stdout.trimEnd().split('\n').at(-1) ?? '');
  if (last?.kind === 'done') return last.pin;
  if (last?.kind !== 'failure')
    throw new Failure('the driver mount stopped without a result', { evidence: stdout.split('\n').slice(-20) });
  const { message, ...details } = last;
  throw new Failure(message, details);
}

/** Undefined for a line of another program, e.g. a warning of sudo. */
function tryParseMessage(line: string): MountMessage | undefined {
  try {
    return line.startsWith('{') ? messageSchema.safeParse(JSON.parse(line)).data : undefined;
  } catch {
    return undefined;
  }
}
