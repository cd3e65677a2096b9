import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
var __webpack_exports__ = {};

;// CONCATENATED MODULE: external "node:net"
const external_node_net_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:net");
;// CONCATENATED MODULE: external "node:stream"
const external_node_stream_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream");
;// CONCATENATED MODULE: ./build/smoke/cloud-hypervisor/serve-relay.js


/** Printed once connections are accepted. */
const readyLine = 'listening';
/** Forwards connections from a Unix socket to a guest's port, until the process is killed. */
function serveRelay([socket, host, port]) {
    if (socket === undefined || host === undefined || port === undefined) {
        process.stderr.write('ch-golden: this is for smoke tests, which start it in the network of a VM\n');
        process.exitCode = 2;
        return;
    }
    const server = (0,external_node_net_namespaceObject.createServer)((near) => {
        (0,external_node_stream_namespaceObject.pipeline)(near, (0,external_node_net_namespaceObject.connect)(Number(port), host), near, () => near.destroy());
    });
    server.listen(socket, () => console.log(readyLine));
}

;// CONCATENATED MODULE: ./build/entry/relay.js

serveRelay(process.argv.slice(2));

