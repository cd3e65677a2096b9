import { describe, expect, test } from '@jest/globals';
import { skipWarmStarts, tryFindVersionObstacle, type ColdFacts } from '../../../../src/app/warm/decide-warm.js';
import { inWarmNetwork, warmNetwork } from '../../../../src/app/warm/warm-network.js';
import { Failure } from '../../../../src/platform/errors.js';

type Clone = ColdFacts['report']['clones'][number];

const clone = (failedUnits: readonly string[]): Clone => ({ failedUnits }) as unknown as Clone;
const report: ColdFacts['report'] = {
  vmm: 'cloud-hypervisor',
  vmmVersion: '53.0.0',
  accelerator: 'kvm',
  clones: [clone([]), clone([])],
};
const facts: ColdFacts = {
  report,
  disk: 'overlay',
  port: 2280,
  edits: ['write /usr/local/lib/ch-golden/identity'],
};

describe('whether hosts start a version warm', () => {
  test('they do on a release that can', () => {
    expect(tryFindVersionObstacle(facts)).toBeUndefined();
    expect(tryFindVersionObstacle({ ...facts, report: { ...report, vmmVersion: 'unknown' } })).toBeUndefined();
  });

  test.each<readonly [string, Partial<ColdFacts>]>([
    ['did not run on Cloud Hypervisor with KVM', { report: { ...report, vmm: 'qemu' } }],
    ['did not run on Cloud Hypervisor with KVM', { report: { ...report, accelerator: 'tcg' } }],
    ['52.0 does not support them (supported since 53.0)', { report: { ...report, vmmVersion: '52.0' } }],
    ['smoke-disk is copy', { disk: 'copy' }],
    ['listens on port 8080, and templates wait for port 2280', { port: 8080 }],
    ['built by a release without warm starts', { edits: ['write /usr/local/bin/daytona-daemon'] }],
    ['the unit a.service fails at boot', { report: { ...report, clones: [clone([]), clone(['a.service'])] } }],
  ])('not if it %s', (words, change) => {
    expect(tryFindVersionObstacle({ ...facts, ...change })).toContain(words);
  });
});

describe('without warm starts', () => {
  test('auto says why', () => {
    const lines: string[] = [];
    skipWarmStarts('auto', 'no KVM', { info: (line) => void lines.push(line) });
    expect(lines).toEqual(['Warm starts are not tested: no KVM']);
  });

  test('true fails', () => {
    expect(() => skipWarmStarts('true', 'no KVM', { info: () => undefined })).toThrow(
      new Failure('cannot test warm starts: no KVM'),
    );
  });
});

describe('the network of clones', () => {
  const owner = { uid: 1000, gid: 100, groups: [100, 36] };
  const command = (method: 'root' | 'user' | 'sudo'): readonly string[] =>
    inWarmNetwork(['helper', 'warm'], method, warmNetwork, owner);

  test.each([
    ['root', ['unshare', '--net'], '1000'],
    ['user', ['unshare', '--user', '--map-root-user', '--net'], '0'],
    ['sudo', ['sudo', '-n', '--', 'unshare', '--net'], '1000'],
  ] as const)('is entered as %s, and its taps belong to whom VMs run as', (method, start, uid) => {
    const argv = command(method);
    expect(argv.slice(0, start.length)).toEqual(start);
    expect(argv).toContain('--kill-child');
    const at = argv.indexOf('192.168.249.1/24');
    expect(argv.slice(at - 2, at + 2)).toEqual([uid, 'warm', '192.168.249.1/24', 'warm-1 warm-2']);
    expect(argv.slice(-2)).toEqual(['helper', 'warm']);
  });

  test('is left to the user if sudo was needed for it', () => {
    expect(command('sudo').join(' ')).toContain(
      'setpriv --reuid=1000 --regid=100 --groups=100,36 --inh-caps=-all --bounding-set=-all -- helper warm',
    );
  });
});
