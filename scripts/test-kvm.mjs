// Runs the tests on the real Cloud Hypervisor: `npm run test:kvm`. They need its binary on PATH, and are skipped
// without it. Everything else is installed, as for `npm test`. If /dev/kvm cannot run guests, they run in an emulated
// machine with KVM, which takes an hour.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { setUpForTest } from './set-up.mjs';

const root = join(import.meta.dirname, '..');

function isInstalled(program) {
  return (process.env.PATH ?? '').split(':').some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

if (!isInstalled('cloud-hypervisor')) {
  console.log('test:kvm: SKIPPED: THE REAL CLOUD HYPERVISOR WAS NOT TESTED: no cloud-hypervisor on PATH');
  process.exit(0);
}
setUpForTest();
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
    '--selectProjects',
    'kvm',
    '--runInBand',
  ],
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
);
process.exit(status ?? 1);
