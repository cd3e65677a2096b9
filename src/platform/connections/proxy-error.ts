import { Failure } from '../errors.js';
import { proxyFor } from './proxy.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** With these, proxies report their own problems. A server can return all but 407 itself. */
const proxyStatuses = new Set([407, 502, 503, 504]);

/** A proxy rejected a request, or could not reach the server. */
export class ProxyError extends Failure {
  readonly status: number;

  constructor(message: string, fix: string, status: number) {
    super(message, { fix });
    this.status = status;
  }
}

/** For a tunnel that a proxy did not open: whatever the status, the proxy returned it. */
export function tunnelFailure(proxy: URL, host: string, status: number): ProxyError {
  return new ProxyError(
    `proxy ${formatProxy(proxy)} returned ${status} for CONNECT ${host}`,
    toFix(host, status),
    status,
  );
}

/** The error that a plain response stands for, if it came through a proxy and may be the proxy's own. */
export function tryToProxyError(
  url: URL,
  status: number,
  environment: Environment = process.env,
): ProxyError | undefined {
  const proxy = url.protocol === 'http:' && proxyStatuses.has(status) ? proxyFor(url, environment) : undefined;
  if (proxy === undefined) return undefined;
  const [shown, server] = [formatProxy(proxy), `${url.protocol}//${url.host}`];
  const message =
    status === 407
      ? `proxy ${shown} returned ${status} for ${server}`
      : `${server} returned ${status} through proxy ${shown}`;
  return new ProxyError(message, toFix(url.hostname, status), status);
}

/** ` through proxy http://HOST:PORT`, for messages; empty for a direct connection. */
export function formatRoute(url: URL, environment: Environment = process.env): string {
  const proxy = proxyFor(url, environment);
  return proxy === undefined ? '' : ` through proxy ${formatProxy(proxy)}`;
}

/** Without the password. */
function formatProxy({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}

function toFix(host: string, status: number): string {
  return status === 407
    ? 'add the user and password of the proxy to its variable: http://USER:PASSWORD@HOST:PORT'
    : `check that the proxy may and can connect to ${host}, or add that host to NO_PROXY to connect directly`;
}
