import { readdir, readFile, writeFile } from 'node:fs/promises';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readBuildInputs, type BuildInputs } from '../../src/inputs/build-inputs.js';
import { buildInputDefinitions } from '../../src/inputs/definitions.js';
import { planDaemon } from '../../src/image/daemon-edits.js';
import { Failure, UsageError } from '../../src/platform/errors.js';
import { createTestProcesses } from '../fixtures/ports.js';
import { makeBase, makeDisk, nobleDisk } from '../fixtures/small-image.js';
import { chooseCount, pickCases, seed } from './how-many.js';
import { listFiles } from '../fixtures/list-files.js';
import { expectRejection, createPipeline, toFlags, type Pipeline } from './pipeline.js';

/*
 * Hostile inputs. Most are only parsed, in this process, as the CLI and the action do. Some go through the whole
 * program, where a file named `canary` reveals that a shell has executed them.
 */

const processes = createTestProcesses();
const mebibyte = 1024 ** 2;

/**
 * Values that shells, units, workflows, terminals, parsers or people could misinterpret, and values that are too long.
 */
const hostile: readonly string[] = [
  '$(touch canary)',
  '`touch canary`',
  '; touch canary #',
  '\'"; touch canary; "\'',
  '| touch canary > canary & touch canary',
  '${IFS}$HOME\\n%s',
  'a\ntouch canary',
  'a\n::set-output name=x::y',
  'a\r::error::x',
  'a\n[Service]\nExecStart=/usr/bin/touch /canary',
  'a\0b',
  '\u001b]0;title\u0007\u001b[2J',
  'a\u202etxt.exe\u2066',
  'a\u2028b',
  'ünïcödé 日本語 🚀 \ud800',
  '--help',
  '-oProxyCommand=touch canary',
  '../../../../etc/passwd',
  'a/../../b',
  '__proto__',
  '","x":{"$ref":"#"}}',
  ' \t ',
  'x'.repeat(mebibyte),
  'A=b\n'.repeat(mebibyte / 4),
  '"'.repeat(mebibyte),
  ':'.repeat(mebibyte),
];

const fetched = 'a'.repeat(64);
/** Other inputs that an input needs, so that it is not rejected for lacking them. */
const company: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'daemon-binary': { 'daemon-builder': 'prebuilt' },
  'daemon-version-variable': { 'daemon-version': '1' },
  snapshot: { packages: 'curl' },
  'base-image': { 'base-sha256': fetched },
};

function read(inputs: Readonly<Record<string, string>>): BuildInputs {
  return readBuildInputs((name) => ({ store: '/store', ...inputs })[name] ?? '', { cache: '/cache', work: '/work' });
}

function failureOf(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Expects one harmless line that names the input. */
function expectOneLine(error: unknown, name: string): void {
  expect(error).toBeInstanceOf(UsageError);
  const { message, fix = '' } = error as UsageError;
  for (const line of [message, fix]) {
    expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f]/u);
    expect(line.length).toBeLessThan(500);
  }
  expect(message.replace(/[ -]/g, '')).toMatch(
    new RegExp(name.replace(/^daemon-|-/g, '').replace('env', '(env|daemonenv)'), 'i'),
  );
  expect(fix).not.toBe('');
}

describe('every input is rejected in one line, or is harmless', () => {
  test.each(buildInputDefinitions.map(({ name }) => name))('%s', (name) => {
    for (const value of hostile) {
      const error = failureOf(() => read({ ...company[name], [name]: value }));
      if (error !== undefined) expectOneLine(error, name);
      // What is let through is one line, but for inputs of many; and it is not longer than a path can be.
      else if (!['daemon-env', 'daemon-build-env', 'files', 'packages'].includes(name))
        expect(value.trim()).toMatch(/^[^\p{Cc}\u2028\u2029]{0,4096}$/u);
    }
  });
});

describe(`a value of daemon-env (FAULTS_SEED=${seed})`, () => {
  /** The lines of the daemon's unit. */
  function formatUnit(environment: readonly string[]): readonly string[] {
    return planDaemon({ binary: '/daemon', sha256: '', environment }).flatMap((edit) =>
      edit.kind === 'write' && 'text' in edit.content && edit.path.endsWith('.service')
        ? edit.content.text.split('\n')
        : [],
    );
  }

  /** The value of a line of a unit as systemd reads it: systemd.syntax(7), and systemd.unit(5) on specifiers. */
  function readUnit(line: string): string {
    return (/^Environment="(.*)"$/.exec(line)?.[1] ?? '').replace(/\\(["\\])/g, '$1');
  }

  /** Expands the two specifiers of the tests as systemd does. */
  function expand(line: string): string {
    return line.replace(/%(.)/gu, (specifier, letter) =>
      letter === '%' ? '%' : letter === 'H' ? 'vm-001' : specifier,
    );
  }

  /**
   * The settings that systemd reads after a line `ExecStartPre=`, which a shell executes: systemd.exec(5),
   * `EnvironmentFile=`.
   */
  function readStartCommands(line: string): readonly string[] {
    const [, quoted = ''] = /^ExecStartPre=:\/bin\/sh -c "(.*) >\/run\/daytona-daemon\.env"$/u.exec(line) ?? [];
    const command = expand(quoted.replace(/\\(["\\])/g, '$1'));
    const written = execFileSync('sh', ['-c', `uname() { echo vm-001; }; ${command}`], { encoding: 'utf8' });
    return written
      .trimEnd()
      .split('\n')
      .map((setting) =>
        setting.replace(
          /^([^=]*)="(.*)"$/u,
          (_, name: string, text: string) => `${name}=${text.replace(/\\(["\\$`])/g, '$1')}`,
        ),
      );
  }

  test('is one setting of one variable, with its whole value', () => {
    const characters = fc.constantFrom(
      '"',
      '\\',
      "'",
      '$',
      '`',
      '%%',
      ' ',
      ';',
      '#',
      '=',
      'a',
      'é',
      '🚀',
      '\n',
      '\r',
      '\u2028',
      '\0',
      '%H',
      '%',
      '[Service]',
    );
    fc.assert(
      fc.property(
        fc.array(characters, { maxLength: 30 }).map((parts) => parts.join('')),
        (value) => {
          let environment: readonly string[];
          try {
            environment = read({ 'daemon-env': `SECRET_VALUE=${value}` }).daemon.environment;
          } catch (error) {
            expectOneLine(error, 'daemon-env');
            return;
          }
          const [usual, unit] = [formatUnit([]), formatUnit(environment)];
          const isOurs = (line: string): boolean =>
            /^(Environment="|ExecStartPre=|EnvironmentFile=-\/run\/)/.test(line);
          expect(unit.filter((line) => !isOurs(line))).toEqual(usual);
          const hasHostName = (line: string): boolean => /^(%[^H]|[^%])*%H/u.test(line);
          expect(unit.filter((line) => line.startsWith('Environment="')).map(readUnit)).toEqual(
            environment.filter((line) => !hasHostName(line)),
          );
          const written = unit.filter((line) => line.startsWith('ExecStartPre=')).flatMap(readStartCommands);
          expect(written).toEqual(environment.filter(hasHostName).map(expand));
        },
      ),
      { seed, numRuns: chooseCount(300, 20_000) },
    );
  });

  test('is in no message', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 0, maxLength: 20 }), (noise) => {
        const error = failureOf(() => read({ 'daemon-env': `KEY=${noise}hunter2-hunter2${noise}` }));
        if (error instanceof Failure) expect(`${error.message}${error.fix ?? ''}`).not.toContain('hunter2');
      }),
      { seed, numRuns: chooseCount(300, 20_000) },
    );
  });
});

describe(`through the whole program (FAULTS_SEED=${seed})`, () => {
  let pipeline: Pipeline;
  let base: string;
  beforeAll(async () => {
    pipeline = await createPipeline('inputs `touch canary`;touch canary #');
    const raw = join(pipeline.directory, 'base.raw');
    await makeDisk(raw, nobleDisk, processes);
    base = (await makeBase(raw, 'zlib', processes)).path;
  });
  afterAll(async () => {
    const seen = [...(await listFiles(pipeline.directory)), ...(await readdir('.')), ...(await readdir('/'))].filter(
      (name) => /(^|\/)canary$/.test(name),
    );
    expect(seen).toEqual([]);
    await pipeline.remove();
  });

  test('a build whose every input is hostile works like any other', async () => {
    const place = await pipeline.createPlace();
    const odd = join(place, '-o `touch canary` \'";%H ü\u202e');
    const source = join(place, '--help; touch canary #');
    await writeFile(source, 'canary');
    const secret = 'pa$$w0rd"$(touch canary)\\`x`';
    const result = await pipeline.build(
      place,
      {
        'base-image': base,
        'daemon-env': `A=${secret}\nB='; touch canary '`,
        files: `${source}:/opt/$(touch canary);'x' --y:0600`,
        'cache-folder': `${odd}1`,
        'work-folder': `${odd}2`,
        'output-folder': `${odd}3`,
        'report-folder': `${odd}4`,
        store: `${odd}5`,
        'health-path': '/$(touch${IFS}canary)',
      },
      { node: [], environment: { CANARY: '$(touch canary)' } },
    );
    expect(result).toMatchObject({
      code: 0,
      stderr: expect.not.stringContaining('w0rd'),
      stdout: expect.not.stringContaining('w0rd'),
    });
    expect(await readFile(join(`${odd}4`, 'report.json'), 'utf8')).not.toContain('w0rd');
    const image = join(`${odd}3`, 'snapshots/ubuntu-base.1.qcow2');
    await processes.run({ argv: ['qemu-img', 'convert', '-O', 'raw', image, join(place, 'raw')] });
    const cat = async (path: string): Promise<string> =>
      (
        await processes.run({
          argv: ['debugfs', '-R', `cat "${path}"`, `${join(place, 'raw')}?offset=${9 * mebibyte}`],
        })
      ).stdout;
    const unit = (await cat('/etc/systemd/system/daytona-daemon.service')).split('\n');
    expect(unit).toContain('Environment="A=pa$$w0rd\\"$(touch canary)\\\\`x`"');
    expect(await cat("/opt/$(touch canary);'x' --y")).toBe('canary');
  });

  const throughFlags = pickCases(
    buildInputDefinitions.filter(({ name }) => name !== 'store'),
    2,
  );
  test.each(throughFlags.map(({ name }) => name))('%s as a flag', async (name) => {
    const place = await pipeline.createPlace();
    const given = { ...company[name], [name]: '$(touch canary);--help\u001b[2J\n::error::' };
    const result = await pipeline.build(place, { 'base-image': base, ...given });
    // If the input has choices, the parser of flags rejects it. An input that this builder does not use is ignored.
    if (result.code !== 0 && !result.stderr.startsWith('error: ')) expectRejection(result, /./, /./);
    expect([0, 2]).toContain(result.code);
    expect(result.stderr).not.toMatch(/\u001b|^::|\n\s+at /m);
  });

  test('the action: a newline and a percent sign in an input create no workflow command', async () => {
    const place = await pipeline.createPlace();
    const state = join(place, 'state');
    await writeFile(state, '');
    const child = spawn(process.execPath, ['--', pipeline.entry('main')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: place,
        GITHUB_STATE: state,
        GITHUB_OUTPUT: state,
        INPUT_STORE: join(place, 'store'),
        'INPUT_IMAGE-NAME': 'a\n::set-env name=X::y\r\n::add-mask::z',
        'INPUT_DAEMON-ENV': 'TOKEN=hunter2-hunter2',
      },
    });
    const [output, closed] = await Promise.all([text(child.stdout), once(child, 'close')]);
    expect(closed[0]).toBe(1);
    expect(output).toMatch(/^::error::invalid image name /m);
    expect(output).not.toMatch(/^::(set-env|add-mask|set-output)/m);
    expect(output).not.toMatch(/hunter2|\n\s+at /);
  });

  test('invalid flags are one line too', async () => {
    const result = await pipeline.cli(['build', ...toFlags({ 'no-such-input': '$(touch canary)' })]);
    expect(result).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/unknown option/) });
    expect(result.stderr).not.toMatch(/\n\s+at /);
  });
});
