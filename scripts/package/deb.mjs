// The Debian package `ch-golden`, with what a host needs. dpkg-deb(1) is all that builds it.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Where a distribution's shells look for completions. */
const completions = {
  bash: 'usr/share/bash-completion/completions/ch-golden',
  zsh: 'usr/share/zsh/vendor-completions/_ch-golden',
  fish: 'usr/share/fish/vendor_completions.d/ch-golden.fish',
};

/**
 * @param man the directory of the man pages
 * @returns the name of the package in `output`
 */
export function createDeb({ root, work, output, version, executable, man }) {
  const tree = join(work, 'deb');
  place(executable, join(tree, 'usr', 'bin', 'ch-golden'), 0o755);
  writeCompletions(tree, executable);
  writeGzippedManPages(tree, man);
  const units = join(root, 'examples', 'host');
  for (const name of readdirSync(units).filter((file) => /\.(service|timer)$/.test(file)))
    place(join(units, name), join(tree, 'usr', 'lib', 'systemd', 'system', name));
  place(join(root, 'LICENSE'), join(tree, 'usr', 'share', 'doc', 'ch-golden', 'copyright'));
  place(join(root, 'dist', 'cli', 'licenses.txt'), join(tree, 'usr', 'share', 'doc', 'ch-golden', 'licenses.txt'));
  mkdirSync(join(tree, 'DEBIAN'));
  writeFileSync(join(tree, 'DEBIAN', 'control'), formatControl(tree, version));
  execFileSync('chmod', ['-R', 'u=rwX,go=rX', tree]);
  const name = `ch-golden_${version}_amd64.deb`;
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zxz', '-z2', '--build', tree, join(output, name)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return name;
}

function formatControl(tree, version) {
  return [
    'Package: ch-golden',
    // A pre-release sorts before its release: deb-version(7).
    `Version: ${version.replace('-', '~')}`,
    'Architecture: amd64',
    'Maintainer: ch-golden <ch-golden@users.noreply.github.com>',
    `Installed-Size: ${Math.ceil(sizeOf(tree) / 1024)}`,
    'Depends: libc6 (>= 2.28), libgcc-s1, libstdc++6, qemu-utils, util-linux, xorriso',
    'Suggests: dnsmasq-base, e2fsprogs, fuse3, gpgv, iproute2, mmdebstrap, qemu-system-x86, uidmap',
    'Section: admin',
    'Priority: optional',
    'Homepage: https://github.com/daytona/ch-golden-action',
    'Description: golden Ubuntu images for Cloud Hypervisor',
    ' Pulls versions of a golden image from a store, verifies them, and starts VMs from',
    ' them. Also builds, smoke-tests and publishes them, which needs the suggested',
    ' packages: "ch-golden doctor" names those that are missing.',
    '',
  ].join('\n');
}

function place(source, target, mode = 0o644) {
  mkdirSync(dirname(target), { recursive: true });
  cpSync(source, target);
  chmodSync(target, mode);
}

function writeCompletions(tree, executable) {
  for (const [shell, path] of Object.entries(completions)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), execFileSync(executable, ['completion', shell]));
  }
}

function writeGzippedManPages(tree, man) {
  const directory = join(tree, 'usr', 'share', 'man', 'man1');
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(man))
    writeFileSync(join(directory, `${name}.gz`), gzipSync(readFileSync(join(man, name)), { level: 9 }));
}

function sizeOf(tree) {
  return readdirSync(tree, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
