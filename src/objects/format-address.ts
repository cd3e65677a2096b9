import { redactUrl } from '../platform/http.js';

/** The address of a store as it may be shown: without a user, a password, or a query. The path of a directory has none of them. */
export function formatAddress(address: string): string {
  const [scheme] = /^[a-z][a-z0-9+.-]*:\/\//i.exec(address) ?? [];
  if (scheme === undefined || !/[@?#]/.test(address)) return address;
  return URL.canParse(address) ? redactUrl(address) : `${scheme}…`;
}
