import { runChannel } from './run-channel.js';

// Sockets and timers of libraries could keep the process alive: when the work is done, it ends.
await runChannel(process.env);
process.exit();
