import { redactUrl } from '../platform/http.js';
import { formatAddress } from '../objects/store-address.js';
import { buildInputDefinitions, signingInputs, type RawInputs } from './definitions.js';

/** Inputs of the job and its runner, which differ elsewhere. */
const local = [
  'output-folder',
  'cache-folder',
  'work-folder',
  'report-folder',
  'cache',
  'artifact',
  'summary',
  'dry-run',
];
/** Also without signing: a dry run signs nothing, and the key is a secret. */
const leftOut: readonly string[] = [...local, ...signingInputs];

/**
 * The command line that repeats a build and publishes nothing: the inputs that differ from the defaults, without
 * secrets.
 */
export function toBuildCommand(raw: RawInputs): readonly [string, ...string[]] {
  const flags = buildInputDefinitions.flatMap(({ name, default: otherwise }) => {
    const value = raw(name).trim();
    return value === '' || value === otherwise || leftOut.includes(name)
      ? []
      : [`--${name}=${withoutSecrets(name, value)}`];
  });
  return ['ch-golden', 'build', '--dry-run', ...flags];
}

function withoutSecrets(name: string, value: string): string {
  if (name === 'daemon-env') return value.replace(/^([^=\n]*=).*$/gm, '$1...');
  if (name === 'store') return formatAddress(value);
  return name === 'base-image' && /^https?:/i.test(value) && URL.canParse(value) ? redactUrl(value) : value;
}
