import { runCli } from './run-cli.js';

// The warning is about future versions of the SDK. The bundle has this one, and users cannot change it.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
// Exits explicitly: sockets and timers of libraries could keep the process alive after the work is done.
process.exit(await runCli(process.argv.slice(2), process.env));
