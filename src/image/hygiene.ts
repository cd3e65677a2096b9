import { identities } from './identities.js';
import { rootOwned, type FileEdit } from './plan.js';

/** What is done to every base: identities and leftovers go. `audit.ts` proves it on the finished image. */
export const hygieneEdits: readonly FileEdit[] = [
  // Emptied, not removed: systemd makes a new one at boot, and a read-only root has a file to mount over (machine-id(5)).
  { kind: 'empty', path: '/etc/machine-id', attributes: rootOwned(0o444) },
  ...identities.map(
    ({ pattern, replacement }): FileEdit =>
      replacement === undefined
        ? { kind: 'remove', pattern }
        : { kind: 'replace', path: pattern, content: { text: replacement }, attributes: rootOwned(0o600) },
  ),
];
