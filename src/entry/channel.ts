import { runChannel } from './run-channel.js';

// Exits explicitly: sockets and timers of libraries could keep the process alive after the work is done.
await runChannel(process.env);
process.exit();
