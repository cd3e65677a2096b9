import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { program } from '../../vmm/cloud-hypervisor-release.js';
import { errorMessage, Failure, UsageError } from '../../platform/errors.js';
import { quoteText } from '../../platform/format.js';
import { parseDocument } from '../../platform/document.js';
import { launchArguments } from '../launch.js';
import { checkVmRecord, recordKind, type VmRecord } from './record-schema.js';

/** The files of a VM, in `sandboxes/NAME/`. The socket is in `run/`, the one directory in which the VM's user can make files. */
export const vmFiles = {
  record: 'launch.json',
  disk: 'disk.qcow2',
  seed: 'cloud-init.iso',
  vmm: 'vmm.process',
  run: 'run',
  socket: 'api.sock',
  log: 'vmm.log',
  output: 'vmm.out',
  serial: 'serial.log',
} as const;

/** What a VM is started from: `launch.json`. It keeps the version that it was made from; the host may go on to others. */
export type { VmRecord };

/** The name is the guest's host name, and a directory's. @throws UsageError */
export function checkVmName(name: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return name;
  throw new UsageError(`VM name ${quoteText(name)} is not allowed`, {
    fix: 'use a host name: lower-case letters, digits and dashes between them, at most 63',
  });
}

export function vmDirectory(root: string, name: string): string {
  return join(root, 'sandboxes', checkVmName(name));
}

/** Locally administered, and the same for the same name: a DHCP server gives the VM its address again. */
export function macAddressOf(name: string): string {
  const digest = createHash('sha256').update(`ch-golden ${name}`).digest('hex');
  return ['52', '54', '00', digest.slice(0, 2), digest.slice(2, 4), digest.slice(4, 6)].join(':');
}

/** @throws Failure where there is no such VM, or its record is not one of ours */
export async function readVmRecord(root: string, name: string): Promise<VmRecord> {
  const path = join(vmDirectory(root, name), vmFiles.record);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new Failure(`there is no VM ${name} in ${root}: ${errorMessage(error)}`, {
      fix: 'ch-golden vm list',
      cause: error,
    });
  });
  try {
    return await checkVmRecord(root, name, parseDocument(recordKind, Buffer.from(text), vmFiles.record));
  } catch (error) {
    throw new Failure(`${path} is not what vm create writes: ${errorMessage(error)}`, {
      fix: `restore the file, or create the VM again: ch-golden vm delete ${name}`,
      cause: error,
    });
  }
}

/** The command that starts the VM in its directory. */
export function vmCommand(vm: VmRecord): readonly [string, ...string[]] {
  return [
    program,
    '--api-socket',
    `path=${vmFiles.run}/${vmFiles.socket}`,
    '--log-file',
    vmFiles.log,
    // The seed is one more value of --disk, which comes last.
    ...launchArguments(vm),
    `path=${vmFiles.seed},readonly=on,image_type=raw`,
    '--cpus',
    `boot=${vm.cpus}`,
    '--memory',
    `size=${vm.memoryMiB}M`,
    ...(vm.tap === undefined ? [] : ['--net', `tap=${vm.tap},mac=${vm.macAddress}`]),
    '--serial',
    `file=${vmFiles.serial}`,
    '--console',
    'off',
  ];
}
