import { types } from 'node:util';
import { sanitizeLine } from './format.js';

/** The parts of a failure beside its message. */
export interface FailureDetails {
  /** What to do about it, in one line: a command or a setting. */
  readonly fix?: string | undefined;
  /** Lines of a tool or a console that show the cause, oldest first. */
  readonly evidence?: readonly string[] | undefined;
  readonly cause?: unknown;
}

/** Of a message and of a fix, in characters. Both can quote foreign texts. */
const maxLineLength = 2000;

/**
 * The one error type that this product throws on purpose.
 * `message` is one line: what failed, on what, why.
 */
export class Failure extends Error {
  readonly fix: string | undefined;
  readonly evidence: readonly string[];

  constructor(message: string, details: FailureDetails = {}) {
    super(sanitizeLine(message, maxLineLength), { cause: details.cause });
    this.name = new.target.name;
    this.fix = details.fix === undefined ? undefined : sanitizeLine(details.fix, maxLineLength);
    this.evidence = details.evidence ?? [];
  }
}

/** Wrong input or flags: exit code 2. */
export class UsageError extends Failure {}

/** A program failed, was stopped by its time limit, or could not be started. */
export class ToolError extends Failure {
  readonly argv: readonly string[];
  /** Undefined if a signal killed it. */
  readonly exitCode: number | undefined;

  constructor(message: string, argv: readonly string[], exitCode: number | undefined, details: FailureDetails = {}) {
    super(message, details);
    this.argv = argv;
    this.exitCode = exitCode;
  }
}

/** The run was cancelled: SIGINT, SIGTERM, or a caller's abort. */
export class CancelledError extends Failure {}

/** The reason behind an AbortError of Node, which hides that of its signal; anything else as it is. */
export function reasonOf(thrown: unknown): unknown {
  return types.isNativeError(thrown) && thrown.name === 'AbortError' && thrown.cause !== undefined
    ? thrown.cause
    : thrown;
}

/** The message of anything that was thrown. */
export function errorMessage(thrown: unknown): string {
  return types.isNativeError(thrown) ? thrown.message : String(thrown);
}

/** True for an error of the operating system with this code, such as `ENOENT`. */
export function hasCode(thrown: unknown, code: string): boolean {
  // Not `instanceof`: under jest, Node's own errors come from another realm.
  return types.isNativeError(thrown) && 'code' in thrown && thrown.code === code;
}
