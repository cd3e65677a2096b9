import { runPull } from './run-pull.js';

// Exits explicitly: sockets and timers of libraries could keep the process alive after the work is done.
await runPull(process.env);
process.exit();
