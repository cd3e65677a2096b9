import { runCli } from './run-cli.js';

// The SDK is part of the bundle: that its next versions need a newer Node is nothing that a user could fix.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
// Sockets and timers of libraries could keep the process alive: when the work is done, it ends.
process.exit(await runCli(process.argv.slice(2), process.env));
