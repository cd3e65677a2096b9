import type { StorePlace } from '../objects/open-store.js';
import { UsageError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { isRegistryAddress, parseRegistryAddress, tagPattern, type Repository } from '../registry/reference.js';

export const pushFormats = ['version', 'containerdisk'] as const;

export type PushFormat = (typeof pushFormats)[number];

/** A version of a store, and the repository of a registry that it goes to. */
export interface PushInputs {
  readonly store: StorePlace;
  readonly image: string;
  readonly wanted: number | string;
  readonly repository: Repository;
  /** Tags beside the version's number and its channels. */
  readonly tags: readonly string[];
  readonly format: PushFormat;
}

/** @throws UsageError for anything but `oci://HOST/NAME` */
export function parseRegistryRepository(name: string, value: string): Repository {
  if (isRegistryAddress(value)) return parseRegistryAddress(value);
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(value);
  throw new UsageError(`${name}: ${isUrl ? 'unsupported address' : `${quoteText(value)} has no scheme`}`, {
    fix: 'use oci://HOST/NAME, e.g. oci://ghcr.io/org/ubuntu-base',
  });
}

/** Names separated by spaces or commas. @throws UsageError for one that is a version's number, or no tag */
export function parseTagNames(name: string, value: string): readonly string[] {
  const tags = value.split(/[\s,]+/).filter((text) => text !== '');
  const wrong = tags.find((tag) => !tagPattern.test(tag) || /^\d+$/.test(tag) || tag.startsWith('ch-golden.'));
  if (wrong === undefined) return [...new Set(tags)];
  throw new UsageError(`${name}: invalid tag ${quoteText(wrong, 60)}`, {
    fix: 'use letters, digits, -, _ and dots, starting with a letter or _; numbers are for versions',
  });
}
