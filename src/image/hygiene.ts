import { identities } from './identities.js';
import { rootOwned, type FileEdit } from './plan.js';

/** Removes identities and leftovers from every base. `audit.ts` verifies the finished image. */
export const hygieneEdits: readonly FileEdit[] = [
  // Emptied, not removed: systemd writes a new one at boot, and needs a file to mount over if the root is read-only
  // (machine-id(5)).
  { kind: 'empty', path: '/etc/machine-id', attributes: rootOwned(0o444) },
  ...identities.map(
    ({ pattern, replacement }): FileEdit =>
      replacement === undefined
        ? { kind: 'remove', pattern }
        : { kind: 'replace', path: pattern, content: { text: replacement }, attributes: rootOwned(0o600) },
  ),
];
