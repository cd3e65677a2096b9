import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { shellScripts, type Shell } from '../../../src/inputs/completion/shell-scripts.js';
import { createTestProcesses } from '../../fixtures/ports.js';

const program = join(import.meta.dirname, '../../../bin/ch-golden');
const processes = createTestProcesses();
const found = Object.fromEntries(
  await Promise.all((['bash', 'zsh', 'fish'] as const).map(async (shell) => [shell, await processes.tryFind(shell)])),
) as Readonly<Record<Shell, string | undefined>>;
/** The name of a skipped test says which shell is missing. */
const inShell = (shell: Shell): typeof test.skip => (found[shell] === undefined ? test.skip : test);

let directory: string;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  // Neither a space nor a quote: this is about what shells do with the candidates.
  directory = await mkdtemp(join(tmpdir(), 'ch-golden-shells-'));
  await mkdir(join(directory, 'host/sandboxes/vm-007'), { recursive: true });
  await mkdir(join(directory, 'bin'));
  await writeFile(
    join(directory, 'bin/ch-golden'),
    `#!/bin/sh\n[ "$1" = complete ] && exec '${program}' "$@"\nprintf '%s\\n' "$*" >>'${join(directory, 'ran')}'\n`,
  );
  await chmod(join(directory, 'bin/ch-golden'), 0o755);
  for (const [shell, script] of Object.entries(shellScripts)) await writeFile(join(directory, shell), script);
  env = { PATH: [join(directory, 'bin'), process.env['PATH'] ?? ''].join(delimiter), HOME: directory };
});
afterAll(async () => rm(directory, { recursive: true, force: true }));

const start: Readonly<Record<'bash' | 'zsh', readonly [command: string, set: string]>> = {
  bash: ['bash --norc --noprofile -i', 'source ./bash'],
  zsh: ['zsh -f -i', 'autoload -Uz compinit; compinit -D -u; source ./zsh'],
};

/** Types each line into an interactive shell on a terminal of its own, and returns the commands that it ran. */
async function type(shell: 'bash' | 'zsh', lines: readonly string[]): Promise<readonly string[]> {
  const [command, set] = start[shell];
  await rm(join(directory, 'ran'), { force: true });
  const input = [set, ...lines, 'exit', ''].join('\n');
  await processes.run({
    argv: ['script', '-qec', command, '/dev/null'],
    cwd: directory,
    env,
    input,
    timeoutMs: 60_000,
  });
  return (await readFile(join(directory, 'ran'), 'utf8')).trimEnd().split('\n');
}

for (const shell of ['bash', 'zsh'] as const) {
  inShell(shell)(`a tab completes in ${shell}: commands, flags, values, VMs of this host, files`, async () => {
    const ran = await type(shell, [
      'ch-golden vm cre\t',
      'ch-golden build --drive\t inj\t',
      'ch-golden build --driver=inj\t',
      'ch-golden vm stop --root ./host vm\t',
      'ch-golden trust add-key ba\t',
    ]);
    expect(ran).toEqual([
      'vm create',
      'build --driver inject',
      'build --driver=inject',
      'vm stop --root ./host vm-007',
      'trust add-key bash',
    ]);
  });
}

inShell('fish')('a tab completes in fish: commands with descriptions, values, VMs of this host, files', async () => {
  const list = async (line: string): Promise<readonly string[]> => {
    const argv = ['fish', '--no-config', '-c', `source ./fish; complete -C '${line}'`] as const;
    const { stdout } = await processes.run({ argv, cwd: directory, env, timeoutMs: 60_000 });
    return stdout.trimEnd().split('\n');
  };
  expect(await list('ch-golden vm sto')).toEqual(['stop\tPower off a VM']);
  expect(await list('ch-golden build --driver inj')).toEqual(['inject']);
  expect(await list('ch-golden build --driver=inj')).toEqual(['--driver=inject']);
  expect(await list('ch-golden vm stop --root ./host vm')).toEqual(['vm-007']);
  expect(await list('ch-golden trust add-key ba')).toEqual(['bash']);
});
