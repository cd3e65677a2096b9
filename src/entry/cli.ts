import { helperFlag } from '../platform/process/helpers.js';
import { runCli } from './run-cli.js';
import { runWarm } from './run-warm.js';

const args = process.argv.slice(2);
const isWarm = args[0] === helperFlag && args[1] === 'warm';
// Exits explicitly: sockets and timers of libraries could keep the process alive after the work is done.
process.exit(isWarm ? await runWarm(process.env) : await runCli(args, process.env));
