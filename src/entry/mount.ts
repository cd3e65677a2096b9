import { runMount } from './run-mount.js';

process.exit(await runMount(process.env));
