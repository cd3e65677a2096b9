import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { errorMessage, Failure } from '../../../src/platform/errors.js';
import type { Parser } from './parser.js';
import { carryOut, recipesFor, type Recipe } from './recipes.js';

/** The order that the process receives from `fuzz-parsers.ts`. */
export interface Order {
  readonly name: string;
  readonly seed: number;
  readonly runs: number;
}

/** What it sends: signs of life, and the result at the end. */
export type Message =
  | { readonly kind: 'alive' }
  | { readonly kind: 'passed'; readonly runs: number }
  | { readonly kind: 'failed'; readonly report: string };

const [, , table = '', inputFile = ''] = process.argv;
const loading = import(table) as Promise<{ readonly parsers: readonly Parser[] }>;
process.on('message', (order: Order) => void carryOutOrder(order).then(send));

function send(message: Message): void {
  process.send?.(message);
}

async function carryOutOrder({ name, seed, runs }: Order): Promise<Message> {
  const { parsers } = await loading;
  const parser = parsers.find((one) => one.name === name);
  if (parser === undefined) return { kind: 'failed', report: `there is no parser ${name}` };
  for (const example of parser.examples) {
    const thrown = await tryParser(parser, example);
    if (thrown !== undefined) return { kind: 'failed', report: `its own example is not read: ${errorMessage(thrown)}` };
  }
  let done = 0;
  const property = fc.asyncProperty(recipesFor(parser), async (recipe) => {
    done += 1;
    await runOnce(parser, carryOut(recipe, parser));
  });
  const examples = parser.cases.map((_, index): [Recipe] => [{ start: { case: index }, changes: [] }]);
  const details = await fc.check(property, {
    seed,
    numRuns: Math.ceil(runs * parser.share) + examples.length,
    examples,
  });
  if (!details.failed) return { kind: 'passed', runs: done };
  const { counterexample, errorInstance } = details;
  const input = counterexample === null ? '' : carryOut(counterexample[0], parser).subarray(0, 300).toString('latin1');
  const cause = errorInstance instanceof Error ? errorInstance.stack : errorMessage(errorInstance);
  return {
    kind: 'failed',
    report: [cause, `of ${fc.stringify(counterexample)}`, `which is ${JSON.stringify(input)}`].join('\n'),
  };
}

let lastSentAt = Date.now();

/**
 * Expects that the parser returns, or throws one of this product's errors. The input is saved first, because the parser
 * may hang.
 */
async function runOnce(parser: Parser, input: Buffer): Promise<void> {
  writeFileSync(inputFile, input);
  const thrown = await tryParser(parser, input);
  if (Date.now() - lastSentAt > 1000) {
    lastSentAt = Date.now();
    send({ kind: 'alive' });
  }
  if (thrown === undefined || (isPlainError(thrown) && parser.throwsPlainErrors)) return;
  if (!(thrown instanceof Failure))
    throw thrown instanceof Error ? thrown : new Error(`thrown, and no error: ${errorMessage(thrown)}`);
  const { message, fix = '' } = thrown;
  if (message.length > 2100 || /\p{Cc}/u.test(message + fix))
    throw new Error(`a Failure's message is not one line to be read: ${JSON.stringify(message.slice(0, 300))}`);
}

async function tryParser({ parse }: Parser, input: Buffer): Promise<unknown> {
  try {
    await parse(input);
    return undefined;
  } catch (error) {
    return error ?? new TypeError('nothing was thrown, by throw');
  }
}

/** True for an error that is thrown on purpose, unlike a TypeError, a RangeError or a SyntaxError. */
function isPlainError(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.constructor === Error && !thrown.message.startsWith('wrong answer: ');
}
