/** A parser of untrusted input. */
export interface Parser {
  readonly name: string;
  /** Valid inputs, which random changes start from. */
  readonly examples: readonly Buffer[];
  /** Inputs that broke it once, or could. Tested in every run. */
  readonly cases: readonly Buffer[];
  /** Parses one input. Throws what the parser throws, and an Error if the result is not what callers rely on. */
  readonly parse: (input: Buffer) => unknown;
  /** True if it may throw plain Errors, which its caller turns into Failures. */
  readonly throwsPlainErrors: boolean;
  /** The fraction of the runs that it gets: less than 1 for parsers that start servers. */
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

/** A parser of text, whose input is still bytes of a file, a socket or a pipe. */
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

/** @throws Error if the condition does not hold */
export function require(condition: boolean, what: string): void {
  if (!condition) throw new Error(`wrong answer: ${what}`);
}
