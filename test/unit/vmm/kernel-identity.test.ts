import { describe, expect, test } from '@jest/globals';
import { addKernelIdentity } from '../../../src/vmm/kernel-identity.js';
import { maxCmdlineLength } from '../../../src/vmm/boot-rules.js';

const network = { address: '10.0.2.15/24', gateway: '10.0.2.2' };

describe('identity on the command line', () => {
  test('the name, and a static address', () => {
    expect(addKernelIdentity('root=/dev/vda1 ro', { hostname: 'vm-1' })).toBe(
      'root=/dev/vda1 ro systemd.hostname=vm-1',
    );
    expect(addKernelIdentity('ro', { hostname: 'vm-1', network })).toBe(
      'ro systemd.hostname=vm-1 ch-golden.address=10.0.2.15/24,10.0.2.2',
    );
  });

  test.each(['10.0.0.5/8', '10.0.0.4/31', '10.0.0.4/32', '10.0.0.4/0'])('the address %s', (address) => {
    expect(addKernelIdentity('ro', { hostname: 'a', network: { ...network, address } })).toContain(
      `=${address},10.0.2.2`,
    );
  });

  test('the card with the address', () => {
    const macAddress = '52:54:00:AB:cd:01';
    expect(addKernelIdentity('ro', { hostname: 'vm-1', network, macAddress })).toBe(
      'ro systemd.hostname=vm-1 ch-golden.address=10.0.2.15/24,10.0.2.2,52:54:00:ab:cd:01',
    );
    expect(addKernelIdentity('ro', { hostname: 'vm-1', macAddress })).toBe('ro systemd.hostname=vm-1');
    expect(addKernelIdentity('ro', { hostname: 'a', network, macAddress: '52:54:00:ab:cd' })).toMatch(/10\.0\.2\.2$/);
  });

  test('what is set already stays', () => {
    const set = 'ro systemd.hostname=mine ch-golden.address=10.0.0.9/8,10.0.0.1';
    expect(addKernelIdentity(set, { hostname: 'vm-1', network })).toBe(set);
  });

  test('who sets the network by ip= keeps it', () => {
    const set = 'ip=dhcp systemd.hostname=mine';
    expect(addKernelIdentity(set, { hostname: 'vm-1', network })).toBe(set);
    expect(addKernelIdentity('ro ip=off', { hostname: 'vm-1', network })).toBe('ro ip=off systemd.hostname=vm-1');
  });

  test('arguments of init stay last', () => {
    expect(addKernelIdentity('ro -- single', { hostname: 'vm-1' })).toBe('ro systemd.hostname=vm-1 -- single');
    expect(addKernelIdentity('ro --', { hostname: 'vm-1' })).toBe('ro systemd.hostname=vm-1 --');
    expect(addKernelIdentity('ro a--b', { hostname: 'vm-1' })).toBe('ro a--b systemd.hostname=vm-1');
  });

  test.each(['', 'a b', 'a=b', 'a.b', '-a', 'a-', 'a_b', 'ü', 'a'.repeat(64), 'a\n'])(
    'the name %j is left out',
    (hostname) => {
      expect(addKernelIdentity('ro', { hostname, network })).toBe('ro');
    },
  );

  test.each([
    ['10.0.2.15', '10.0.2.2'],
    ['10.0.2.15/33', '10.0.2.2'],
    ['10.0.2.15/24', '10.0.2.2 init=/bin/sh'],
    ['fd00::2/64', 'fd00::1'],
  ])('the address %s with the gateway %s is left out', (address, gateway) => {
    expect(addKernelIdentity('ro', { hostname: 'a', network: { address, gateway } })).toBe('ro systemd.hostname=a');
  });

  test('what the kernel would cut off is left out', () => {
    const long = `a=${'b'.repeat(maxCmdlineLength - 25)}`;
    expect(addKernelIdentity(long, { hostname: 'vm-1', network })).toBe(`${long} systemd.hostname=vm-1`);
    const full = 'a'.repeat(maxCmdlineLength);
    expect(addKernelIdentity(full, { hostname: 'vm-1', network })).toBe(full);
  });
});
