// The entry of the single executable. It runs the helpers too, because no Node is beside it to start another bundle.
import { serveRelay } from '../smoke/cloud-hypervisor/serve-relay.js';
import { helperFlag, type HelperName, type Helpers } from '../platform/process/helpers.js';
import { runCli } from './run-cli.js';
import { runMount } from './run-mount.js';
import { runWarm } from './run-warm.js';

const commandOf = (name: HelperName): Helpers[HelperName] => [process.execPath, helperFlag, name];
const helpers: Helpers = { mount: commandOf('mount'), relay: commandOf('relay'), warm: commandOf('warm') };

async function run(args: readonly string[]): Promise<void> {
  const [flag, name, ...rest] = args;
  if (flag === helperFlag && name === 'relay') serveRelay(rest);
  else if (flag === helperFlag && name === 'mount') process.exit(await runMount(process.env));
  else if (flag === helperFlag && name === 'warm') process.exit(await runWarm(process.env));
  else process.exit(await runCli(args, process.env, helpers));
}

// No top-level await: a single executable is CommonJS.
void run(process.argv.slice(2));
