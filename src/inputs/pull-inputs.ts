import type { StorePlace } from '../objects/open-store.js';
import { parseImageName } from '../store/names.js';
import { readSource } from './build-inputs.js';
import { pullInputDefinitions, withDefaults, type RawInputs } from './definitions.js';
import { parseAge, parseBoolean, parsePath, parseWanted } from './parse.js';
import { readAll } from './read-all.js';

/** An image on a host. */
export interface HostSubject {
  readonly image: string;
  /** Absolute. */
  readonly root: string;
  /** A file that also gets the environment of the version in use. */
  readonly envFile?: string | undefined;
}

export interface PullInputs extends HostSubject {
  readonly store: StorePlace;
  readonly wanted: number | string;
  readonly maxAgeMs?: number | undefined;
  /** Rehash the files on this host. */
  readonly verify: boolean;
  /** Use a revoked version, with a warning. */
  readonly allowRevoked?: boolean | undefined;
  /** Fail without a trust policy. */
  readonly requireSignature?: boolean | undefined;
  /** Report this host to the store; by default as its configuration says. */
  readonly reportHost?: boolean | undefined;
  /** Make templates for warm starts; by default as its configuration says. */
  readonly warm?: boolean | undefined;
}

/** Reads and checks the inputs of a pull before any work. @throws UsageError */
export function readPullInputs(given: RawInputs, verify = false): PullInputs {
  const raw = withDefaults(pullInputDefinitions, given);
  const { store, host, ...rest } = readAll({
    store: () => readSource(given),
    host: () => readHost(given),
    wanted: () => parseWanted(raw('version')),
    maxAgeMs: () => (raw('max-age') === '' ? undefined : parseAge('max-age', raw('max-age'))),
    allowRevoked: () => readAllowRevoked(given),
    requireSignature: () => parseBoolean('require-signature', raw('require-signature')),
  });
  return { store, ...host, ...rest, verify };
}

/** @throws UsageError */
export function readAllowRevoked(given: RawInputs): boolean {
  return parseBoolean('allow-revoked', withDefaults(pullInputDefinitions, given)('allow-revoked'));
}

/** @throws UsageError */
export function readHost(given: RawInputs): HostSubject {
  const raw = withDefaults(pullInputDefinitions, given);
  return readAll({
    image: () => parseImageName(raw('image-name')),
    root: () => readRoot(given),
    envFile: () => parsePath('env-file', raw('env-file')),
  });
}

/** @throws UsageError */
export function readRoot(given: RawInputs): string {
  return parsePath('root', withDefaults(pullInputDefinitions, given)('root')) ?? '';
}
