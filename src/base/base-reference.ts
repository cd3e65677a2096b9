import { fileURLToPath } from 'node:url';
import { UsageError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { bootstrapSuites, distributionOf } from './bootstrap-recipe.js';

/** The kinds of values for `base-image`. */
export type BaseReference =
  | { readonly kind: 'ubuntu'; readonly suite: string }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'bootstrap'; readonly suite: string };

const allowed =
  'set base-image to an Ubuntu suite such as noble, a path such as ./base.qcow2, an http(s) or file URL, ' +
  'or bootstrap:<suite>';

/** Detects the kind of a reference from its form only. @throws UsageError */
export function parseReference(reference: string): BaseReference {
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/i.exec(reference) ?? [];
  switch (scheme?.toLowerCase()) {
    case undefined:
      return parsePlain(reference);
    case 'bootstrap':
      return parseBootstrap(rest);
    case 'file':
      return { kind: 'path', path: parseFileUrl(reference) };
    case 'http':
    case 'https':
      return { kind: 'url', url: parseUrl(reference) };
    default:
      throw new UsageError(`base-image has an unsupported scheme ${quoteText(`${scheme ?? ''}:`)}`, { fix: allowed });
  }
}

/** A value with a slash or a dot is a path; a plain word is a suite. */
function parsePlain(reference: string): BaseReference {
  if (/[/.]/.test(reference)) return { kind: 'path', path: reference };
  if (!/^[a-z]+$/.test(reference))
    throw new UsageError(`base-image ${quoteText(reference)} is neither a suite nor a path`, { fix: allowed });
  if (bootstrapSuites.includes(reference) && distributionOf(reference) === 'debian') {
    throw new UsageError(`base-image ${quoteText(reference)} is a Debian suite`, {
      fix: `set base-image to bootstrap:${reference}`,
    });
  }
  return { kind: 'ubuntu', suite: reference };
}

function parseBootstrap(suite: string): BaseReference {
  if (bootstrapSuites.includes(suite)) return { kind: 'bootstrap', suite };
  throw new UsageError(`base-image "bootstrap:" has an unsupported suite ${quoteText(suite)}`, {
    fix: `use one of ${bootstrapSuites.join(', ')}`,
  });
}

function parseFileUrl(reference: string): string {
  try {
    return fileURLToPath(reference);
  } catch (error) {
    throw new UsageError(`base-image ${quoteText(reference)} is not the URL of a local file`, {
      fix: 'use a URL such as file:///path',
      cause: error,
    });
  }
}

function parseUrl(reference: string): string {
  if (URL.canParse(reference)) return reference;
  throw new UsageError('base-image is not a well-formed URL', { fix: allowed });
}
