import { runAction } from './run-action.js';

// Sockets and timers of libraries could keep the process alive: when the work is done, it ends.
await runAction(process.env);
process.exit();
