// Starts VMs cold and warm on the real Cloud Hypervisor, which must be on PATH. If this machine's KVM does not work,
// they are guests of an emulated machine: then only the ratio of times means anything.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { report, root } from './measure.mjs';

export async function benchStart(work) {
  const output = join(work, 'starts.json');
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const { status } = spawnSync(
    process.execPath,
    ['--experimental-vm-modules', jest, '--selectProjects', 'kvm', '--runInBand', '--', 'start-times'],
    { cwd: root, env: { ...process.env, BENCH_START: output }, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  if (status !== 0) throw new Error('the starts were not measured');
  const { coldMs, warm, onDemand, many, template, ...facts } = JSON.parse(readFileSync(output, 'utf8'));
  const best = [...warm].sort((one, other) => one.answered - other.answered)[Math.floor(warm.length / 2)];
  const rows = [
    { what: 'cold start', seconds: coldMs / 1000 },
    { what: 'warm start, median', seconds: best.answered / 1000, ...toSeconds(best) },
    ...(onDemand.memory === 'copy'
      ? []
      : [{ what: 'warm start, memory on demand', seconds: onDemand.answered / 1000, ...toSeconds(onDemand) }]),
    { what: `${many.count} warm starts at once`, seconds: many.milliseconds / 1000, ...toMiB(many) },
  ];
  const made = { seconds: template.milliseconds / 1000, MiB: template.MiB };
  report('start', rows, { ...facts, template: made, warm, onDemand, many });
}

function toSeconds({ resumed, identity }) {
  return { resumedSeconds: resumed / 1000, identitySeconds: identity / 1000 };
}

/** What one of many takes: of the memory that is no longer available, and of the disk. */
function toMiB({ count, usedMiB, disksMiB }) {
  return { memoryMiB: usedMiB / count, diskMiB: disksMiB.reduce((sum, size) => sum + size, 0) / count };
}
