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

/** Every input of a build, in the order of the documentation. `action.yml` says the same; a test holds them together. */
export const buildInputDefinitions: readonly InputDefinition[] = [
  { name: 'daemon-source', description: 'The folder in which the daemon is built.', default: '.' },
  { name: 'daemon-builder', description: 'How the daemon is built; prebuilt takes daemon-binary as it is.', default: 'go', values: ['go', 'nx', 'prebuilt'] },
  { name: 'daemon-package', description: 'The main package in daemon-source, for the builder go.', default: './cmd/daemon' },
  { name: 'daemon-binary', description: 'The path of a linux/amd64 binary, for the builder prebuilt.', default: '' },
  { name: 'daemon-version', description: 'The version of the daemon; the smoke test checks that /version answers it.', default: '' },
  { name: 'daemon-version-variable', description: 'The Go variable that is set to daemon-version, such as main.version.', default: '' },
  { name: 'daemon-env', description: 'Lines KEY=VALUE for the daemon\'s unit; specifiers of systemd such as %H work.', default: 'DAYTONA_SANDBOX_ID=%H' },
  { name: 'daemon-port', description: 'The port in the VM on which the daemon answers.', default: '2280' },
  { name: 'base-image', description: 'An Ubuntu suite such as noble, a path, a URL (with base-sha256), or bootstrap:SUITE to make one from packages.', default: 'noble' },
  { name: 'base-sha256', description: 'The SHA-256 that the base image must have.', default: '' },
  { name: 'allow-downgrade', description: 'Take a base that is older than the one of the newest version.', default: 'false', values: ['true', 'false'] },
  { name: 'layout', description: 'One standalone image, or an overlay over the base.', default: 'flattened', values: ['flattened', 'layered'] },
  { name: 'disk-size', description: 'The size of the disk in a VM.', default: '10G' },
  { name: 'compression', description: 'Of the image; auto inherits that of the base, and takes zstd where it has none.', default: 'auto', values: ['auto', 'inherit', 'zstd', 'zlib', 'none'] },
  { name: 'smoke', description: 'Boot the image and ask the daemon before anything is published.', default: 'true', values: ['true', 'false'] },
  { name: 'vmm', description: 'What boots the image in the smoke test.', default: 'auto', values: ['auto', 'qemu'] },
  { name: 'require-kvm', description: 'Fail where KVM does not work, instead of booting in slow emulation.', default: 'false', values: ['true', 'false'] },
  { name: 'health-path', description: 'The path that must answer 200; auto takes /health, or /version where the daemon has no /health.', default: 'auto' },
  { name: 'smoke-timeout', description: 'How long the smoke test may take in all.', default: '10m' },
  { name: 'smoke-memory', description: 'The memory of a VM in the smoke test.', default: '1G' },
  { name: 'smoke-cpus', description: 'The CPUs of a VM in the smoke test.', default: '2' },
  { name: 'clones', description: 'How many VMs the smoke test boots at once to find out whether two are alike.', default: '2' },
  { name: 'store', description: 'Where versions are published: the path of a folder, or file:///PATH.', default: '' },
  { name: 'image-name', description: 'The name of the image: versions are NAME.1, NAME.2 and so on.', default: 'ubuntu-base' },
  { name: 'version', description: 'The number of the version; the next free one where it is empty.', default: '' },
  { name: 'channel', description: 'The channel that is moved to the new version.', default: 'latest' },
  { name: 'keep', description: 'How many of the newest versions stay in the store; at least 2.', default: '5' },
  { name: 'if-unchanged', description: 'What to do when the base, the daemon and the plan are those of the newest version.', default: 'skip', values: ['skip', 'build'] },
  { name: 'dry-run', description: 'Build and boot the image, and publish nothing.', default: 'false', values: ['true', 'false'] },
  { name: 'output-folder', description: 'Keep the image, kernel and initramfs in this folder of the runner too.', default: '' },
  { name: 'cache-folder', description: 'Keeps base images and their digests between runs; a folder in the user\'s cache where it is empty.', default: '' },
  { name: 'work-folder', description: 'Takes the files of a run while it lasts; a temporary folder where it is empty.', default: '' },
  { name: 'report-folder', description: 'Write report.json, and after a failure the consoles of the VMs, into this folder.', default: '' },
  { name: 'summary', description: 'Write a summary of the job.', default: 'true', values: ['true', 'false'] },
];
