/** What reads something foreign. */
export interface Parser {
  readonly name: string;
  /** What it reads where all is well: what random changes start from. */
  readonly examples: readonly Buffer[];
  /** What once broke it, or would: looked at in every run. */
  readonly cases: readonly Buffer[];
  /**
   * Reads one input. It throws what the parser throws, and an Error of its own where the answer is not what callers
   * rely on.
   */
  readonly parse: (input: Buffer) => unknown;
  /** Whether its contract has plain Errors, for a caller that makes a Failure of them. */
  readonly throwsPlainErrors: boolean;
  /** The part of a sample of runs that it takes: less than all for what starts servers. */
  readonly share: number;
}

export interface ParserOptions {
  readonly cases?: readonly (string | Buffer)[];
  readonly throwsPlainErrors?: boolean;
  readonly share?: number;
}

/** A parser of bytes. */
export function bytes(
  name: string,
  examples: readonly Buffer[],
  parse: (input: Buffer) => unknown,
  options: ParserOptions = {},
): Parser {
  const { cases = [], throwsPlainErrors = false, share = 1 } = options;
  return { name, examples, cases: cases.map((one) => Buffer.from(one)), parse, throwsPlainErrors, share };
}

/** A parser of text, which comes as bytes all the same: from a file, a socket, a pipe. */
export function text(
  name: string,
  examples: readonly string[],
  parse: (input: string) => unknown,
  options: ParserOptions = {},
): Parser {
  return bytes(
    name,
    examples.map((example) => Buffer.from(example)),
    (input) => parse(input.toString('utf8')),
    options,
  );
}

/** @throws Error: the answer of a parser is not what it must be. */
export function require(condition: boolean, what: string): void {
  if (!condition) throw new Error(`wrong answer: ${what}`);
}
