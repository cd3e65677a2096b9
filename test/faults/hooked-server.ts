import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A correct web server on 127.0.0.1, with ranges, that runs a hook before each response. */
export interface HookedServer {
  readonly url: string;
  serve(path: string, body: Buffer): void;
  onRequest(hook: (path: string) => Promise<void>): void;
  close(): Promise<void>;
}

export async function startHookedServer(): Promise<HookedServer> {
  const files = new Map<string, Buffer>();
  let hook: (path: string) => Promise<void> = async () => Promise.resolve();
  const respond: RequestListener = (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '', 'http://localhost').pathname);
    void hook(path).then(
      () => {
        const body = files.get(path);
        if (body === undefined) return response.writeHead(404).end();
        const [start, end = body.length - 1] = rangeOf(request) ?? [];
        const part = body.subarray(start ?? 0, end + 1);
        const range =
          start === undefined ? {} : { 'content-range': `bytes ${start}-${start + part.length - 1}/${body.length}` };
        return response
          .writeHead(start === undefined ? 200 : 206, { 'content-length': part.length, ...range })
          .end(part);
      },
      (error: unknown) => response.writeHead(410).end(String(error)),
    );
  };
  // No connection is closed for idleness: a client that takes it at that moment would have to try again.
  const server = createServer({ keepAliveTimeout: 0 }, respond).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (path, body) => void files.set(path, body),
    onRequest: (next) => {
      hook = next;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function rangeOf({ headers: { range } }: IncomingMessage): readonly [start: number, end?: number] | undefined {
  const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  if (start === undefined) return undefined;
  return end === undefined || end === '' ? [Number(start)] : [Number(start), Number(end)];
}
