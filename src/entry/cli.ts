import { runCli } from './run-cli.js';

// Exits explicitly: sockets and timers of libraries could keep the process alive after the work is done.
process.exit(await runCli(process.argv.slice(2), process.env));
