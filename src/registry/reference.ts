import { UsageError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';

/** A repository in an OCI registry: `oci://HOST/NAME`. */
export interface Repository {
  /** As credentials are saved for it: `ghcr.io`, `127.0.0.1:5000`. */
  readonly host: string;
  /** `https://ghcr.io`; http only for this machine. */
  readonly origin: string;
  /** `org/ubuntu-base` */
  readonly name: string;
}

const scheme = /^oci:\/\//i;
/** A DNS name or an IPv4 address, or an IPv6 address in brackets; with a port or without. */
const hostPattern = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/;
const localHosts = new Set(['127.0.0.1', '[::1]', 'localhost']);
/** From the distribution specification. */
const namePattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
export const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
export const digestPattern = /^sha256:[0-9a-f]{64}$/;

export function isRegistryAddress(address: string): boolean {
  return scheme.test(address);
}

/** @throws UsageError. No message quotes an address that could have a password in it. */
export function parseRegistryAddress(address: string): Repository {
  const rest = address.replace(scheme, '');
  if (rest.includes('@'))
    throw new UsageError('the address of a registry must not have a user, a password or a digest', {
      fix: 'use oci://HOST/NAME, and sign in with: docker login HOST',
    });
  const [, host = '', name = ''] = /^([^/]*)\/(.*?)\/?$/.exec(rest) ?? [];
  const lower = host.toLowerCase();
  const [, untagged = ''] = /^([^:]*):[^/:]*$/.exec(name) ?? [];
  if (isName(untagged))
    throw new UsageError(`registry address ${quoteText(address)} has a tag`, {
      fix: `use oci://${lower}/${untagged}, and pass the version separately`,
    });
  if (isHost(lower) && isName(name)) return { host: lower, origin: originOf(lower), name };
  throw new UsageError(`invalid registry address ${quoteText(address)}`, {
    fix: 'use oci://HOST/NAME in lower case, e.g. oci://ghcr.io/org/ubuntu-base',
  });
}

function isHost(text: string): boolean {
  return hostPattern.test(text) && Number(/:(\d+)$/.exec(text)?.[1] ?? 1) <= 65_535;
}

function isName(name: string): boolean {
  return name.length <= 200 && namePattern.test(name);
}

/** `oci://ghcr.io/org/ubuntu-base` */
export function formatRepository({ host, name }: Pick<Repository, 'host' | 'name'>): string {
  return `oci://${host}/${name}`;
}

/** Docker Hub serves its registry under a different name. */
function originOf(host: string): string {
  if (host === 'docker.io' || host === 'index.docker.io') return 'https://registry-1.docker.io';
  return `${isLocalHost(host.replace(/:\d+$/, '')) ? 'http' : 'https'}://${host}`;
}

/** True for a name of this machine, the only one that is reached by http. */
export function isLocalHost(hostname: string): boolean {
  return localHosts.has(hostname);
}
