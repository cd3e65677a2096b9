import { copyFile, rm, stat } from 'node:fs/promises';
import { constants } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Failure, ToolError } from '../platform/errors.js';
import { pathExists } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import type { Command, Processes } from '../platform/process/processes.js';

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
}

const outputs = ['dist/apps/daemon/daemon-amd64', 'dist/apps/daemon-amd64'];
const halfAnHour = 1_800_000;

/** Builds the daemon as its nx workspace says, and copies what that made to `output`. @throws Failure with nx's lines as evidence */
export async function buildWithNx(source: string, output: string, ports: Ports): Promise<void> {
  if (!(await hasNx(resolve(source))))
    throw new Failure(`nx is not installed in ${source}`, { fix: `npm ci (or yarn install) in ${source}` });
  await removeOldOutputs(source);
  await runNx({ ...nxCommand(source), onLine: ports.log.detail }, source, ports);
  const built = await tryFindOutput(source);
  if (built === undefined) {
    throw new Failure(`nx has built the daemon in ${source}, but there is no ${outputs.join(' or ')}`, {
      fix: 'let the build target write there and list it under "outputs", so that nx restores it from its cache',
    });
  }
  ports.log.detail(`nx made ${built}`);
  await copyFile(built, output, constants.COPYFILE_FICLONE);
}

/** `--no`: npx shall not fetch a program from the registry. Without its daemon nx leaves no process behind. */
function nxCommand(source: string): Command {
  return {
    argv: ['npx', '--no', '--', 'nx', 'build', 'daemon', '--configuration=linux-amd64'],
    cwd: source,
    env: { NX_DAEMON: 'false', NX_TUI: 'false', NX_INTERACTIVE: 'false' },
    timeoutMs: halfAnHour,
  };
}

async function hasNx(directory: string): Promise<boolean> {
  if (await pathExists(join(directory, 'node_modules/.bin/nx'))) return true;
  return dirname(directory) !== directory && hasNx(dirname(directory));
}

/** What an earlier build left must not pass for this one's. nx brings it back from its cache where nothing changed. */
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

async function runNx(command: Command, source: string, { processes }: Ports): Promise<void> {
  try {
    await processes.run(command);
  } catch (error) {
    // Where it ended well, it printed more than can be kept.
    if (!(error instanceof ToolError) || error.exitCode === undefined || error.exitCode === 0) throw error;
    throw new Failure(`nx could not build the daemon in ${source}`, { evidence: error.evidence, cause: error });
  }
}
