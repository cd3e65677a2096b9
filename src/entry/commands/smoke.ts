import type { BuildPorts } from '../../app/build/build-steps.js';
import { smokeImage } from '../../app/smoke-image.js';
import type { SmokeCommand } from '../../inputs/commands/smoke.js';
import type { CommandResult } from './result.js';

export async function runSmokeCommand(command: SmokeCommand, ports: BuildPorts): Promise<CommandResult> {
  const proof = await smokeImage(command, ports);
  return {
    text: `it works: ${proof.clones.length} clones answered 200 on ${proof.health.path} in ${proof.vmm} with ${proof.accelerator}`,
    json: proof,
    exitCode: 0,
  };
}
