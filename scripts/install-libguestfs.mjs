// Installs libguestfs, with a kernel for its appliance. For CI: it takes minutes, and leaves a kernel in /boot.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';

/** @returns why it could not be installed; undefined if it is installed */
export function tryInstallLibguestfs() {
  const wanted = [...(isInstalled() ? [] : ['guestfish']), ...(hasKernel() ? [] : [findKernelPackage()])];
  if (wanted.length === 0) return undefined;
  console.log(`installing ${wanted.join(' and ')}, for libguestfs`);
  const install = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
  for (const argv of [
    ['apt-get', 'update', '-qq'],
    [...install, '-o', 'Dpkg::Use-Pty=0', ...wanted],
  ]) {
    const problem = tryRun(argv);
    if (problem !== undefined) return problem;
  }
  if (!isInstalled()) return 'guestfish does not start';
  return hasKernel() ? undefined : 'no kernel with modules in /boot that this user may read';
}

const isInstalled = () => spawnSync('guestfish', ['--version']).status === 0;

/** The appliance boots a kernel of this machine: supermin(1). */
function hasKernel() {
  const names = existsSync('/boot') ? readdirSync('/boot') : [];
  return names.some((name) => {
    const [, version] = /^vmlinuz-(.+)$/.exec(name) ?? [];
    return version !== undefined && existsSync(`/lib/modules/${version}`) && isReadable(`/boot/${name}`);
  });
}

function isReadable(path) {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Debian has a small one for virtual machines; Ubuntu calls it otherwise. */
function findKernelPackage() {
  const names = ['linux-image-cloud-amd64', 'linux-image-virtual'];
  return names.find((name) => spawnSync('apt-cache', ['show', name]).status === 0) ?? names[0];
}

function tryRun(argv) {
  const prefix = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const [program, ...args] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...argv];
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status === 0) return undefined;
  return `${argv.slice(0, 2).join(' ')} failed: ${(error?.message ?? stderr).trim().split('\n').slice(-3).join('; ')}`;
}
