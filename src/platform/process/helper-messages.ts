import { z } from 'zod';
import { Failure, ToolError } from '../errors.js';
import { tryParseJson } from '../json.js';
import type { Log } from '../progress/log.js';
import type { Command, Processes } from './processes.js';

const lineSchema = z.object({ kind: z.enum(['detail', 'info', 'warn']), line: z.string() }).readonly();
const failureSchema = z
  .object({
    kind: z.literal('failure'),
    message: z.string(),
    fix: z.string().exactOptional(),
    evidence: z.array(z.string()).readonly(),
  })
  .readonly();

/** What a helper sends as lines of JSON. The last is its result, of the kind `done`, or `failure`. */
export type HelperMessage =
  | z.infer<typeof lineSchema>
  | z.infer<typeof failureSchema>
  | { readonly kind: 'done'; readonly [key: string]: unknown };

export interface HelperRequest<T> {
  /** Starts the helper. */
  readonly argv: Command['argv'];
  /** What it does, as one line of JSON on its input. That stays open: the helper stops when it closes. */
  readonly order: unknown;
  readonly withinMs: number;
  /** For messages, such as `the driver mount`. */
  readonly what: string;
  /** The message of the kind `done`. */
  readonly done: z.ZodType<T>;
}

/** Runs a helper and passes its lines on. @returns its result. @throws its Failure */
export async function runHelper<T>(
  { argv, order, withinMs, what, done }: HelperRequest<T>,
  { processes, log }: { readonly processes: Processes; readonly log: Log },
): Promise<T> {
  const { stdout } = await processes
    .run({
      argv,
      input: `${JSON.stringify(order)}\n`,
      holdInput: true,
      timeoutMs: withinMs,
      onLine: (line) => forwardLine(line, done, log),
    })
    .catch((error: unknown) => {
      throw error instanceof ToolError
        ? new Failure(`${what} stopped before it finished`, { evidence: error.evidence, cause: error })
        : error;
    });
  const last = tryParse(stdout.trimEnd().split('\n').at(-1) ?? '');
  const failure = failureSchema.safeParse(last).data;
  if (failure !== undefined) throw new Failure(failure.message, failure);
  const result = done.safeParse(last);
  if (result.success) return result.data;
  throw new Failure(`${what} stopped without a result`, { evidence: stdout.split('\n').slice(-20) });
}

function forwardLine(line: string, done: z.ZodType, log: Log): void {
  const message = tryParse(line);
  const found = lineSchema.safeParse(message).data;
  if (found !== undefined) log[found.kind](found.line);
  else if (!failureSchema.safeParse(message).success && !done.safeParse(message).success) log.detail(line);
}

/** Undefined for a line of another program, e.g. a warning of sudo. */
function tryParse(line: string): unknown {
  return line.startsWith('{') ? tryParseJson(line) : undefined;
}
