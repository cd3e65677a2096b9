// The tests on the real Cloud Hypervisor: `npm run test:kvm`. They need its binary on PATH, and install everything
// else, like `npm test`. If /dev/kvm runs no guest, they first create an emulated machine with KVM (an hour). Without
// the binary they are skipped.
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
