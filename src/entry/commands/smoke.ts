import type { BuildPorts } from '../../app/build/build-steps.js';
import { smokeImage } from '../../app/smoke-image.js';
import type { SmokeCommand } from '../../inputs/commands/smoke.js';
import { formatCount } from '../../platform/format.js';
import type { CommandResult } from './result.js';

export async function runSmokeCommand(command: SmokeCommand, ports: BuildPorts): Promise<CommandResult> {
  const report = await smokeImage(command, ports);
  const { clones, health, vmm, accelerator } = report;
  return {
    text:
      `Smoke test passed: ${formatCount(clones.length, 'clone')} returned 200 on ${health.path}` +
      ` in ${vmm} with ${accelerator}`,
    json: report,
    exitCode: 0,
  };
}
