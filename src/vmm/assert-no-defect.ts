import { Failure } from '../platform/errors.js';
import { program, type Release } from './cloud-hypervisor-release.js';
import { findCorrupting, formatDefect, type Defect, type DiskUse } from './known-defects.js';

/** What is to be used, and which of its defects are accepted. */
export interface DefectRequest {
  /** Such as `the disk of vm-001`. */
  readonly subject: string;
  readonly release: Release;
  readonly use: DiskUse;
  /** IDs of defects that are accepted. */
  readonly allowed: readonly string[];
}

/** @returns a warning for each defect that corrupts, but is allowed @throws Failure for one that is not */
export function assertNoDefect({ subject, release, use, allowed }: DefectRequest): readonly string[] {
  const found = findCorrupting(release, use);
  const rejected = found.filter(({ id }) => !allowed.includes(id));
  const describe = (defect: Defect): string =>
    `${program} ${release.text} corrupts ${subject}: ${formatDefect(defect)}`;
  const [first] = rejected;
  if (first === undefined)
    return found.map((defect) => `${describe(defect)}. Used because of --allow-known-defect ${defect.id}`);
  throw new Failure(describe(first), {
    fix: `${first.wayOut}; or accept it: ${rejected.map(({ id }) => `--allow-known-defect ${id}`).join(' ')}`,
    evidence: rejected.slice(1).map(formatDefect),
  });
}
