import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildDaemon } from '../../src/daemon/build-daemon.js';
import { formatError } from '../../src/entry/run-cli.js';
import { Failure } from '../../src/platform/errors.js';
import { hideCommands } from '../../src/platform/format.js';
import { createGitHubView, logToolVersions } from '../../src/platform/github/github.js';
import { childEnvironment } from '../../src/platform/process/environment.js';
import { createProcesses } from '../../src/platform/process/processes.js';
import { silentLog, type Log } from '../../src/platform/progress/log.js';
import { makeNxWorkspace } from '../integration/daemon/nx-workspace.js';
import { useScratchDirectories, writeTree } from '../integration/daemon/scratch.js';

const newDirectory = useScratchDirectories();
/** Ends a hang; a busy machine may be slow. */
const limit = 600_000;
const channels = ['GITHUB_OUTPUT', 'GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY'] as const;
const commands = ['::set-output name=version::9', '  ::add-path::/evil', '##[set-env name=BASH_ENV]/evil'] as const;
/** True for a line that the runner takes for a command: actions/runner, src/Runner.Common/ActionCommand.cs. */
const isCommand = (line: string): boolean => /^\s*::/.test(line) || line.includes('##[');

/** A job's environment, with the files by which a step changes later ones. */
async function createJob(): Promise<{ readonly directory: string; readonly environment: NodeJS.ProcessEnv }> {
  const directory = await newDirectory();
  await Promise.all(channels.map(async (name) => writeFile(join(directory, name), '')));
  const files = Object.fromEntries(channels.map((name) => [name, join(directory, name)]));
  const secrets = { ACTIONS_RUNTIME_TOKEN: 'secret', ACTIONS_ID_TOKEN_REQUEST_URL: 'secret', GITHUB_TOKEN: 'secret' };
  return { directory, environment: { ...process.env, ...files, ...secrets, RUNNER_TEMP: directory, CI: 'true' } };
}

const processesFor = (environment: NodeJS.ProcessEnv): ReturnType<typeof createProcesses> =>
  createProcesses({
    environment: childEnvironment(environment),
    ownEnvironment: environment,
    signal: new AbortController().signal,
    log: silentLog,
  });

/** The text that is written to standard output or standard error while `work` runs. */
async function capture(stream: NodeJS.WriteStream, work: () => Promise<unknown>): Promise<readonly string[]> {
  const original = stream.write.bind(stream);
  let text = '';
  stream.write = (chunk: string | Uint8Array) => {
    text += String(chunk);
    return true;
  };
  try {
    await work();
  } finally {
    stream.write = original;
  }
  return text.split('\n');
}

describe('row 38: programs of a build cannot change the job', () => {
  // Installs nx, once on a machine.
  beforeAll(async () => makeNxWorkspace(join(await newDirectory(), 'workspace')), 30 * 60_000);

  async function createForgingWorkspace(): Promise<string> {
    const workspace = join(await newDirectory(), 'workspace');
    await makeNxWorkspace(workspace);
    const project = join(workspace, 'apps/daemon/project.json');
    const script = [
      ...channels.map((name) => `echo forged=1 >> "$${name}" || true`),
      ...commands.map((line) => `echo '${line}'`),
      'env > "$PWD/seen.txt"',
    ].join('\n');
    await writeTree(workspace, { 'apps/daemon/forge.sh': script });
    const text = await readFile(project, 'utf8');
    await writeFile(project, text.replace('"command": "go build', '"command": "sh ./forge.sh; go build'));
    return workspace;
  }

  test(
    'an nx build that writes the channels of the runner',
    async () => {
      const workspace = await createForgingWorkspace();
      const { directory, environment } = await createJob();
      const lines = await capture(process.stdout, async () => {
        const view = createGitHubView();
        const log: Log = { ...silentLog, detail: (line) => view.detail('Build daemon', line) };
        const request = { builder: 'nx', source: workspace, outputDirectory: await newDirectory() } as const;
        await buildDaemon(request, { processes: processesFor(environment), log });
        view.finished('Build daemon', 'done', 1);
      });
      for (const name of channels) expect(await readFile(join(directory, name), 'utf8')).toBe('');
      const seen = await readFile(join(workspace, 'apps/daemon/seen.txt'), 'utf8');
      expect(seen).not.toMatch(/^(GITHUB_(OUTPUT|ENV|PATH|STATE|STEP_SUMMARY|TOKEN)|ACTIONS_\w+|RUNNER_TEMP)=/m);
      expect(seen).not.toContain('secret');
      expect(lines.join('\n')).toContain('set-output name=version');
      // The view itself prints only groups.
      expect(lines.filter((line) => isCommand(line) && !/^::(end)?group::/.test(line))).toEqual([]);
    },
    limit,
  );

  test('any other program', async () => {
    const { environment } = await createJob();
    const { stdout } = await processesFor(environment).run({ argv: ['env'] });
    expect(stdout).not.toMatch(/^(GITHUB_(OUTPUT|ENV|PATH|STATE|STEP_SUMMARY|TOKEN)|ACTIONS_\w+|RUNNER_TEMP)=/m);
    expect(stdout).toMatch(/^CI=true$/m);
  });

  test('tools whose versions are logged', async () => {
    const directory = await newDirectory();
    const tool = join(directory, 'tool');
    await writeFile(
      tool,
      `#!/bin/sh\n${commands.map((line) => `echo '${line}'`).join('\n')}\necho "to [$GITHUB_ENV]"\n`,
    );
    await chmod(tool, 0o755);
    const before = process.env['GITHUB_ENV'];
    process.env['GITHUB_ENV'] = '/runner/env';
    try {
      const lines = await capture(process.stdout, async () => logToolVersions([[tool, '--version']]));
      expect(lines).toContain('to []');
      expect(lines.filter((line) => isCommand(line) && !/^::(end)?group::/.test(line))).toEqual([]);
      expect(lines.join('\n')).toContain('set-output name=version');
    } finally {
      if (before === undefined) delete process.env['GITHUB_ENV'];
      else process.env['GITHUB_ENV'] = before;
    }
  });

  test('the CLI in a job, which prints the last lines of a build that failed', () => {
    const lines = formatError(new Failure('nx failed', { evidence: commands, fix: 'none' })).split('\n');
    expect(lines).toHaveLength(commands.length + 3);
    expect(lines.filter(isCommand)).toEqual([]);
  });

  test.each(commands)('%j is escaped', (line) => {
    expect(isCommand(line)).toBe(true);
    expect(isCommand(hideCommands(line))).toBe(false);
  });
});
