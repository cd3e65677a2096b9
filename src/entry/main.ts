import { runAction } from './run-action.js';

// Exits explicitly: sockets and timers of libraries could keep the process alive after the work is done.
await runAction(process.env);
process.exit();
