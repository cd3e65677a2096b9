/** An input of the action, which is a flag of the CLI too: `disk-size` and `--disk-size`. */
export interface InputDefinition {
  readonly name: string;
  /** One sentence for `action.yml`, the README and `--help`. */
  readonly description: string;
  /** Empty where there is none. */
  readonly default: string;
  /** The only values that are allowed, where they can be listed. */
  readonly values?: readonly string[];
}

/** Gives the value of an input as the user or its default has it. */
export type RawInputs = (name: string) => string;

/** An empty value stands for the default: a workflow that passes its own inputs on passes empty ones too. */
export function withDefaults(definitions: readonly InputDefinition[], given: RawInputs): RawInputs {
  return (name) => given(name).trim() || (definitions.find((definition) => definition.name === name)?.default ?? '');
}

/** Those of these names, in the order of the documentation. */
export function selectInputs(definitions: readonly InputDefinition[], names: readonly string[]): readonly InputDefinition[] {
  return definitions.filter(({ name }) => names.includes(name));
}

/** Of what only reads a store. */
export const anonymousInput: InputDefinition =
  { name: 'anonymous', description: 'Read a bucket of S3 that is public, without credentials.', default: 'false', values: ['true', 'false'] };

/** Every input of a build, in the order of the documentation. `action.yml` says the same; a test holds them together. */
export const buildInputDefinitions: readonly InputDefinition[] = [
  { name: 'daemon-source', description: 'The folder in which the daemon is built.', default: '.' },
  { name: 'daemon-builder', description: 'How the daemon is built; prebuilt takes daemon-binary as it is.', default: 'go', values: ['go', 'nx', 'prebuilt'] },
  { name: 'daemon-package', description: 'The main package in daemon-source, for the builder go.', default: './cmd/daemon' },
  { name: 'daemon-binary', description: 'The path of a linux/amd64 binary, for the builder prebuilt.', default: '' },
  { name: 'daemon-version', description: 'The version of the daemon; the smoke test checks that /version answers it.', default: '' },
  { name: 'daemon-version-variable', description: 'The Go variable that is set to daemon-version, such as main.version.', default: '' },
  { name: 'daemon-env', description: 'Lines KEY=VALUE for the daemon\'s unit; specifiers of systemd work, and %H is the host name that the VM has when the daemon starts.', default: 'DAYTONA_SANDBOX_ID=%H' },
  { name: 'daemon-port', description: 'The port in the VM on which the daemon answers.', default: '2280' },
  { name: 'base-image', description: 'An Ubuntu suite such as noble, a path, a URL (with base-sha256), or bootstrap:SUITE to make one from packages.', default: 'noble' },
  { name: 'base-sha256', description: 'The SHA-256 that the base image must have.', default: '' },
  { name: 'verify-base', description: 'Hash the base at each run; otherwise one that was hashed within a day and has not changed since, by its times and size, is not read again.', default: 'false', values: ['true', 'false'] },
  { name: 'allow-downgrade', description: 'Take a base that is older than the one of the newest version.', default: 'false', values: ['true', 'false'] },
  { name: 'layout', description: 'One standalone image, or an overlay over the base.', default: 'flattened', values: ['flattened', 'layered'] },
  { name: 'disk-size', description: 'The size of the disk in a VM.', default: '10G' },
  { name: 'compression', description: 'Of the image; auto inherits that of the base, and takes zstd where it has none.', default: 'auto', values: ['auto', 'inherit', 'zstd', 'zlib', 'none'] },
  { name: 'driver', description: 'What changes the base: inject changes files and needs no root, mount is root\'s, or sudo\'s, and can also install packages and run programs, and so can libguestfs, in a VM of its own without root; auto takes the first that can do all that is asked for.', default: 'auto', values: ['auto', 'inject', 'mount', 'libguestfs'] },
  { name: 'packages', description: 'Packages to install, between blanks or commas, without those that they recommend.', default: '' },
  { name: 'snapshot', description: 'The moment of the distribution\'s archives that packages and upgrades come from, such as 2026-05-01 or 2026-05-01T06:00:00Z; Debian and Ubuntu keep dated snapshots. As they are now where it is empty.', default: '' },
  { name: 'upgrade', description: 'Upgrade the packages of the base: those with a newer version in a security archive, or all.', default: 'none', values: ['none', 'security', 'all'] },
  { name: 'files', description: 'Files to copy into the image: lines SOURCE:DESTINATION:MODE:UID:GID, where MODE is 0644 and the owner root if they are left out.', default: '' },
  { name: 'run', description: 'The path of a script that runs in the image, after packages and files.', default: '' },
  { name: 'smoke', description: 'Boot the image and ask the daemon before anything is published.', default: 'true', values: ['true', 'false'] },
  { name: 'vmm', description: 'What boots the image in the smoke test; auto takes Cloud Hypervisor where it is on PATH and KVM works, else QEMU.', default: 'auto', values: ['auto', 'cloud-hypervisor', 'qemu'] },
  { name: 'smoke-disk', description: 'Each VM of the smoke test boots an overlay of the image, or of an uncompressed copy for a Cloud Hypervisor older than v50.', default: 'overlay', values: ['overlay', 'copy'] },
  { name: 'smoke-network', description: 'The network of each VM in the smoke test: isolated is one of its own; with bridge=NAME Cloud Hypervisor joins that to a bridge of this machine with a DHCP server on it, as root or by sudo.', default: 'isolated' },
  { name: 'require-kvm', description: 'Fail where KVM does not work, instead of booting in slow emulation.', default: 'false', values: ['true', 'false'] },
  { name: 'health-path', description: 'The path that must answer 200; auto takes /health, or /version where the daemon has no /health.', default: 'auto' },
  { name: 'smoke-timeout', description: 'How long the smoke test may take in all.', default: '10m' },
  { name: 'smoke-memory', description: 'The memory of a VM in the smoke test.', default: '1G' },
  { name: 'smoke-cpus', description: 'The CPUs of a VM in the smoke test.', default: '2' },
  { name: 'boot-time-tolerance', description: 'How much slower than the version before an image may boot, where KVM booted both on the same VMM: warn=50%, fail=50%, or none.', default: 'warn=50%' },
  { name: 'clones', description: 'How many VMs the smoke test boots at once to find out whether two are alike.', default: '2' },
  { name: 'store', description: 'Where versions are published: s3://BUCKET/PREFIX, the path of a folder, or file:///PATH.', default: '' },
  { name: 'endpoint', description: 'The URL of the S3 server, where that is not AWS.', default: '' },
  { name: 'region', description: 'The region of the bucket; what the AWS SDK finds where it is empty.', default: '' },
  { name: 'force-path-style', description: 'Name the bucket in the path of a request instead of in the host\'s name.', default: 'false', values: ['true', 'false'] },
  { name: 'unsafe-store', description: 'Publish to a store whose conditional writes do not work, too: two publishers at once may then destroy each other\'s versions.', default: 'false', values: ['true', 'false'] },
  { name: 'sign-key', description: 'Ed25519 private key that signs versions, the index and the heartbeat: the path of a PEM file, or the PEM text from a secret.', default: '' },
  { name: 'sign-expires', description: 'How long a signed index or heartbeat is valid, e.g. 30d or 48h.', default: '30d' },
  { name: 'image-name', description: 'The name of the image: versions are NAME.1, NAME.2 and so on.', default: 'ubuntu-base' },
  { name: 'version', description: 'The number of the version; where it is empty, N of a tag IMAGE-NAME.N that started the run, or the next free one.', default: '' },
  { name: 'channel', description: 'The channel that is moved to the new version.', default: 'latest' },
  { name: 'keep', description: 'How many of the newest versions stay in the store; at least 2.', default: '5' },
  { name: 'if-unchanged', description: 'What to do when the base, the daemon and the plan are those of the newest version.', default: 'skip', values: ['skip', 'build'] },
  { name: 'dry-run', description: 'Build and boot the image, and publish nothing.', default: 'false', values: ['true', 'false'] },
  { name: 'output-folder', description: 'Keep the image, kernel and initramfs in this folder of the runner too.', default: '' },
  { name: 'cache-folder', description: 'Keeps base images and their digests between runs; a folder in the user\'s cache where it is empty.', default: '' },
  { name: 'work-folder', description: 'Takes the files of a run while it lasts; a temporary folder where it is empty.', default: '' },
  { name: 'report-folder', description: 'Write report.json, report.html and a picture of the boot (boot.svg) into this folder, and after a failure what it takes to find its cause: consoles, versions, a script that boots the VM again.', default: '' },
  { name: 'cache', description: 'Where a job keeps a downloaded base and what Go compiled, besides folders of the runner: github for the repository\'s cache, for runners that are made anew.', default: 'none', values: ['none', 'github'] },
  { name: 'artifact', description: 'When a job uploads what report-folder has, and the command that repeats the build, as an artifact.', default: 'failure', values: ['failure', 'always', 'never'] },
  { name: 'summary', description: 'Write a summary of the job.', default: 'true', values: ['true', 'false'] },
];

/** What tells about a store beside its address, for all that work on one. */
export const storeDetailDefinitions = selectInputs(buildInputDefinitions, ['endpoint', 'region', 'force-path-style', 'image-name']);
