import { program } from '../../vmm/cloud-hypervisor-release.js';
import type { Argv } from '../../platform/process/command.js';
import type { Processes } from '../../platform/process/processes.js';
import { rememberOutputs } from '../../platform/process/remember-outputs.js';

/** Prints the ABI version of Landlock in this kernel: landlock_create_ruleset(2). */
export const landlockCommand: Argv = ['perl', '-e', 'print syscall(444, 0, 0, 1)'];

/**
 * Asks once for what a command on VMs needs to know several times: the release of Cloud Hypervisor, what the kernel
 * supports, and users.
 */
export function rememberHostFacts<T extends { readonly processes: Processes }>(ports: T): T {
  return { ...ports, processes: rememberOutputs(ports.processes, isFact) };
}

function isFact(argv: Argv): boolean {
  return (argv[0] === program && argv[1] === '--version') || argv[0] === 'getent' || argv === landlockCommand;
}
