import { request } from 'node:http';

/** An answer, whatever its status. */
export interface GuestResponse {
  readonly status: number;
  readonly body: string;
}

/** Where to ask: a port, or a unix socket. */
export type HttpTarget = ({ readonly host: string; readonly port: number } | { readonly socketPath: string }) & {
  readonly path: string;
  /** For the whole answer, so that a server which drips cannot hold us. */
  readonly timeoutMs: number;
};

/** Bytes. */
const longestBody = 64 * 1024;

/** A GET that follows no redirect and trusts no length. @throws Error where there was no whole answer. */
export async function getOverHttp(target: HttpTarget, signal: AbortSignal): Promise<GuestResponse> {
  const limit = AbortSignal.timeout(target.timeoutMs);
  try {
    return await ask(target, AbortSignal.any([signal, limit]));
  } catch (error) {
    signal.throwIfAborted();
    throw limit.aborted ? new Error(`no whole answer within ${target.timeoutMs / 1000} s`) : error;
  }
}

async function ask(target: HttpTarget, signal: AbortSignal): Promise<GuestResponse> {
  const where = 'socketPath' in target ? { socketPath: target.socketPath } : { host: target.host, port: target.port };
  return new Promise((resolve, reject) => {
    const asked = request({ ...where, path: target.path, signal, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > longestBody) asked.destroy(new Error(`an answer of more than ${longestBody / 1024} KiB`));
        else chunks.push(chunk);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end();
  });
}
