import { Failure } from '../../platform/errors.js';
import { sanitizeLine } from '../../platform/format.js';

/** Why a VM cannot run on this host as requested, and what to do about it. */
export interface VmFinding {
  readonly problem: string;
  readonly fix: string;
}

/** Throws all findings as one error, so that one run reports everything. @throws Failure if there are any */
export function assertNoFindings(subject: string, findings: readonly VmFinding[]): void {
  const [first] = findings;
  if (first === undefined) return;
  if (findings.length === 1) throw new Failure(`${subject}: ${first.problem}`, { fix: first.fix });
  // A failure's line has 2000 characters.
  const longest = Math.floor(1900 / findings.length) - 7;
  const list = (texts: readonly string[]): string =>
    texts.map((text, index) => `(${index + 1}) ${sanitizeLine(text, longest)}`).join('; ');
  throw new Failure(`${subject}: ${list(findings.map(({ problem }) => problem))}`, {
    fix: list(findings.map(({ fix }) => fix)),
  });
}
