import { runPull } from './run-pull.js';

// Sockets and timers of libraries could keep the process alive: when the work is done, it ends.
await runPull(process.env);
process.exit();
