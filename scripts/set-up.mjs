// Installs what a fresh machine lacks: npm packages, and distribution packages through apt. Each is named before.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const searchPath = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'].filter(Boolean);

/** A program of each package that the main job needs, and what it is for. */
const forStart = [
  ['qemu-img', 'qemu-utils', 'makes and checks images'],
  ['qemu-storage-daemon', 'qemu-system-common', 'opens images without root'],
  ['qemu-system-x86_64', 'qemu-system-x86', 'boots the smoke VMs'],
  ['mmdebstrap', 'mmdebstrap', 'makes the bootstrap base'],
  ['xorriso', 'xorriso', 'makes the cloud-init seed'],
  ['fusermount3', 'fuse3', 'lets debugfs see into an image'],
  ['debugfs', 'e2fsprogs', 'edits ext4 offline'],
  ['sfdisk', 'fdisk', 'partitions the bootstrap base'],
  ['mkfs.vfat', 'dosfstools', 'makes the EFI partition of the bootstrap base'],
  ['gpgv', 'gpgv', 'verifies the signature of a base'],
  ['newuidmap', 'uidmap', 'lets mmdebstrap work without root'],
];

/** Debian's package has a browser. Ubuntu's installs a snap: there the tests print that no browser was there. */
function findBrowser() {
  const isDebian = existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
  const isThere = ['chromium', 'chromium-browser', 'google-chrome'].some(isInstalled);
  return isDebian && !isThere ? [['chromium', 'chromium', 'opens the report']] : [];
}

/** What the tests use besides. */
const forTest = [
  ...forStart,
  ['gpg', 'gpg', 'signs what the tests verify'],
  ['gpg-agent', 'gpg-agent', 'signs what the tests verify'],
  ['gpgconf', 'gpgconf', 'ends the agent again'],
  ['openssl', 'openssl', 'makes certificates of servers that are refused'],
  ['mkfs.xfs', 'xfsprogs', 'makes a base that is refused'],
  ['gcc', 'gcc', 'makes a daemon that is refused'],
  ['sudo', 'sudo', 'is what a plain user has for package installs'],
  ['systemd-analyze', 'systemd', 'checks the units for hosts'],
  ['python3', 'python3-venv', 'checks bills of materials, and workflows'],
  ['ip', 'iproute2', "gives the stand-in of a VMM its guest's address"],
  ['dnsmasq', 'dnsmasq-base', 'gives addresses on a bridge'],
  ['busybox', 'busybox', 'asks for one in the place of a guest'],
  ...findBrowser(),
];

function fail(message, fix) {
  console.error(`set-up: ${message}\n  ${fix}`);
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
  const byHand = `install them by hand: sudo apt-get update && sudo apt-get install --no-install-recommends ${names.join(' ')}`;
  if (!isInstalled('apt-get'))
    fail(
      'this is no Debian or Ubuntu: there is no apt-get',
      `install with your own package manager what gives ${missing.map(([program]) => program).join(', ')}`,
    );
  if (prefix.length > 0 && spawnSync('sudo', ['-n', 'true']).status !== 0) fail('sudo asks for a password', byHand);
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

/** npm packages, where they are not those of the lock file. */
export function installNpmPackages() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = existsSync(installed) ? JSON.parse(readFileSync(installed, 'utf8')).packages : {};
  const missing = Object.entries(wanted).filter(
    ([path, { version, optional }]) => path !== '' && !optional && present[path]?.version !== version,
  );
  if (missing.length === 0) return;
  console.log(`set-up: installing ${missing.length} npm packages`);
  // Not `npm ci`: it refuses a lock file that leaves out a platform's optional package, which some registries do not have.
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
