import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from './processes.js';

export type HelperName = 'mount' | 'relay' | 'warm';

/** Before the name of a helper that is part of another program. No command of the CLI starts like this. */
export const helperFlag = '--run-helper';

/** The commands that start our programs for root and for a guest's network. Arguments can be appended. */
export type Helpers = Readonly<Record<HelperName, Command['argv']>>;

/**
 * Each is a bundle, `dist/NAME/index.js`, beside the one that runs. A link in a directory of PATH can lead to it. The
 * helper `warm` does what hosts do, and the CLI has all of that.
 */
export function bundledHelpers(): Helpers {
  const bundles = resolve(realpathSync(process.argv[1] ?? '.'), '..', '..');
  const commandOf = (name: HelperName): Command['argv'] => [process.execPath, join(bundles, name, 'index.js')];
  return {
    mount: commandOf('mount'),
    relay: commandOf('relay'),
    warm: [process.execPath, join(bundles, 'cli', 'index.js'), helperFlag, 'warm'],
  };
}
