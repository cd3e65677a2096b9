import { expect, test } from '@jest/globals';
import { checkDriver, type DriverNeeds } from '../../../../../src/app/doctor/checks/programs.js';
import type { Processes } from '../../../../../src/platform/process/processes.js';

/** A plain user's machine, where sudo needs a password. */
function machineWith(...programs: readonly string[]): { readonly processes: Processes } {
  const processes = {
    tryFind: async (name: string) => Promise.resolve(programs.includes(name) ? `/usr/bin/${name}` : undefined),
    run: async () => Promise.reject(new Error('a password is required')),
  };
  return { processes: processes as unknown as Processes };
}

test.each<[string, DriverNeeds, readonly string[], object]>([
  ['files', { requested: 'auto', programs: false }, [], { driver: 'inject', findings: [] }],
  [
    'a program, with libguestfs',
    { requested: 'libguestfs', programs: true },
    ['guestfish'],
    { driver: 'libguestfs', findings: [{ name: 'driver', state: 'ok', text: 'libguestfs' }] },
  ],
  [
    'libguestfs, which is missing',
    { requested: 'libguestfs', programs: true },
    [],
    { findings: [expect.objectContaining({ state: 'broken', text: 'libguestfs needs guestfish' })] },
  ],
])('%s', async (_, needs, programs, expected) => {
  expect(await checkDriver(needs, machineWith(...programs))).toEqual(expected);
});
