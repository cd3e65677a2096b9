import * as core from '@actions/core';
import { getExecOutput } from '@actions/exec';
import { Failure, errorMessage } from '../errors.js';
import { formatBytes, formatDuration, hideCommands, sanitizeLine } from '../format.js';
import { childEnvironment } from '../process/environment.js';
import type { StepView } from '../progress/steps.js';
import { toFailure } from '../fs/system-errors.js';
import { productVersion } from '../version.js';

/** The value of an input of the action, from the workflow or the default in `action.yml`. */
export function readActionInput(name: string): string {
  return core.getInput(name, { trimWhitespace: false });
}

/** Removes a secret input from the environment: GitHub's packages pass all of it to the programs that they start. */
export function dropActionInput(name: string): void {
  Reflect.deleteProperty(process.env, `INPUT_${name.toUpperCase()}`);
}

/** Makes the runner mask the text in the job's log from now on. */
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

/** State from main to post: the directory in which this job's runs keep their files. */
export const jobState = {
  saveWorkDirectory: (directory: string): void => core.saveState('work-folder', directory),
  getWorkDirectory: (): string | undefined => core.getState('work-folder') || undefined,
};

/** Logs the versions of tools in a folded group, so that every log that users report has them. */
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

/** The most lines that are kept of one step, so that a tool that prints endlessly does not fill the memory. */
const maxDetails = 20_000;

/** GitHub's log cannot nest or mix groups: a step's details are printed, folded, after it. */
export function createGitHubView(): StepView {
  const details = new Map<string, string[]>();
  const keep = (title: string, line: string): void => {
    const lines = details.get(title) ?? [];
    if (lines.push(sanitizeLine(line)) > maxDetails) lines.splice(0, maxDetails / 2, '(earlier lines were dropped)');
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

/** The tag whose push started the run. */
export function tryReadTag({
  GITHUB_REF_TYPE: type,
  GITHUB_REF_NAME: name,
}: Readonly<Record<string, string | undefined>>): string | undefined {
  return type === 'tag' ? name : undefined;
}

/** The builder of the manifest, from GitHub's environment. */
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
