import { parseImageName } from '../store/names.js';
import type { StorePlace } from '../objects/open-store.js';
import { readSource } from './build-inputs.js';
import { pullInputDefinitions, withDefaults, type RawInputs } from './definitions.js';
import { parseAge, parseBoolean, parseText, parseWanted } from './parse.js';

/** An image on a host. */
export interface HostSubject {
  readonly image: string;
  readonly root: string;
  /** Where the environment of the version in use is written besides. */
  readonly envFile?: string;
}

export interface PullInputs extends HostSubject {
  readonly store: StorePlace;
  readonly wanted: number | string;
  readonly maxAgeMs?: number;
  /** Hash what is here again. */
  readonly verify: boolean;
  /** Take a revoked version, with a warning. */
  readonly allowRevoked?: true;
  /** Fail without a trust policy. */
  readonly requireSignature?: true;
}

/** Reads and checks the inputs of a pull before anything is done. @throws UsageError */
export function readPullInputs(given: RawInputs, verify = false): PullInputs {
  const raw = withDefaults(pullInputDefinitions, given);
  const maxAge = raw('max-age');
  return {
    store: readSource(given),
    ...readHost(given),
    wanted: parseWanted(raw('version')),
    ...(maxAge === '' ? {} : { maxAgeMs: parseAge('max-age', maxAge) }),
    ...readAllowRevoked(given),
    ...(parseBoolean('require-signature', raw('require-signature')) ? { requireSignature: true } : {}),
    verify,
  };
}

/** @throws UsageError */
export function readAllowRevoked(given: RawInputs): Pick<PullInputs, 'allowRevoked'> {
  return parseBoolean('allow-revoked', withDefaults(pullInputDefinitions, given)('allow-revoked'))
    ? { allowRevoked: true }
    : {};
}

/** @throws UsageError */
export function readHost(given: RawInputs): HostSubject {
  const raw = withDefaults(pullInputDefinitions, given);
  const envFile = parseText('env-file', raw('env-file'));
  return {
    image: parseImageName(raw('image-name')),
    root: parseText('root', raw('root')) ?? '',
    ...(envFile === undefined ? {} : { envFile }),
  };
}
