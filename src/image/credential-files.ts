/** A file that holds credentials by convention. */
interface CredentialFile {
  readonly what: string;
  /** Matches the whole path. */
  readonly path: RegExp;
  /** Matches a line that is a secret; without it any line is one. Comments are skipped. */
  readonly line?: RegExp;
}

const assigned = (names: string): RegExp =>
  new RegExp(`(?:^|[\\s"'{,_-])(?:${names})["']?\\s*[=:]\\s*["']?[^\\s"'$<{]`, 'i');

/** Source: the manuals of the programs that read these files. */
const credentialFiles: readonly CredentialFile[] = [
  { what: 'passwords for servers', path: /\/[._]netrc$/, line: /\bpassword\s+\S/ },
  { what: 'passwords for package archives', path: /\/etc\/apt\/auth\.conf(?:\.d\/[^/]+)?$/, line: /\bpassword\s+\S/ },
  { what: 'passwords for Git', path: /\/(?:\.git-credentials|\.config\/git\/credentials)$/ },
  {
    what: 'a login of a container registry',
    path: /\/(?:\.docker\/config\.json|\.dockercfg|containers\/auth\.json)$/,
    line: assigned('auth|identitytoken|registrytoken'),
  },
  {
    what: 'a login of a package registry',
    path: /\/(?:\.?npmrc|\.yarnrc\.yml)$/,
    line: assigned('_authToken|_auth|_password|npmAuthToken|npmAuthIdent'),
  },
  {
    what: 'a login of a package registry',
    path: /\/(?:\.pypirc|\.gem\/credentials|\.cargo\/credentials(?:\.toml)?)$/,
    line: /password|token|rubygems_api_key|github-oauth/i,
  },
  {
    what: 'a login of a package registry',
    path: /\/(?:\.composer\/auth\.json|\.m2\/settings\.xml)$/,
    line: /password|token|rubygems_api_key|github-oauth/i,
  },
  { what: "a password in pip's index", path: /\/(?:\.pip\/pip|pip\/pip|pip)\.conf$/, line: /:\/\/[^\s/@:]+:[^\s/@]+@/ },
  {
    what: 'credentials of AWS',
    path: /\/\.aws\/(?:credentials|config|sso\/cache\/[^/]+|cli\/cache\/[^/]+)$/,
    line: assigned('aws_secret_access_key|aws_session_token|SecretAccessKey|accessToken'),
  },
  {
    what: 'credentials of Google Cloud',
    path: new RegExp(
      String.raw`/gcloud/(?:(?:credentials|access_tokens)\.db|` +
        String.raw`application_default_credentials\.json|legacy_credentials/.+)$`,
    ),
  },
  {
    what: 'credentials of Azure',
    path: /\/\.azure\/(?:accessTokens\.json|msal_token_cache\.(?:json|bin)|service_principal_entries\.(?:json|bin))$/,
  },
  {
    what: 'credentials of an object store',
    path: /\/(?:\.s3cfg|\.boto|rclone\.conf|\.mc\/config\.json|\.passwd-s3fs|passwd-s3fs)$/,
    line: /secret|pass|token|\w:\w/i,
  },
  {
    what: 'credentials of a Kubernetes cluster',
    path: /\/(?:\.kube\/config|kubeconfig|k3s\.yaml|etc\/kubernetes\/[^/]+\.conf)$/,
    line: assigned('client-key-data|token|password'),
  },
  { what: 'a Vault token', path: /\/\.vault-token$/ },
  { what: 'a Terraform token', path: /\/(?:\.terraformrc|credentials\.tfrc\.json)$/, line: assigned('token') },
  {
    what: 'a login of GitHub or GitLab',
    path: /\/(?:gh\/hosts\.yml|hub|glab-cli\/config\.yml)$/,
    line: assigned('oauth_token|token'),
  },
  { what: 'a database password', path: /\/\.pgpass$/, line: /:[^:]+$/ },
  {
    what: 'a database password',
    path: /\/(?:\.my\.cnf|\.mylogin\.cnf|mysql\/debian\.cnf)$/,
    line: assigned('password'),
  },
  { what: 'hashes of passwords', path: /\/\.htpasswd$/ },
  { what: 'a WireGuard key', path: /\/etc\/wireguard\/[^/]+$/, line: assigned('PrivateKey|PresharedKey') },
  {
    what: 'a key of a wireless network',
    path: /\/(?:wpa_supplicant[^/]*\.conf|iwd\/[^/]+\.psk)$/,
    line: assigned('psk|password|PreSharedKey|Passphrase'),
  },
  {
    what: 'a key of a network connection',
    path: /\/NetworkManager\/system-connections\/[^/]+$/,
    line: assigned('psk|password|private-key-password|secret'),
  },
  {
    what: 'a password of a connection',
    path: /\/etc\/(?:ppp\/(?:chap|pap)-secrets|ipsec\.secrets|ipsec\.d\/[^/]+\.secrets)$/,
    line: /\S\s+\S/,
  },
  { what: 'a GnuPG key', path: /\/(?:private-keys-v1\.d\/[^/]+\.key|secring\.gpg)$/ },
  { what: 'a Kerberos key', path: /\.keytab$/ },
  { what: 'a store of keys', path: /\.(?:p12|pfx|jks|keystore)$/ },
  { what: 'a private key', path: /\/\.ssh\/id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?$/ },
  {
    what: 'an SSH key that opens every VM',
    path: /\/(?:\.ssh\/authorized_keys2?|etc\/ssh\/authorized_keys(?:\/[^/]+|\.d\/[^/]+)?)$/,
    line: /\S+\s+AAAA/,
  },
];

/** Bytes. Larger files are searched like any other. */
export const largestCredentialFile = 1024 ** 2;

export function isCredentialFile(path: string): boolean {
  return credentialFiles.some((file) => file.path.test(path));
}

/** What the file with this name and content gives away, or undefined. */
export function findCredentials(path: string, content: string): string | undefined {
  const lines = content
    .split('\n')
    .map((line) => line.trim().slice(0, 4000))
    .filter((line) => line !== '' && !/^[#;]/.test(line));
  if (lines.length === 0) return undefined;
  return credentialFiles.find(
    (file) => file.path.test(path) && (file.line === undefined || lines.some((line) => file.line?.test(line) === true)),
  )?.what;
}
