import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestProcesses } from '../fixtures/ports.js';
import { getOldNode, oldNodeWithinMs } from '../fixtures/old-node.js';

const root = join(import.meta.dirname, '../..');
const processes = createTestProcesses();
const path = process.env['PATH'] ?? '';
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ch-golden-set-up-'));
});

afterEach(async () => rm(directory, { recursive: true }));

describe('row 17: an old Node', () => {
  const evidence = [
    'ch-golden: needs Node 20 or newer, this is 18.20.8',
    expect.stringMatching(/^ {2}Fix: install a current Node/),
  ];
  test(
    'is reported by the CLI, instead of a syntax error in its bundle',
    async () => {
      const PATH = [await getOldNode(processes), path].join(delimiter);
      for (const argv of [
        [join(root, 'bin/ch-golden'), 'build', '--help'],
        ['node', '--require', './bin/require-node.cjs', '--eval', ''],
      ] as const)
        await expect(processes.run({ argv, cwd: root, env: { PATH } })).rejects.toMatchObject({
          exitCode: 1,
          evidence,
        });
    },
    oldNodeWithinMs,
  );

  test.each(['start', 'test', 'test:kvm'])('is checked before npm run %s', async (script) => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    expect(scripts[script]).toMatch(/^node --require \.\/bin\/require-node\.cjs scripts\/[a-z-]+\.mjs$/);
  });
});

test('a current Node runs the CLI, also through a link', async () => {
  await processes.run({ argv: ['ln', '-s', join(root, 'bin/ch-golden'), join(directory, 'a link')] });
  const { stdout } = await processes.run({ argv: [join(directory, 'a link'), '--version'] });
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('row 54: npm run test:kvm in a clone without node_modules installs packages first, like npm test', async () => {
  await cp(join(root, 'scripts'), join(directory, 'scripts'), { recursive: true });
  await writeFile(join(directory, 'package-lock.json'), '{"packages": {"node_modules/jest": {"version": "1.0.0"}}}');
  const bin = join(directory, 'bin');
  await mkdir(bin);
  const jest = 'node_modules/jest/bin';
  const programs = {
    'cloud-hypervisor': 'exit 0',
    // Logs the npm command, and creates the program that it would install.
    npm:
      `echo "npm $1" >> log && mkdir -p ${jest} && ` +
      `echo 'require("fs").appendFileSync("log", "jest " + process.argv.slice(2).join(" "))' > ${jest}/jest.js`,
  };
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`);
    await chmod(join(bin, name), 0o755);
  }
  await processes.run({
    argv: [process.execPath, join(directory, 'scripts/test-kvm.mjs')],
    cwd: directory,
    env: { PATH: [bin, path].join(delimiter) },
  });
  expect(await readFile(join(directory, 'log'), 'utf8')).toBe('npm install\njest --selectProjects kvm --runInBand');
});
