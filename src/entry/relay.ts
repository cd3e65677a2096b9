import { serveRelay } from '../smoke/cloud-hypervisor/serve-relay.js';

serveRelay(process.argv.slice(2));
