// Installs what a new machine lacks: npm packages, and distribution packages through apt. Prints each before it does.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const searchPath = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'].filter(Boolean);

/** A program of each package that the main job needs, and its purpose. */
const forStart = [
  ['qemu-img', 'qemu-utils', 'creates and checks images'],
  ['qemu-storage-daemon', 'qemu-system-common', 'opens images without root'],
  ['qemu-system-x86_64', 'qemu-system-x86', 'boots the smoke VMs'],
  ['mmdebstrap', 'mmdebstrap', 'installs the bootstrap base'],
  ['xorriso', 'xorriso', 'creates the cloud-init seed'],
  ['fusermount3', 'fuse3', 'lets debugfs read an image'],
  ['debugfs', 'e2fsprogs', 'edits ext4 offline'],
  ['sfdisk', 'fdisk', 'partitions the bootstrap base'],
  ['mkfs.vfat', 'dosfstools', 'creates the EFI partition of the bootstrap base'],
  ['gpgv', 'gpgv', 'verifies the signature of a base'],
  ['newuidmap', 'uidmap', 'lets mmdebstrap run without root'],
];

/** Debian's package has a browser. Ubuntu's installs a snap: there the tests print that no browser was there. */
function findBrowser() {
  const isDebian = existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
  const isThere = ['chromium', 'chromium-browser', 'google-chrome'].some(isInstalled);
  return isDebian && !isThere ? [['chromium', 'chromium', 'opens the report']] : [];
}

/** The tests also need these. */
const forTest = [
  ...forStart,
  ['gpg', 'gpg', 'signs test data'],
  ['gpg-agent', 'gpg-agent', 'signs test data'],
  ['gpgconf', 'gpgconf', 'stops the agent'],
  ['openssl', 'openssl', 'creates certificates that are rejected'],
  ['mkfs.xfs', 'xfsprogs', 'creates a base that is rejected'],
  ['gcc', 'gcc', 'compiles a daemon that is rejected'],
  ['sudo', 'sudo', 'lets a plain user install packages in an image'],
  ['systemd-analyze', 'systemd', 'checks the units for hosts'],
  ['python3', 'python3-venv', 'checks bills of materials, and workflows'],
  ['ip', 'iproute2', 'configures the network of the fake VMM'],
  ['dnsmasq', 'dnsmasq-base', 'assigns addresses on a bridge'],
  ['busybox', 'busybox', 'requests an address like a guest'],
  ['zsh', 'zsh', 'completes command lines'],
  ['fish', 'fish', 'completes command lines'],
  ...findBrowser(),
];

function fail(message, fix) {
  console.error(`set-up: ${message}\n  Fix: ${fix}`);
  process.exit(1);
}

function run(argv, options = {}) {
  const { status, error } = spawnSync(argv[0], argv.slice(1), {
    stdio: ['ignore', 'inherit', 'inherit'],
    cwd: root,
    ...options,
  });
  if (status !== 0)
    fail(
      `${argv.join(' ')} failed${error === undefined ? ` with exit code ${status}` : `: ${error.message}`}`,
      'see its output above',
    );
}

function isInstalled(program) {
  return searchPath.some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function installDistributionPackages(wanted) {
  const missing = wanted.filter(([program]) => !isInstalled(program));
  if (missing.length === 0) return;
  console.log('set-up: installing these distribution packages:');
  for (const [, name, purpose] of missing) console.log(`  ${name.padEnd(20)} ${purpose}`);
  const names = missing.map(([, name]) => name);
  const prefix = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const install = `apt-get install --no-install-recommends ${names.join(' ')}`;
  const byHand = `install them yourself: sudo apt-get update && sudo ${install}`;
  if (!isInstalled('apt-get'))
    fail(
      'apt-get is missing: this is not Debian or Ubuntu',
      `install ${missing.map(([program]) => program).join(', ')} with your package manager`,
    );
  if (prefix.length > 0 && spawnSync('sudo', ['-n', 'true']).status !== 0) fail('sudo needs a password', byHand);
  const environment = ['env', 'DEBIAN_FRONTEND=noninteractive'];
  run([...prefix, 'apt-get', 'update', '-qq']);
  run(
    [
      ...prefix,
      ...environment,
      'apt-get',
      'install',
      '-y',
      '-qq',
      '-o',
      'Dpkg::Use-Pty=0',
      '-o',
      'DPkg::Lock::Timeout=300',
      '--no-install-recommends',
      ...names,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
}

function requireGo() {
  if (!isInstalled('go')) fail('Go is not on PATH', 'install Go 1.21 or newer: https://go.dev/doc/install');
}

/** Installs npm packages that differ from the lock file. */
export function installNpmPackages() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = existsSync(installed) ? JSON.parse(readFileSync(installed, 'utf8')).packages : {};
  const missing = Object.entries(wanted).filter(
    ([path, { version, optional }]) => path !== '' && !optional && present[path]?.version !== version,
  );
  if (missing.length === 0) return;
  console.log(`set-up: installing ${missing.length} npm packages`);
  // Not `npm ci`: it rejects a lock file that lacks an optional package of a platform, and some registries lack those.
  run(['npm', 'install', '--no-save', '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error']);
}

export function setUpForStart() {
  requireGo();
  installDistributionPackages(forStart);
}

export function setUpForTest() {
  requireGo();
  installNpmPackages();
  installDistributionPackages(forTest);
}
