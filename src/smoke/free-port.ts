import { createServer, type AddressInfo } from 'node:net';

/** A TCP port of 127.0.0.1 that is free now. Another process may still take it first. */
export async function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
