import { sha256Of } from '../platform/fs/files.js';
import type { PackageUpdate } from './parse-simulation.js';
import type { Updates } from './resolve-updates.js';

const maxNamed = 3;

/**
 * `nothing to do: 0 of 312 packages have updates`, or `rebuild: openssl 3.0.15-1 → 3.0.16-1 (security)`.
 * Security updates come first.
 */
export function formatUpdates({ upgrade, considered, updates }: Updates): string {
  if (updates.length === 0)
    return `nothing to do: 0 of ${considered} packages have ${upgrade === 'security' ? 'security updates' : 'updates'}`;
  const sorted = [...updates.filter(({ security }) => security), ...updates.filter(({ security }) => !security)];
  const rest = sorted.length - maxNamed;
  return `rebuild: ${sorted.slice(0, maxNamed).map(formatUpdate).join(', ')}${rest > 0 ? `, …and ${rest} more` : ''}`;
}

/** `openssl 3.0.15-1 → 3.0.16-1 (security)`, `libnew1 1.0-1 (new)`. */
export function formatUpdate({ name, from, to, security }: PackageUpdate): string {
  const marks = [...(from === undefined ? ['new'] : []), ...(security ? ['security'] : [])];
  return `${name} ${from === undefined ? '' : `${from} → `}${to}${marks.length === 0 ? '' : ` (${marks.join(', ')})`}`;
}

/** Identifies the versions that would be installed, as 64 hexadecimal digits. */
export function digestUpdates({ updates }: Updates): string {
  return sha256Of(
    updates
      .map(({ name, architecture, to }) => `${name}:${architecture} ${to}\n`)
      .sort()
      .join(''),
  );
}
