import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compileSources } from '../../fixtures/compile-sources.js';
import { chooseCount, runsAll, seed } from '../how-many.js';
import type { Order, Message } from './fuzz-child.js';
import type { Parser } from './parser.js';

/** The memory that a parser may use for any input. */
const maxMemoryMiB = 512;
/** The time limit of one run of a parser. Most take less than a millisecond. */
const silenceMs = 5 * 60_000;
const runs = chooseCount(120, 6000);

/**
 * Runs each parser of a table (`texts.ts` and so on) on thousands of unusual inputs: it must return or throw one of
 * this product's errors. Runs in a separate process, so that a parser that hangs or exhausts memory is a failed test
 * with a name.
 */
export function fuzzParsers(table: string, parsers: readonly Parser[]): void {
  let directory: string;
  let child: ChildProcess | undefined;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fuzz-'));
    await compileSources(
      ['src', 'test/fixtures', 'test/faults/fuzz', 'test/unit/daemon/elf-file.ts'],
      join(directory, 'code'),
    );
  });
  afterAll(async () => {
    child?.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  });

  describe(`returns or throws an expected error: ${parsers.length} parsers, ${runs} runs (FAULTS_SEED=${seed})`, () => {
    test.each(parsers.map(({ name }) => name))(
      '%s',
      async (name) => {
        const inputFile = join(directory, 'input');
        child ??= fork(join(directory, 'code/test/faults/fuzz/fuzz-child.js'), [`./${table}.js`, inputFile], {
          execArgv: [`--max-old-space-size=${maxMemoryMiB}`],
          stdio: 'inherit',
        });
        const outcome = await waitForResult(child, { name, seed, runs });
        if (typeof outcome !== 'string') {
          expect(outcome.runs).toBeGreaterThan(0);
          return;
        }
        child.kill('SIGKILL');
        child = undefined;
        const input = await readFile(inputFile).catch(() => Buffer.alloc(0));
        throw new Error(
          `${name}: ${outcome}\nthe last input has ${input.length} bytes: ` +
            JSON.stringify(input.subarray(0, 200).toString('latin1')),
        );
      },
      runsAll ? 3_600_000 : 2 * silenceMs,
    );
  });
}

/** The number of successful runs, or the problem. */
async function waitForResult(child: ChildProcess, order: Order): Promise<{ readonly runs: number } | string> {
  return new Promise((resolve) => {
    const finish = (outcome: { readonly runs: number } | string): void => {
      clearTimeout(timer);
      child.off('message', onMessage).off('exit', onExit);
      resolve(outcome);
    };
    const onSilence = (): void => finish(`does not end: no answer within ${silenceMs / 1000} s`);
    let timer = setTimeout(onSilence, silenceMs);
    const onMessage = (message: Message): void => {
      clearTimeout(timer);
      timer = setTimeout(onSilence, silenceMs);
      if (message.kind !== 'alive') finish(message.kind === 'passed' ? message : message.report);
    };
    const onExit = (code: number | null, signal: string | null): void =>
      finish(`took the process with it (${code ?? signal ?? ''}): more than ${maxMemoryMiB} MiB?`);
    child.on('message', onMessage).on('exit', onExit);
    child.send(order);
  });
}
