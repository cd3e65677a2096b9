import { writeFile } from 'node:fs/promises';
import { styleText } from 'node:util';
import { systemClock } from '../platform/clock.js';
import { UsageError, CancelledError, Failure, errorMessage } from '../platform/errors.js';
import { hideCommands, sanitizeLine } from '../platform/format.js';
import { bundledHelpers, type Helpers } from '../platform/process/helpers.js';
import { createPlainView } from '../platform/progress/plain-view.js';
import { beginSession, defaultDirectories } from '../platform/session.js';
import type { StepView } from '../platform/progress/steps.js';
import { toFailure } from '../platform/fs/system-errors.js';
import { createTerminalView } from '../platform/progress/terminal-view.js';
import { createTrace, formatChromeTrace } from '../platform/progress/trace.js';
import { productVersion } from '../platform/version.js';
import { parseCommandLine, type OutputStyle, type ParsedCommandLine } from '../inputs/command-line.js';
import { loadSettings } from './load-settings.js';
import { runCommand } from './run-command.js';

type Environment = Readonly<Record<string, string | undefined>>;

const exitCodes = { done: 0, failed: 1, usage: 2, cancelled: 130 } as const;

/** Runs the CLI and returns its exit code: 0 done, 1 failed, 2 usage error, 3 nothing to do, 130 cancelled. */
export async function runCli(
  args: readonly string[],
  environment: Environment,
  helpers = bundledHelpers(),
): Promise<number> {
  // The warning is about future versions of the SDK. The bundle has this one, and users cannot change it.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  try {
    const sources = await loadSettings(environment);
    const defaults = defaultDirectories(environment);
    const parsed = parseCommandLine(args, { version: productVersion, defaults, sources });
    if ('run' in parsed) return await carryOut(parsed, environment, helpers);
    (parsed.exitCode === 0 ? process.stdout : process.stderr).write(`${parsed.print}\n`);
    return parsed.exitCode;
  } catch (thrown) {
    const error = toFailure(thrown);
    process.stderr.write(formatError(error));
    if (error instanceof UsageError) return exitCodes.usage;
    return error instanceof CancelledError ? exitCodes.cancelled : exitCodes.failed;
  }
}

async function carryOut(
  { run, output, warnings }: Extract<ParsedCommandLine, { readonly run: unknown }>,
  environment: Environment,
  helpers: Helpers,
): Promise<number> {
  for (const warning of warnings) process.stderr.write(`ch-golden: warning: ${warning}\n`);
  const view = createView(output);
  const trace = createTrace(systemClock);
  try {
    const session = beginSession(view, environment, { trace, helpers });
    const { text, json, exitCode } = await runCommand(run, session, defaultDirectories(environment));
    const printed = output.json ? formatJson(json) : hideInLines(typeof text === 'string' ? text : await text());
    view.close();
    // A command that has printed everything as it came returns nothing to print.
    if (printed !== '') process.stdout.write(`${printed}\n`);
    return exitCode;
  } finally {
    view.close();
    if (output.trace !== undefined) await writeTrace(output.trace, formatChromeTrace(trace.spans));
  }
}

/** A trace that cannot be written does not hide how the run ended. */
async function writeTrace(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((error: unknown) =>
    process.stderr.write(`ch-golden: cannot write the trace: ${errorMessage(error)}\n`),
  );
}

/** Steps go to standard error: standard output has only the result. */
function createView({ verbose }: OutputStyle): StepView {
  return process.stderr.isTTY
    ? createTerminalView(process.stderr, { verbose })
    : createPlainView((line) => void process.stderr.write(`${hideCommands(line)}\n`), { verbose });
}

function formatJson(json: unknown): string {
  return json === undefined ? '' : JSON.stringify(json, null, 2);
}

/** The CLI may run in a GitHub job, whose runner looks for commands in every line. */
function hideInLines(text: string): string {
  return text.split('\n').map(hideCommands).join('\n');
}

/** The lines that the CLI prints about an error. */
export function formatError(error: unknown): string {
  const red = (text: string): string => styleText('red', text, { stream: process.stderr });
  if (!(error instanceof Failure))
    return `${red('ch-golden:')} ${error instanceof Error ? (error.stack ?? error.message) : errorMessage(error)}\n`;
  return [
    `${red('ch-golden:')} ${sanitizeLine(error.message, 2000)}`,
    ...error.evidence.map((line) => `    ${sanitizeLine(line)}`),
    ...(error.fix === undefined ? [] : [`  Fix: ${error.fix}`]),
    '',
  ]
    .map(hideCommands)
    .join('\n');
}
