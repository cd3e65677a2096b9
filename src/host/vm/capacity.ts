import { formatBytes, formatCount } from '../../platform/format.js';
import type { VmFinding } from './findings.js';
import type { Capacity, Machine } from './machine.js';
import type { VmRecord } from './vm-record.js';

/** How much of a machine a VM takes. */
export type VmSize = Pick<VmRecord, 'cpus' | 'memoryMiB' | 'overcommit'>;

const mebibyte = 1024 ** 2;
/** Every KVM gives a VM as many: arm64's GICv2 is the smallest. */
const alwaysPossible = 8;

/** What a VM needs and this machine does not have. With `overcommit`, only what no VM can have. */
export async function checkCapacity(
  { cpus, memoryMiB, overcommit = false }: VmSize,
  fix: (option: string) => string,
  machine: Pick<Machine, 'readCapacity' | 'tryReadMaxCpus'>,
): Promise<readonly VmFinding[]> {
  const capacity = await machine.readCapacity();
  const maxCpus = cpus > alwaysPossible ? await machine.tryReadMaxCpus() : undefined;
  if (maxCpus !== undefined && cpus > maxCpus) {
    return [
      { problem: `${formatCount(cpus, 'CPU')}: KVM on this machine supports ${maxCpus}`, fix: 'use fewer --cpus' },
    ];
  }
  const [problem] = overcommit ? [] : findMemoryProblems(memoryMiB * mebibyte, capacity);
  return [
    ...(problem === undefined ? [] : [{ problem, fix: fix('--memory') }]),
    ...(overcommit || cpus <= capacity.onlineCpus
      ? []
      : [{ problem: `${formatCount(cpus, 'CPU')}, and this machine has ${capacity.onlineCpus}`, fix: fix('--cpus') }]),
  ];
}

function findMemoryProblems(bytes: number, { memoryBytes, limitBytes }: Capacity): readonly string[] {
  const wanted = formatBytes(bytes);
  return [
    ...(bytes > memoryBytes ? [`${wanted} of memory, and this machine has ${formatBytes(memoryBytes)}`] : []),
    ...(limitBytes !== undefined && bytes > limitBytes
      ? [`${wanted} of memory, and the memory limit of this process and its children is ${formatBytes(limitBytes)}`]
      : []),
  ];
}

/** Why a VM that fits the machine can run out of memory beside those that run; undefined if it cannot. */
export function tryFindMemoryRisk(
  vm: VmSize & Pick<VmRecord, 'name'>,
  running: readonly Pick<VmRecord, 'memoryMiB'>[],
  { memoryBytes, availableBytes, limitBytes = memoryBytes }: Capacity,
): string | undefined {
  if (vm.overcommit === true) return undefined;
  const sum = mebibyte * [vm, ...running].reduce((total, { memoryMiB }) => total + memoryMiB, 0);
  if (running.length > 0 && sum > limitBytes) {
    return (
      `${vm.name} and ${formatCount(running.length, 'running VM')} have ${formatBytes(sum)} of memory, ` +
      `and this machine has ${formatBytes(limitBytes)}: it can run out of memory`
    );
  }
  const bytes = vm.memoryMiB * mebibyte;
  if (bytes <= availableBytes) return undefined;
  return (
    `${vm.name} has ${formatBytes(bytes)} of memory, and ${formatBytes(availableBytes)} of this machine are ` +
    'available: it can run out of memory'
  );
}
