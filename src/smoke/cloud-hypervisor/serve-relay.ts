import { connect, createServer } from 'node:net';
import { pipeline } from 'node:stream';

/** Printed once connections are accepted. */
export const readyLine = 'listening';

/** Forwards connections from a Unix socket to a guest's port, until the process is killed. */
export function serveRelay([socket, host, port]: readonly string[]): void {
  if (socket === undefined || host === undefined || port === undefined) {
    process.stderr.write('ch-golden: this is for smoke tests, which start it in the network of a VM\n');
    process.exitCode = 2;
    return;
  }
  const server = createServer((near) => {
    pipeline(near, connect(Number(port), host), near, () => near.destroy());
  });
  server.listen(socket, () => console.log(readyLine));
}
