import { describe, expect, test } from '@jest/globals';
import { assertNotTemplate, getCloneAddress } from '../../../src/host/warm/clone-identity.js';
import type { IdentityRecord } from '../../../src/vmm/identity-records.js';

const template = {
  hostname: 'ch-golden-template',
  machineId: '0'.repeat(32),
  bootId: '01234567-89ab-cdef-0123-456789abcdef',
  fingerprint: `SHA256:${'A'.repeat(43)}`,
};
const vm = { name: 'vm-1', macAddress: '52:54:00:00:00:01' };

/** The records of a clone that is itself, but for these values. */
function makeRecords(changes: Readonly<Record<string, string | undefined>> = {}): readonly IdentityRecord[] {
  const own = {
    hostname: 'vm-1',
    machineId: '1'.repeat(32),
    bootId: '11111111-89ab-cdef-0123-456789abcdef',
    fingerprint: `SHA256:${'B'.repeat(43)}`,
    macAddress: vm.macAddress,
    address: '10.0.0.5/24',
    ...changes,
  } as const;
  return (['start', 'names', 'network', 'ssh-keys', 'ready'] as const).map((step) => ({
    uptimeSeconds: 1,
    step,
    ...own,
  }));
}

describe('what a clone keeps of its template', () => {
  test('is nothing', () => {
    expect(() => assertNotTemplate(template, makeRecords())).not.toThrow();
  });

  test.each([
    ['machineId', 'machine ID'],
    ['bootId', 'boot ID'],
    ['fingerprint', 'SSH host key'],
  ] as const)('is named: %s', (key, what) => {
    expect(() => assertNotTemplate(template, makeRecords({ [key]: template[key] }))).toThrow(
      `the guest kept the ${what} of its template`,
    );
  });

  test('is no SSH key where neither has one', () => {
    const { hostname, machineId, bootId } = template;
    const records = makeRecords({ fingerprint: undefined });
    expect(() => assertNotTemplate({ hostname, machineId, bootId }, records)).not.toThrow();
  });
});

describe('the address of a clone', () => {
  test('is that of its card', () => {
    expect(getCloneAddress(vm, makeRecords())).toBe('10.0.0.5');
    const network = { address: '10.0.0.5/24', gateway: '10.0.0.1', nameservers: [] };
    expect(getCloneAddress({ ...vm, network }, makeRecords())).toBe('10.0.0.5');
  });

  test.each([
    ['another name', { hostname: 'vm-2' }],
    ['another card', { macAddress: '52:54:00:00:00:02' }],
    ['another address than it was given', { address: '10.0.0.6/24' }],
  ])('is not taken from a guest with %s', (_, changes) => {
    const network = { address: '10.0.0.5/24', gateway: '10.0.0.1', nameservers: [] };
    expect(() => getCloneAddress({ ...vm, network }, makeRecords(changes))).toThrow('the wrong identity');
  });

  test('is not one of this host', () => {
    expect(() => getCloneAddress(vm, makeRecords({ address: '127.0.0.1/8' }))).toThrow('the wrong identity');
    expect(() => getCloneAddress(vm, [])).toThrow('the wrong identity: none, none, none');
  });
});
