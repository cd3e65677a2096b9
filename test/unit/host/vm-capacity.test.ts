import { describe, expect, test } from '@jest/globals';
import { checkCapacity, tryFindMemoryRisk, type VmSize } from '../../../src/host/vm/capacity.js';
import { assertNoFindings, type VmFinding } from '../../../src/host/vm/findings.js';
import { countCpus, parseMemory, type Capacity } from '../../../src/host/vm/machine.js';
import type { Failure } from '../../../src/platform/errors.js';
import { createTestMachine } from '../../fixtures/test-machine.js';

const gibibyte = 1024 ** 3;
const capacity = { memoryBytes: 23 * gibibyte, availableBytes: 20 * gibibyte, limitBytes: undefined, onlineCpus: 4 };
const small: VmSize = { cpus: 2, memoryMiB: 1024 };

async function check(size: Partial<VmSize>, changes: Partial<Capacity> = {}): Promise<readonly VmFinding[]> {
  const machine = createTestMachine({ capacity: { ...capacity, ...changes }, maxCpus: 64 });
  return checkCapacity({ ...small, ...size }, (option) => `less ${option}`, machine);
}

describe('a VM fits a machine', () => {
  test.each([
    [{ cpus: 4, memoryMiB: 23 * 1024 }, []],
    [{ memoryMiB: 900 * 1024 }, [['900 GiB of memory, and this machine has 23 GiB', 'less --memory']]],
    [{ cpus: 5 }, [['5 CPUs, and this machine has 4', 'less --cpus']]],
    [
      { cpus: 8, memoryMiB: 24 * 1024 },
      [
        ['24 GiB of memory, and this machine has 23 GiB', 'less --memory'],
        ['8 CPUs, and this machine has 4', 'less --cpus'],
      ],
    ],
    [{ cpus: 8, memoryMiB: 24 * 1024, overcommit: true }, []],
    [{ cpus: 65, overcommit: true }, [['65 CPUs: KVM on this machine supports 64', 'use fewer --cpus']]],
  ])('of %j', async (size, expected) => {
    expect((await check(size)).map(({ problem, fix }) => [problem, fix])).toEqual(expected);
  });

  test('or the limit of its container or unit', async () => {
    const limited = { limitBytes: 2 * gibibyte };
    expect(await check({ memoryMiB: 2048 }, limited)).toEqual([]);
    expect(await check({ memoryMiB: 2049 }, limited)).toMatchObject([
      { problem: '2.0 GiB of memory, and the memory limit of this process and its children is 2 GiB' },
    ]);
  });
});

describe('beside running VMs', () => {
  const vm = { name: 'vm-009', ...small, memoryMiB: 8 * 1024 };
  const running = [{ memoryMiB: 8 * 1024 }, { memoryMiB: 8 * 1024 }];

  test('it can run out of memory', () => {
    expect(tryFindMemoryRisk(vm, running.slice(1), capacity)).toBeUndefined();
    expect(tryFindMemoryRisk(vm, running, capacity)).toBe(
      'vm-009 and 2 running VMs have 24 GiB of memory, and this machine has 23 GiB: it can run out of memory',
    );
    expect(tryFindMemoryRisk(vm, [], { ...capacity, availableBytes: 4 * gibibyte })).toBe(
      'vm-009 has 8 GiB of memory, and 4 GiB of this machine are available: it can run out of memory',
    );
    expect(tryFindMemoryRisk(vm, running.slice(1), { ...capacity, limitBytes: 15 * gibibyte })).toContain(
      'and this machine has 15 GiB',
    );
  });

  test('unless it may be', () => {
    expect(tryFindMemoryRisk({ ...vm, overcommit: true }, running, capacity)).toBeUndefined();
  });
});

test('the memory of a machine', () => {
  const text = 'MemTotal:       24683656 kB\nMemFree:        18946480 kB\nMemAvailable:   23016348 kB\n';
  expect(parseMemory(text)).toEqual({ memoryBytes: 24_683_656 * 1024, availableBytes: 23_016_348 * 1024 });
  expect(() => parseMemory('MemFree: 1 kB')).toThrow('/proc/meminfo has no MemTotal');
});

test.each([
  ['0', 1],
  ['0-3', 4],
  ['0-3,6,8-9', 7],
])('the CPUs %s', (list, count) => expect(countCpus(list)).toBe(count));

test('findings are one failure, however long they are', () => {
  expect(() => assertNoFindings('cannot', [])).not.toThrow();
  expect(() => assertNoFindings('cannot', [{ problem: 'p', fix: 'f' }])).toThrow(
    expect.objectContaining({ message: 'cannot: p', fix: 'f' }),
  );
  const findings = ['a', 'b', 'c'].map((name) => ({ problem: `${name}1`.repeat(1000), fix: `${name}2` }));
  const thrown = ((): unknown => {
    try {
      assertNoFindings('cannot', findings);
      return undefined;
    } catch (error) {
      return error;
    }
  })() as Failure;
  expect(thrown.fix).toBe('(1) a2; (2) b2; (3) c2');
  for (const part of ['cannot: (1) a1', '(2) b1', '(3) c1']) expect(thrown.message).toContain(part);
});
