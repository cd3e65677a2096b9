import type { Check } from '../check.js';
import type { Finding } from '../finding.js';

export const machineCheck: Check = {
  name: 'machine',
  appliesTo: () => true,
  check: async () => Promise.resolve([checkMachine(process.platform, process.arch)]),
};

export function checkMachine(platform: string, architecture: string): Finding {
  const name = 'machine';
  if (platform === 'linux' && architecture === 'x64') return { name, state: 'ok', text: 'Linux on x86-64' };
  return {
    name,
    state: 'broken',
    text: `${platform} on ${architecture} is not supported`,
    fix: 'use a Linux machine with an x86-64 CPU',
  };
}
