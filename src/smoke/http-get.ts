import { request } from 'node:http';

export interface GuestResponse {
  readonly status: number;
  readonly body: string;
}

/** The server: a port, or a Unix socket. */
export type HttpTarget = ({ readonly host: string; readonly port: number } | { readonly socketPath: string }) & {
  readonly path: string;
  /** For the complete response, so that a server that drips cannot stall us. */
  readonly timeoutMs: number;
};

const maxBodyBytes = 64 * 1024;

/** A GET that follows no redirect and trusts no length. @throws Error unless the response is complete */
export async function getOverHttp(target: HttpTarget, signal: AbortSignal): Promise<GuestResponse> {
  const limit = AbortSignal.timeout(target.timeoutMs);
  try {
    return await sendGet(target, AbortSignal.any([signal, limit]));
  } catch (error) {
    signal.throwIfAborted();
    throw limit.aborted ? new Error(`no complete response within ${target.timeoutMs / 1000} s`) : error;
  }
}

async function sendGet(target: HttpTarget, signal: AbortSignal): Promise<GuestResponse> {
  const address = 'socketPath' in target ? { socketPath: target.socketPath } : { host: target.host, port: target.port };
  return new Promise((resolve, reject) => {
    const sent = request({ ...address, path: target.path, signal, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBodyBytes) sent.destroy(new Error(`response larger than ${maxBodyBytes / 1024} KiB`));
        else chunks.push(chunk);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}
