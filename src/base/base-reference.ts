import { fileURLToPath } from 'node:url';
import { UsageError } from '../platform/errors.js';
import { bootstrapSuites, distributionOf } from './bootstrap-recipe.js';

/** What `base-image` may name. */
export type BaseReference =
  | { readonly kind: 'ubuntu'; readonly suite: string }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'bootstrap'; readonly suite: string };

const allowed =
  'base-image: an Ubuntu suite such as noble | a path such as ./base.qcow2 | an http(s) or file URL | bootstrap:<suite>';

/** Tells the kinds of references apart by their form alone. @throws UsageError */
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
      throw new UsageError(`base-image is of an unknown kind: '${scheme ?? ''}:'`, { fix: allowed });
  }
}

/** A word is a suite; what has a slash or a dot is a path. */
function parsePlain(reference: string): BaseReference {
  if (/[/.]/.test(reference)) return { kind: 'path', path: reference };
  if (!/^[a-z]+$/.test(reference))
    throw new UsageError(`base-image '${reference}' is neither a suite nor a path`, { fix: allowed });
  if (bootstrapSuites.includes(reference) && distributionOf(reference) === 'debian') {
    throw new UsageError(`base-image '${reference}' is a suite of Debian`, {
      fix: `base-image: bootstrap:${reference}`,
    });
  }
  return { kind: 'ubuntu', suite: reference };
}

function parseBootstrap(suite: string): BaseReference {
  if (bootstrapSuites.includes(suite)) return { kind: 'bootstrap', suite };
  throw new UsageError(`base-image 'bootstrap:${suite}' is unknown`, {
    fix: `base-image: bootstrap:<${bootstrapSuites.join(' | ')}>`,
  });
}

function parseFileUrl(reference: string): string {
  try {
    return fileURLToPath(reference);
  } catch (error) {
    throw new UsageError(`base-image '${reference}' is no URL of a file on this machine`, {
      fix: 'base-image: file:///path',
      cause: error,
    });
  }
}

function parseUrl(reference: string): string {
  if (URL.canParse(reference)) return reference;
  throw new UsageError('base-image is not a well-formed URL', { fix: allowed });
}
