import { runCli } from './run-cli.js';

// Sockets and timers of libraries could keep the process alive.
process.exit(await runCli(process.argv.slice(2), process.env));
