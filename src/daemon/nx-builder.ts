import { copyFile, rm, stat } from 'node:fs/promises';
import { constants } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Failure, ToolError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { buildFailure } from './build-failure.js';
import { pathExists } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import type { Command, Processes } from '../platform/process/processes.js';

export interface NxBuild {
  /** The workspace. */
  readonly source: string;
  /** Names of additional variables that are passed to nx. */
  readonly buildEnvironment?: readonly string[] | undefined;
}

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
}

const outputs = ['dist/apps/daemon/daemon-amd64', 'dist/apps/daemon-amd64'];
const halfAnHour = 1_800_000;

/** Runs the workspace's build target and copies its binary to `output`. @throws Failure with nx's lines as evidence */
export async function buildWithNx(build: NxBuild, output: string, ports: Ports): Promise<void> {
  const { source } = build;
  if (!(await hasNx(resolve(source))))
    throw new Failure(`nx is not installed in ${quoteText(source)}`, { fix: `npm ci (or yarn install) in ${source}` });
  await removeOldOutputs(source);
  await runNx({ ...nxCommand(build), onLine: ports.log.detail }, build, ports);
  const built = await tryFindOutput(source);
  if (built === undefined) {
    throw new Failure(`the nx build in ${quoteText(source)} did not write ${outputs.join(' or ')}`, {
      fix: 'write it there, and list it under "outputs" of the build target so that nx caches it',
    });
  }
  ports.log.detail(`Built ${built} with nx`);
  await copyFile(built, output, constants.COPYFILE_FICLONE);
}

/** `--no` keeps npx from fetching nx from the registry. Without the nx daemon no process is left behind. */
function nxCommand({ source, buildEnvironment }: NxBuild): Command {
  return {
    argv: ['npx', '--no', '--', 'nx', 'build', 'daemon', '--configuration=linux-amd64'],
    cwd: source,
    env: { NX_DAEMON: 'false', NX_TUI: 'false', NX_INTERACTIVE: 'false' },
    inherit: buildEnvironment,
    timeoutMs: halfAnHour,
  };
}

async function hasNx(directory: string): Promise<boolean> {
  if (await pathExists(join(directory, 'node_modules/.bin/nx'))) return true;
  return dirname(directory) !== directory && hasNx(dirname(directory));
}

/**
 * The binary of an earlier build must not be mistaken for the new one. nx restores it from its cache if nothing
 * changed.
 */
async function removeOldOutputs(source: string): Promise<void> {
  for (const output of outputs) if (await isFile(join(source, output))) await rm(join(source, output));
}

async function tryFindOutput(source: string): Promise<string | undefined> {
  for (const output of outputs) if (await isFile(join(source, output))) return join(source, output);
  return undefined;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function runNx(command: Command, { source, buildEnvironment }: NxBuild, { processes }: Ports): Promise<void> {
  try {
    await processes.run(command);
  } catch (error) {
    // Exit code 0 in an error means that it printed too much.
    if (!(error instanceof ToolError) || error.exitCode === undefined || error.exitCode === 0) throw error;
    throw buildFailure(`nx failed to build the daemon in ${quoteText(source)}`, error, buildEnvironment);
  }
}
