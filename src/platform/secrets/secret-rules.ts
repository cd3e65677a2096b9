/** Characters that a token can have. */
export type Alphabet =
  | 'hex'
  | 'letters'
  | 'upper'
  | 'word'
  | 'dashed'
  | 'dotted'
  | 'base64'
  | 'name'
  | 'space'
  | 'url'
  | 'bare'
  | 'parameter';

/** A token that is recognized by its prefix. */
export interface TokenRule {
  readonly what: string;
  readonly prefixes: readonly string[];
  /** Of the characters after the prefix. */
  readonly alphabet: Alphabet;
  /** Characters after the prefix, at least. */
  readonly min: number;
  /** Characters after the prefix, at most: a longer run is something else. */
  readonly max?: number;
  /** Dots after the prefix, at least. */
  readonly dots?: number;
  /** For forms that are common in documentation: masked in texts, but no reason to reject an image. */
  readonly onlyMasked?: boolean;
}

const tokens = (
  what: string,
  prefixes: readonly string[],
  alphabet: Alphabet,
  min: number,
  more: Omit<TokenRule, 'what' | 'prefixes' | 'alphabet' | 'min'> = {},
): TokenRule => ({ what, prefixes, alphabet, min, ...more });

/**
 * The beginning of a PEM private key in base64, as in kubeconfigs and Kubernetes secrets: whole groups of three
 * bytes.
 */
const encodedKeys = ['', 'RSA ', 'EC ', 'OPENSSH ', 'ENCRYPTED '].map((kind) => {
  const bytes = Buffer.from(`-----BEGIN ${kind}PRIVATE KEY-----`);
  return bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64');
});

/**
 * Secrets by their form, for both the audit of an image and the redactor. Formats: the vendors' documentation. All are
 * found in one pass over a text, without backtracking. To add one: its prefix, and what can follow.
 */
export const tokenRules: readonly TokenRule[] = [
  tokens('an AWS access key', ['AKIA', 'ASIA'], 'upper', 16, { max: 16 }),
  tokens('a GitHub token', ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], 'word', 20),
  tokens('a GitHub token', ['github_pat_'], 'word', 20),
  tokens(
    'a GitLab token',
    [
      'glpat-',
      'gldt-',
      'glrt-',
      'glrtr-',
      'glcbt-',
      'glptt-',
      'glft-',
      'glimt-',
      'glagent-',
      'glsoat-',
      'glffct-',
      'gloas-',
    ],
    'dashed',
    20,
  ),
  tokens('a GitLab token', ['GR1348941'], 'dashed', 20, { max: 20 }),
  tokens('an npm token', ['npm_'], 'letters', 36, { max: 36 }),
  tokens('a PyPI token', ['pypi-AgEIcHlwaS5vcmc', 'pypi-AgENdGVzdC5weXBpLm9yZw'], 'dashed', 50),
  tokens('a RubyGems token', ['rubygems_'], 'hex', 48, { max: 48 }),
  tokens('a Docker token', ['dckr_pat_', 'dckr_oat_'], 'dashed', 27),
  tokens('a Vault token', ['hvs.', 'hvb.', 'hvr.'], 'dashed', 24),
  tokens('a Terraform Cloud token', ['.atlasv1.'], 'dashed', 60),
  tokens('a Slack token', ['xoxb-', 'xoxp-', 'xoxa-', 'xoxr-', 'xoxs-', 'xoxe-', 'xoxe.xoxp-', 'xapp-'], 'dashed', 20),
  tokens('a Slack webhook', ['https://hooks.slack.com/services/T'], 'url', 30),
  tokens('a Stripe key', ['sk_live_', 'rk_live_', 'whsec_'], 'letters', 24),
  tokens('a Google API key', ['AIza'], 'dashed', 35, { max: 35 }),
  tokens('a Google client secret', ['GOCSPX-'], 'dashed', 28, { max: 28 }),
  tokens('a Google access token', ['ya29.'], 'dashed', 40),
  tokens('a SendGrid key', ['SG.'], 'dotted', 66, { max: 66, dots: 1 }),
  tokens('a DigitalOcean token', ['dop_v1_', 'doo_v1_', 'dor_v1_'], 'hex', 64, { max: 64 }),
  tokens('a Databricks token', ['dapi'], 'hex', 32, { max: 32 }),
  tokens('a Hugging Face token', ['hf_'], 'letters', 34, { max: 40 }),
  tokens('an OpenAI key', ['sk-proj-', 'sk-svcacct-', 'sk-admin-'], 'dashed', 40),
  tokens('an Anthropic key', ['sk-ant-'], 'dashed', 40),
  tokens('an Atlassian token', ['ATATT3', 'ATCTT3'], 'dashed', 60),
  tokens('a Shopify token', ['shpat_', 'shpca_', 'shppa_', 'shpss_'], 'hex', 32, { max: 32 }),
  tokens('a Linear key', ['lin_api_'], 'letters', 40, { max: 40 }),
  tokens('a PlanetScale secret', ['pscale_tkn_', 'pscale_pw_', 'pscale_oauth_'], 'dashed', 32),
  tokens('a Grafana token', ['glsa_', 'glc_'], 'word', 32),
  tokens('a New Relic key', ['NRAK-'], 'upper', 27, { max: 27 }),
  tokens('a Postman key', ['PMAK-'], 'dashed', 59, { max: 59 }),
  tokens('a Pulumi token', ['pul-'], 'hex', 40, { max: 40 }),
  tokens('a Doppler token', ['dp.pt.', 'dp.st.', 'dp.sa.'], 'dotted', 40),
  tokens('a Fly.io token', ['FlyV1 fm2_', 'fo1_'], 'dashed', 40),
  tokens('a Tailscale key', ['tskey-auth-', 'tskey-client-', 'tskey-api-'], 'dashed', 20),
  tokens('a 1Password token', ['ops_eyJ'], 'dashed', 100),
  tokens('an age key', ['AGE-SECRET-KEY-1'], 'upper', 58, { max: 58 }),
  tokens(
    'a private key',
    ['PuTTY-User-Key-File-2: ', 'PuTTY-User-Key-File-3: ', '---- BEGIN SSH2 ENCRYPTED PRIVATE KEY'],
    'dashed',
    0,
  ),
  tokens('a private key', encodedKeys, 'base64', 20),
  tokens('a JSON Web Token', ['eyJ'], 'dotted', 22, { dots: 2, onlyMasked: true }),
];

/** A value that is a secret because of its name: `name = value`, `"name": "value"`. */
export interface AssignmentRule {
  readonly what: string;
  /** In lower case: the whole name, or its end after a dot, a slash, a colon or a dash. */
  readonly names: readonly string[];
  readonly alphabet: Alphabet;
  readonly min: number;
  readonly max?: number;
}

/** Secrets without a recognizable form, in files in which a name identifies them. */
export const assignmentRules: readonly AssignmentRule[] = [
  {
    what: 'an AWS secret key',
    names: ['aws_secret_access_key', 'aws_secret_key', 'secretaccesskey'],
    alphabet: 'base64',
    min: 40,
    max: 40,
  },
  { what: 'a WireGuard key', names: ['privatekey', 'presharedkey'], alphabet: 'base64', min: 44, max: 44 },
  { what: 'an npm token', names: ['_authtoken', '_auth'], alphabet: 'url', min: 16 },
  { what: 'an Azure storage key', names: ['accountkey', 'sharedaccesskey'], alphabet: 'base64', min: 44 },
  { what: 'a Vault token', names: ['vault_token'], alphabet: 'dotted', min: 20 },
];

/** Parts of names of variables, fields and parameters. Their values are masked in anything that others read. */
export const secretNames = [
  'secret',
  'token',
  'password',
  'passwd',
  'private-key',
  'private_key',
  'privatekey',
  'access-key',
  'access_key',
  'accesskey',
  'api-key',
  'api_key',
  'apikey',
  'credential',
  'signature',
] as const;

/** Parameters of addresses whose values are masked. */
export const secretParameters = [
  'sig',
  'key',
  'auth',
  'code',
  'x-amz-signature',
  'x-amz-credential',
  'x-amz-security-token',
  'x-amz-date',
  'x-amz-algorithm',
] as const;

/** True for the name of a variable or a field whose value is a secret. */
export function isSecretName(name: string): boolean {
  return secretNames.some((part) => name.toLowerCase().includes(part));
}
