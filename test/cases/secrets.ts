import { tokenRules, type Alphabet } from '../../src/platform/secrets/secret-rules.js';

/** Enough characters of an alphabet, of which no two adjacent ones are equal. */
const samples: Readonly<Partial<Record<Alphabet, string>>> = {
  hex: '0123456789abcdef',
  letters: 'a1B2c3D4e5F6g7H8',
  upper: 'A1B2C3D4E5F6G7H8',
  word: 'a1B2c3D4e5F6_7H8',
  dashed: 'a1B2-3D4e5F6_7H8',
  dotted: 'a1B2c3D4e5F6g7H8.',
  base64: 'a1B2c3D4e5F6g7H8',
  url: 'a1B2c3D4/5F6g7H8',
};

/**
 * One token for each prefix of each rule. Generated, because literal tokens would trigger the secret scanners of
 * repository hosts.
 */
export const sampleTokens = tokenRules.flatMap(({ what, prefixes, alphabet, min, onlyMasked = false }) =>
  prefixes.map((prefix) => {
    const sample = samples[alphabet]!;
    const body = min === 0 ? 'ssh-rsa' : sample.repeat(Math.ceil(min / sample.length) + 1);
    return {
      what,
      onlyMasked,
      prefix,
      token:
        prefix +
        (min === 66
          ? `${'a'.repeat(22)}.${'b'.repeat(43)}`
          : what === 'a JSON Web Token'
            ? `${'a'.repeat(20)}.${'b'.repeat(20)}.${'c'.repeat(20)}`
            : body.slice(0, Math.max(min, 7))),
    };
  }),
);

export const pem = (label = 'PRIVATE KEY'): string =>
  `-----BEGIN ${label}-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC'.repeat(2)}\n-----END ${label}-----\n`;
