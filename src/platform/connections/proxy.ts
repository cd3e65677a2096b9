import { BlockList, isIP } from 'node:net';
import { UsageError } from '../errors.js';

type Environment = Readonly<Record<string, string | undefined>>;

const defaultPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };
const loopback = /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|::1)$/;

/**
 * The proxy for a request, from HTTPS_PROXY or HTTP_PROXY and NO_PROXY; undefined to connect directly. As with curl,
 * lower-case names take precedence; as with Go, this machine itself is never reached through a proxy. @throws
 * UsageError for an unusable proxy
 */
export function proxyFor({ protocol, hostname, port }: URL, environment: Environment): URL | undefined {
  const name = protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = readVariable(name, environment);
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, '');
  if (proxy === undefined || loopback.test(host)) return undefined;
  const exceptions = (readVariable('NO_PROXY', environment) ?? '').toLowerCase().split(/[\s,]+/);
  if (exceptions.some((one) => isException(one, host, port || (defaultPorts[protocol] ?? '')))) return undefined;
  return parseProxy(name, proxy);
}

/** An empty variable counts as unset. */
function readVariable(name: string, environment: Environment): string | undefined {
  return [environment[name.toLowerCase()], environment[name]].find((value) => value !== undefined && value !== '');
}

/**
 * A host with its subdomains, also as `.host` and `*.host`; an address, a range of addresses; each with a port or
 * without; `*`.
 */
function isException(text: string, host: string, port: string): boolean {
  if (text === '' || text === '*') return text === '*';
  if (text.includes('/')) return isInRange(host, text);
  const [, name = '', onlyPort] = /^(.+?|\[.+\])(?::(\d+))?$/.exec(isIP(text) === 6 ? `[${text}]` : text) ?? [];
  const domain = name.replace(/^\[|\]$/g, '').replace(/^\*?\./, '');
  return (onlyPort === undefined || onlyPort === port) && (host === domain || host.endsWith(`.${domain}`));
}

function isInRange(host: string, range: string): boolean {
  const [address = '', bits = ''] = range.split('/');
  const family = isIP(address);
  if (family === 0 || family !== isIP(host) || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128))
    return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(address, Number(bits), type);
  return list.check(host, type);
}

/** The message does not quote the value, which may contain a password. */
function parseProxy(name: string, text: string): URL {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new UsageError(`${name}: unsupported proxy`, { fix: `set ${name} to http://HOST:PORT, or unset it` });
}
