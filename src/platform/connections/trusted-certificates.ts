import { readFileSync } from 'node:fs';
import * as tls from 'node:tls';
import { errorMessage, UsageError } from '../errors.js';
import { quoteText } from '../format.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The certificates that Node trusts, plus those in the file that a variable names, like NODE_EXTRA_CA_CERTS; undefined
 * if the variable is not set.
 * @throws UsageError if that file has none
 */
export function trustAlso(variable: string, environment: Environment): tls.SecureContext | undefined {
  const path = environment[variable];
  if (path === undefined || path === '') return undefined;
  try {
    const extra = readFileSync(path, 'utf8');
    if (!extra.includes('-----BEGIN CERTIFICATE-----')) throw new Error('it has no PEM certificate');
    return tls.createSecureContext({ ca: [...listDefaultCertificates(environment), extra] });
  } catch (error) {
    throw new UsageError(`${variable} ${quoteText(path)}: ${errorMessage(error)}`, {
      fix: `set ${variable} to a file of certificates in PEM format, or unset it`,
      cause: error,
    });
  }
}

/** An explicit list replaces Node's, including what NODE_EXTRA_CA_CERTS adds. */
function listDefaultCertificates(environment: Environment): readonly string[] {
  // Node 22.15 and newer.
  const { getCACertificates } = tls as { readonly getCACertificates?: () => readonly string[] };
  if (getCACertificates !== undefined) return getCACertificates();
  const path = environment['NODE_EXTRA_CA_CERTS'];
  return [...tls.rootCertificates, ...(path === undefined || path === '' ? [] : [readFileSync(path, 'utf8')])];
}
