import * as core from '@actions/core';
import { getExecOutput } from '@actions/exec';
import { Failure, errorMessage } from '../errors.js';
import { formatBytes, formatDuration, hideCommands, sanitizeLine } from '../format.js';
import { childEnvironment } from '../process/environment.js';
import type { StepView } from '../progress/steps.js';
import { toFailure } from '../fs/system-errors.js';
import { productVersion } from '../version.js';

/** The value of an action's input as the workflow or `action.yml` gives it. */
export function readActionInput(name: string): string {
  return core.getInput(name, { trimWhitespace: false });
}

/** Takes an input that is a secret out of our environment: GitHub's packages start programs with all of it. */
export function dropActionInput(name: string): void {
  Reflect.deleteProperty(process.env, `INPUT_${name.toUpperCase()}`);
}

/** From now on the runner shows stars in place of the text in the job's log. */
export function maskInJob(secret: string): void {
  core.setSecret(secret);
}

export function setActionOutput(name: string, value: string): void {
  core.setOutput(name, value);
}

/** Adds Markdown to the summary of the job. */
export async function writeJobSummary(markdown: string): Promise<void> {
  await core.summary.addRaw(markdown, true).write();
}

export function printInJob(line: string): void {
  core.info(hideCommands(sanitizeLine(line)));
}

/** Fails the job with an annotation: the reason in the first line, the fix in the second. */
export function failJob(thrown: unknown): void {
  const error = toFailure(thrown);
  if (error instanceof Failure) for (const line of error.evidence) printInJob(`  ${line}`);
  core.setFailed(
    error instanceof Failure && error.fix !== undefined ? `${error.message}\n${error.fix}` : errorMessage(error),
  );
}

/** What crosses from main to post: the directory in which this job's runs keep what they hold. */
export const jobState = {
  saveWorkDirectory: (directory: string): void => core.saveState('work-folder', directory),
  getWorkDirectory: (): string | undefined => core.getState('work-folder') || undefined,
};

/** Shows the versions of the tools in a folded group: every report of a problem then carries them. */
export async function logToolVersions(commands: readonly (readonly [string, ...string[]])[]): Promise<void> {
  await core.group('Tool versions', async () => {
    for (const [program, ...rest] of commands) {
      const options = { ignoreReturnCode: true, silent: true, env: childEnvironment(process.env) };
      const output = await getExecOutput(program, rest, options).then(
        ({ stdout, stderr }) => `${stdout}${stderr}`,
        errorMessage,
      );
      printInJob(`$ ${[program, ...rest].join(' ')}`);
      output.trimEnd().split('\n').forEach(printInJob);
    }
  });
}

/** Lines of one step that are kept: a tool that prints without an end must not fill our memory. */
const mostDetails = 20_000;

/** GitHub's log cannot nest or mix groups: a step's details are kept and folded away when it has ended. */
export function createGitHubView(): StepView {
  const details = new Map<string, string[]>();
  const keep = (title: string, line: string): void => {
    const lines = details.get(title) ?? [];
    if (lines.push(sanitizeLine(line)) > mostDetails) lines.splice(0, mostDetails / 2, '(earlier lines are left out)');
    details.set(title, lines);
  };
  const showDetails = (title: string): void => {
    const lines = details.get(title) ?? [];
    details.delete(title);
    if (lines.length === 0) return;
    core.startGroup(`${title}: details`);
    lines.forEach(printInJob);
    core.endGroup();
  };
  const reported = new Map<string, number>();
  return {
    started: (title) => core.info(`${title} ...`),
    info: (title, line) => printInJob(`${title}: ${line}`),
    detail: keep,
    warn: (title, line) => core.warning(sanitizeLine(line), { title }),
    progress: (title, label, done, total) => {
      const key = `${title}/${label}`;
      const now = Date.now();
      if (now - (reported.get(key) ?? 0) < 15_000) return;
      reported.set(key, now);
      keep(title, `${label}: ${formatBytes(done)}${total === undefined ? '' : ` of ${formatBytes(total)}`}`);
    },
    finished: (title, outcome, milliseconds) => {
      showDetails(title);
      core.info(`${title}: ${outcome} after ${formatDuration(milliseconds)}`);
    },
    close: () => [...details.keys()].forEach(showDetails),
  };
}

export function warnInJob(line: string): void {
  core.warning(line);
}

/** The tag whose push has started the run. */
export function tryReadTag({
  GITHUB_REF_TYPE: type,
  GITHUB_REF_NAME: name,
}: Readonly<Record<string, string | undefined>>): string | undefined {
  return type === 'tag' ? name : undefined;
}

/** Which run builds, as GitHub's environment tells it. */
export function readBuilder(environment: Readonly<Record<string, string | undefined>>): {
  readonly tool: string;
  readonly repository?: string;
  readonly commit?: string;
  readonly run?: string;
} {
  const {
    GITHUB_REPOSITORY: repository,
    GITHUB_SHA: commit,
    GITHUB_RUN_ID: run,
    GITHUB_RUN_ATTEMPT: attempt = '1',
    GITHUB_SERVER_URL: server,
  } = environment;
  return {
    tool: `ch-golden ${productVersion}`,
    ...(repository === undefined ? {} : { repository }),
    ...(commit === undefined ? {} : { commit }),
    ...(run === undefined || repository === undefined || server === undefined
      ? {}
      : { run: `${server}/${repository}/actions/runs/${run}/attempts/${attempt}` }),
  };
}
