import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from './processes.js';

export type HelperName = 'mount' | 'relay';

/** The commands that start our programs for root and for a guest's network. Arguments can be appended. */
export type Helpers = Readonly<Record<HelperName, Command['argv']>>;

/** Each is a bundle, `dist/NAME/index.js`, beside the one that runs. A link in a directory of PATH can lead to it. */
export function bundledHelpers(): Helpers {
  const bundles = resolve(realpathSync(process.argv[1] ?? '.'), '..', '..');
  const commandOf = (name: HelperName): Command['argv'] => [process.execPath, join(bundles, name, 'index.js')];
  return { mount: commandOf('mount'), relay: commandOf('relay') };
}
