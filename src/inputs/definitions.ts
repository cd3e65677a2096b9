import {
  artifactChoices,
  bootProfiles,
  cacheKinds,
  compressionChoices,
  daemonBuilders,
  defaultBootProfile,
  driverChoices,
  layouts,
  smokeDisks,
  unchangedActions,
  upgradeChoices,
  vmmChoices,
  warmChoices,
} from '../platform/choices.js';

export const booleans = ['true', 'false'] as const;

/** An input of an action. A build's and a pull's are flags of the CLI too: `disk-size` and `--disk-size`. */
export interface InputDefinition {
  readonly name: string;
  /** For `action.yml`, the reference and `--help`. */
  readonly description: string;
  /** Empty if there is none. */
  readonly default: string;
  /** What goes in, for `--help`: `dir` for `<dir>`. */
  readonly metavar?: string;
  /** The heading in `--help`. */
  readonly group?: string | undefined;
  /** All allowed values, if they can be listed. */
  readonly values?: readonly string[];
}

/** Returns the text of an input, empty if it was not given. */
export type RawInputs = (name: string) => string;

/** An empty value stands for the default, because a workflow that passes its own inputs on passes empty ones too. */
export function withDefaults(definitions: readonly InputDefinition[], given: RawInputs): RawInputs {
  return (name) => given(name).trim() || (definitions.find((definition) => definition.name === name)?.default ?? '');
}

/** The definitions of these names, in the order of the reference. */
export function selectInputs(
  definitions: readonly InputDefinition[],
  names: readonly string[],
): readonly InputDefinition[] {
  return definitions.filter(({ name }) => names.includes(name));
}

/** `action.yml` has no place for allowed values other than the description. */
export function describeInput({ description, values = booleans }: InputDefinition): string {
  return values === booleans ? description : `${description} One of ${values.join(', ')}.`;
}

export function inGroup(group: string, definitions: readonly InputDefinition[]): readonly InputDefinition[] {
  return definitions.map((definition) => ({ ...definition, group }));
}

/** Every input of a build, in the order of the reference. */
export const buildInputDefinitions: readonly InputDefinition[] = [
  ...inGroup('Daemon', [
    { name: 'daemon-source', metavar: 'dir', description: 'Source directory of the daemon.', default: '.' },
    {
      name: 'daemon-builder',
      description: 'How to build the daemon. prebuilt uses daemon-binary as is.',
      default: 'go',
      values: daemonBuilders,
    },
    {
      name: 'daemon-package',
      metavar: 'package',
      description: 'Main package to build, relative to daemon-source. Only for daemon-builder go.',
      default: './cmd/daemon',
    },
    {
      name: 'daemon-binary',
      metavar: 'file',
      description: 'Path of a linux/amd64 binary. Only for daemon-builder prebuilt.',
      default: '',
    },
    {
      name: 'daemon-version',
      metavar: 'version',
      description: 'Version of the daemon. The smoke test checks that /version returns it.',
      default: '',
    },
    {
      name: 'daemon-version-variable',
      metavar: 'name',
      description: 'Go variable to set to daemon-version, e.g. main.version.',
      default: '',
    },
    {
      name: 'daemon-build-env',
      metavar: 'names',
      description:
        "Names of environment variables to pass to the daemon's build, separated by spaces or commas, e.g. " +
        'GITHUB_TOKEN for private modules. Their values are masked in its output.',
      default: '',
    },
    {
      name: 'daemon-env',
      metavar: 'lines',
      description:
        "Environment variables of the daemon, one KEY=VALUE per line. systemd specifiers work; %H is the VM's host " +
        'name when the daemon starts.',
      default: 'DAYTONA_SANDBOX_ID=%H',
    },
    { name: 'daemon-port', metavar: 'port', description: 'Port the daemon listens on in the VM.', default: '2280' },
  ]),
  ...inGroup('Base image', [
    {
      name: 'base-image',
      metavar: 'image',
      description:
        'Base image: an Ubuntu suite such as noble, a path, a URL (with base-sha256), or bootstrap:SUITE to ' +
        'create one from packages.',
      default: 'noble',
    },
    { name: 'base-sha256', metavar: 'sha256', description: 'Expected SHA-256 of the base image.', default: '' },
    {
      name: 'verify-base',
      description:
        'Rehash the base on every run. By default a base hashed within the last day and unchanged since is reused.',
      default: 'false',
      values: booleans,
    },
    {
      name: 'allow-downgrade',
      description: 'Accept a base that is older than the base of the newest version.',
      default: 'false',
      values: booleans,
    },
  ]),
  ...inGroup('Image', [
    {
      name: 'layout',
      description: 'Image layout. flattened: one standalone image. layered: an overlay on the base image.',
      default: 'flattened',
      values: layouts,
    },
    { name: 'disk-size', metavar: 'size', description: 'Size of the VM disk, e.g. 10G.', default: '10G' },
    {
      name: 'compression',
      description: "Image compression. auto keeps the base's, or uses zstd if it has none.",
      default: 'auto',
      values: compressionChoices,
    },
    {
      name: 'driver',
      description:
        'How edits are applied. inject: files only, no root. mount: everything, needs root or sudo. libguestfs: ' +
        'everything, in a VM, no root. auto: the first of these that can apply all edits.',
      default: 'auto',
      values: driverChoices,
    },
    {
      name: 'boot-profile',
      description:
        'How the image boots. stock: as the distribution does. fast: the daemon starts before the network, ' +
        'cloud-init only looks for a NoCloud seed, and units that a VM does not need are masked.',
      default: defaultBootProfile,
      values: bootProfiles,
    },
    {
      name: 'boot-keep',
      metavar: 'names',
      description:
        'What boot-profile fast leaves alone, separated by spaces or commas: units, e.g. udisks2.service, or ' +
        'initramfs, cryptomgr, grub-dpkg.',
      default: '',
    },
    {
      name: 'packages',
      metavar: 'names',
      description: 'Packages to install, separated by spaces or commas. Recommended packages are not installed.',
      default: '',
    },
    {
      name: 'snapshot',
      metavar: 'date',
      description:
        'Archive date to install packages and upgrades from, e.g. 2026-05-01 or 2026-05-01T06:00:00Z. Defaults to ' +
        'the current archives.',
      default: '',
    },
    {
      name: 'upgrade',
      description: 'Base packages to upgrade: none, those with security updates, or all.',
      default: 'none',
      values: upgradeChoices,
    },
    {
      name: 'allow-local-apt-sources',
      description: "Let update checks contact the image's apt sources at loopback and link-local addresses.",
      default: 'false',
      values: booleans,
    },
    {
      name: 'files',
      metavar: 'lines',
      description:
        'Files to copy into the image, one SOURCE:DESTINATION[:MODE[:UID[:GID]]] per line. MODE defaults to 0644, ' +
        'UID to 0, GID to UID.',
      default: '',
    },
    {
      name: 'run',
      metavar: 'file',
      description: 'Path of a script to run as root in the image, after packages and files.',
      default: '',
    },
  ]),
  ...inGroup('Smoke test', [
    {
      name: 'smoke',
      description: 'Boot the image and check that the daemon responds before publishing.',
      default: 'true',
      values: booleans,
    },
    {
      name: 'vmm',
      description: 'VMM for the smoke test. auto uses Cloud Hypervisor if it is on PATH and KVM works, otherwise QEMU.',
      default: 'auto',
      values: vmmChoices,
    },
    {
      name: 'smoke-disk',
      description:
        'Disk of each smoke test VM. overlay: an overlay on the image. copy: an overlay on an uncompressed copy, ' +
        'for Cloud Hypervisor older than v50.',
      default: 'overlay',
      values: smokeDisks,
    },
    {
      name: 'smoke-network',
      metavar: 'network',
      description:
        'Network of each smoke test VM: isolated, or bridge=NAME for a bridge on this machine with a DHCP server. ' +
        'A bridge needs Cloud Hypervisor, and root or sudo.',
      default: 'isolated',
    },
    {
      name: 'smoke-warm',
      description:
        'Also create a template of the image, start two VMs from it at once, and check that no two share an ' +
        'identity. auto: if the smoke test ran on Cloud Hypervisor 53.0 or newer. true: fail if it cannot be done.',
      default: 'auto',
      values: warmChoices,
    },
    {
      name: 'require-kvm',
      description: 'Fail if KVM does not work, instead of falling back to slow emulation.',
      default: 'false',
      values: booleans,
    },
    {
      name: 'health-path',
      metavar: 'path',
      description: 'Path that must return 200. auto uses /health, or /version if the daemon has no /health.',
      default: 'auto',
    },
    { name: 'smoke-timeout', metavar: 'duration', description: 'Time limit for the whole smoke test.', default: '10m' },
    { name: 'smoke-memory', metavar: 'size', description: 'Memory of each smoke test VM.', default: '1G' },
    { name: 'smoke-cpus', metavar: 'n', description: 'CPUs of each smoke test VM.', default: '2' },
    {
      name: 'boot-time-tolerance',
      metavar: 'limit',
      description:
        'How much slower than the previous version the image may boot: warn=50%, fail=50%, or none. Applies only ' +
        "if both booted on the same VMM. Emulated boots are compared by the guest's clock.",
      default: 'warn=50%',
    },
    {
      name: 'clones',
      metavar: 'n',
      description: 'Number of VMs that the smoke test boots at once. No two may share an identity.',
      default: '2',
    },
  ]),
  ...inGroup('Store', [
    {
      name: 'store',
      metavar: 'address',
      description: 'Store to publish to: s3://BUCKET/PREFIX, a directory, or file:///PATH.',
      default: '',
    },
    { name: 'endpoint', metavar: 'url', description: 'URL of the S3 server, if not AWS.', default: '' },
    {
      name: 'region',
      metavar: 'region',
      description: 'Region of the bucket. Defaults to the region that the AWS SDK finds.',
      default: '',
    },
    {
      name: 'force-path-style',
      description: 'Put the bucket name in the URL path instead of the host name.',
      default: 'false',
      values: booleans,
    },
    {
      name: 'unsafe-store',
      description:
        "Publish even if the store's conditional writes do not work. Concurrent publishers can then destroy each " +
        "other's versions.",
      default: 'false',
      values: booleans,
    },
    {
      name: 'sign-key',
      metavar: 'file',
      description:
        'Ed25519 private key that signs versions, the index and the heartbeat: path of a PEM file, or the PEM text.',
      default: '',
    },
    {
      name: 'sign-expires',
      metavar: 'age',
      description: 'How long a signed index or heartbeat is valid, e.g. 30d or 48h.',
      default: '30d',
    },
    {
      name: 'image-name',
      metavar: 'name',
      description: 'Name of the image. Versions are called NAME.1, NAME.2 and so on.',
      default: 'ubuntu-base',
    },
    {
      name: 'version',
      metavar: 'n',
      description:
        'Version number. Defaults to the next free number, or in the action to N if the tag IMAGE-NAME.N started ' +
        'the run.',
      default: '',
    },
    { name: 'channel', metavar: 'name', description: 'Channel to move to the new version.', default: 'latest' },
    {
      name: 'keep',
      metavar: 'n',
      description: 'Number of most recent versions to keep in the store, at least 2.',
      default: '5',
    },
    {
      name: 'if-unchanged',
      description: 'What to do if base, daemon and build settings are the same as in the newest version.',
      default: 'skip',
      values: unchangedActions,
    },
    {
      name: 'publish-oci',
      metavar: 'address',
      description:
        'OCI registry repository to also push the published version to: oci://HOST/NAME. Sign in first, with docker ' +
        'login or docker/login-action.',
      default: '',
    },
    {
      name: 'dry-run',
      description: 'Build and test the image, but publish nothing.',
      default: 'false',
      values: booleans,
    },
  ]),
  ...inGroup('Output', [
    {
      name: 'output-folder',
      metavar: 'dir',
      description: 'Directory to also write the image, kernel and initramfs to.',
      default: '',
    },
    {
      name: 'cache-folder',
      metavar: 'dir',
      description:
        "Directory that keeps base images and their digests between runs. Defaults to a directory in the user's " +
        'cache.',
      default: '',
    },
    {
      name: 'work-folder',
      metavar: 'dir',
      description: 'Directory for files that are needed only during the run. Defaults to a temporary directory.',
      default: '',
    },
    {
      name: 'report-folder',
      metavar: 'dir',
      description:
        'Directory for report.json, report.html and boot.svg. A failed build adds what you need to find the cause: ' +
        'consoles, tool versions, and a script that boots the VM again.',
      default: '',
    },
    {
      name: 'cache',
      description:
        "Extra cache for downloaded bases and Go builds. github uses the repository's Actions cache, for ephemeral " +
        'runners.',
      default: 'none',
      values: cacheKinds,
    },
    {
      name: 'artifact',
      description: 'When to upload the report directory, with a script that repeats the build, as an artifact.',
      default: 'failure',
      values: artifactChoices,
    },
    { name: 'summary', description: 'Write a job summary.', default: 'true', values: booleans },
  ]),
];

/** The inputs of the main action: those of a build, and one for the workflow. */
export const actionInputDefinitions: readonly InputDefinition[] = [
  ...buildInputDefinitions,
  {
    name: 'check-settings',
    description:
      'JSON object of settings to check before the build: a name that is not an input of the action or of the ' +
      'golden-image workflow is an error. Values are ignored. The workflow passes its settings here.',
    default: '',
  },
];

export const signingInputs = ['sign-key', 'sign-expires'] as const;

/** Inputs of every command and action that works on a store, besides its address. */
const storeDetails = selectInputs(buildInputDefinitions, ['endpoint', 'region', 'force-path-style', 'image-name']);

/** For what only reads a store. */
export const anonymousInput: InputDefinition = {
  name: 'anonymous',
  group: 'Store',
  description: 'Read a public S3 bucket without credentials.',
  default: 'false',
  values: booleans,
};

/** Every input of `pull/action.yml`, in its order. They are flags of `ch-golden pull` too. */
export const pullInputDefinitions: readonly InputDefinition[] = [
  {
    name: 'store',
    group: 'Store',
    metavar: 'address',
    description:
      'Store to pull from: a directory, file:///PATH, s3://BUCKET/PREFIX, a mirror at https://HOST/PATH, or ' +
      'oci://HOST/NAME in a registry.',
    default: '',
  },
  ...storeDetails,
  anonymousInput,
  { name: 'version', metavar: 'version', description: 'Channel or version number.', default: 'latest' },
  {
    name: 'root',
    group: 'Host',
    metavar: 'dir',
    description: "Root directory of this host's images, kernels and VMs.",
    default: '/var/lib/cloud-hypervisor',
  },
  {
    name: 'max-age',
    group: 'Verification',
    metavar: 'age',
    description: 'Fail if no run has built the version, or found it to be current, for this long, e.g. 14d.',
    default: '',
  },
  {
    name: 'env-file',
    group: 'Host',
    metavar: 'file',
    description:
      'File to also write CH_KERNEL_PATH, CH_INITRAMFS_PATH and the other variables to, for systemd and shells.',
    default: '',
  },
  {
    name: 'allow-revoked',
    group: 'Verification',
    description: 'Use the version even if it is revoked, with a warning.',
    default: 'false',
    values: booleans,
  },
  {
    name: 'require-signature',
    group: 'Verification',
    description:
      'Fail if this host has no trust policy (ch-golden trust). With a policy, a signature is always required.',
    default: 'false',
    values: booleans,
  },
];

/** What `ch-golden push` takes beside the store. */
export const pushInputDefinitions: readonly InputDefinition[] = [
  {
    name: 'tag',
    metavar: 'names',
    description: "Additional tags, separated by spaces or commas. The version's number and channels are always tagged.",
    default: '',
  },
  {
    name: 'format',
    description: 'What to push. version: for hosts. containerdisk: a disk for KubeVirt VMs.',
    default: 'version',
    values: ['version', 'containerdisk'],
  },
];

/** The inputs of each operation of the channel action, besides those that all take. */
export const operationInputs = {
  promote: ['version', 'channel', 'require-signature', 'repository', 'workflow', 'ref', 'trusted-root'],
  rollback: ['version', 'channel'],
  revoke: ['version', 'reason', 'replacement', 'base-serial'],
  sign: ['version'],
  attest: ['version', 'bundle', 'trusted-root'],
  export: ['directory'],
  trim: ['directory', 'version'],
  publish: ['directory', 'version', 'channel', 'keep', 'unsafe-store'],
} as const;

export type Operation = keyof typeof operationInputs;

export const operations = Object.keys(operationInputs) as readonly Operation[];

/** Inputs of attest: paths on this machine. */
export const attestInputDefinitions: readonly InputDefinition[] = [
  {
    name: 'bundle',
    metavar: 'file',
    description: 'attest: path of the Sigstore bundle that actions/attest created for the manifest.',
    default: '',
  },
  {
    name: 'trusted-root',
    metavar: 'file',
    description:
      'attest, promote: path of the Sigstore trusted root that verifies the attestation. Defaults to that of the ' +
      'public instance.',
    default: '',
  },
];

/** Who must have signed a version before promote moves a channel to it. */
export const promoteInputDefinitions: readonly InputDefinition[] = [
  {
    name: 'require-signature',
    description: 'promote: fail unless the version is signed with sign-key.',
    default: 'false',
    values: booleans,
  },
  {
    name: 'repository',
    metavar: 'name',
    description:
      'promote: fail unless a workflow of this repository attested the version. OWNER/NAME, or a URL on a ' +
      'different server.',
    default: '',
  },
  {
    name: 'workflow',
    metavar: 'paths',
    description:
      'promote: workflow files to accept attestations from, separated by spaces, with @REF to pin one. Defaults to ' +
      'any in the repository.',
    default: '',
  },
  {
    name: 'ref',
    metavar: 'pattern',
    description:
      'promote: ref that the attesting run must be for; one * matches anything but a slash. Defaults to ' +
      'refs/heads/main.',
    default: '',
  },
];

/** The directory that takes a build away from the store: see `exportStore`. */
export const directoryInputDefinition: InputDefinition = {
  name: 'directory',
  metavar: 'dir',
  description:
    'export: empty directory for the copy of the store. trim, publish: directory that a build published into.',
  default: '',
};

/** Every input of `channel/action.yml`, in its order. */
export const channelInputDefinitions: readonly InputDefinition[] = [
  {
    name: 'operation',
    description:
      'What to do. promote: move a channel to a version. rollback: move it back. revoke: mark versions as ' +
      'unusable. sign: sign versions and the index with sign-key. attest: store the Sigstore bundle of a version. ' +
      'The other three let a build run without access to the store. export: copy what a build reads into a ' +
      'directory. trim: remove from that directory what the store already has. publish: verify what the build ' +
      'published there, and publish it to the store.',
    default: '',
    values: operations,
  },
  {
    name: 'version',
    description:
      'promote, sign, attest: a number or a channel. rollback, revoke, trim, publish: a number. Defaults: rollback ' +
      'uses the previous version, sign all versions, publish the version that the channel points to in the ' +
      'directory.',
    default: '',
  },
  {
    name: 'channel',
    description: 'Channel to move. Defaults to stable for promote, and to latest for rollback and publish.',
    default: '',
  },
  directoryInputDefinition,
  {
    name: 'reason',
    description: 'Reason for the revocation, in one line. Hosts print it when they reject the version.',
    default: '',
  },
  {
    name: 'replacement',
    description: 'Number of the version to use instead. Channels that point to a revoked version move to it.',
    default: '',
  },
  {
    name: 'base-serial',
    description: 'Revoke every version built from the base with this serial, instead of a single version.',
    default: '',
  },
  {
    name: 'store',
    metavar: 'address',
    description: 'Store that holds the versions: s3://BUCKET/PREFIX, a directory, or file:///PATH.',
    default: '',
  },
  ...storeDetails,
  ...selectInputs(buildInputDefinitions, signingInputs),
  ...attestInputDefinitions,
  ...promoteInputDefinitions,
  ...selectInputs(buildInputDefinitions, ['unsafe-store', 'keep']).map((definition) => ({
    ...definition,
    description: `publish: ${definition.description.charAt(0).toLowerCase()}${definition.description.slice(1)}`,
  })),
];
