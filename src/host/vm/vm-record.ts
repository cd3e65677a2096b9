import { join } from 'node:path';
import { program } from '../../vmm/cloud-hypervisor-release.js';
import { errorMessage, Failure, UsageError } from '../../platform/errors.js';
import { quoteText } from '../../platform/format.js';
import { parseDocument } from '../../platform/document.js';
import { tryReadSmallFile } from '../host-files.js';
import { diskFiles, launchArguments, rawOptions } from '../launch.js';
import { checkVmRecord, recordKind, type VmRecord } from './record-schema.js';

/**
 * The files of a VM, in `sandboxes/NAME/`. The socket is in `run/`, the only directory in which the VM's user can
 * create files.
 */
export const vmFiles = {
  record: 'launch.json',
  disk: diskFiles.qcow2,
  rawDisk: diskFiles.raw,
  seed: 'cloud-init.iso',
  vmm: 'vmm.process',
  run: 'run',
  socket: 'api.sock',
  log: 'vmm.log',
  output: 'vmm.out',
  serial: 'serial.log',
  previousSerial: 'serial.log.1',
} as const;

/** The name of a VM's disk in its directory. */
export function diskFileOf({ disk }: Pick<VmRecord, 'disk'>): string {
  return diskFiles[disk ?? 'qcow2'];
}

/** What a VM is started from: `launch.json`. A VM stays on its version when the host switches to another. */
export type { VmRecord };

/** The name is that of the guest's host and of a directory. @throws UsageError */
export function checkVmName(name: string): string {
  if (isVmName(name)) return name;
  throw new UsageError(`invalid VM name ${quoteText(name)}`, {
    fix: 'use a host name: at most 63 lower-case letters and digits, with dashes between them',
  });
}

export function isVmName(name: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name);
}

export function vmDirectory(root: string, name: string): string {
  return join(root, 'sandboxes', checkVmName(name));
}

/** @throws Failure if there is no such VM, or `vm create` did not write its record */
export async function readVmRecord(root: string, name: string, fileName: string = vmFiles.record): Promise<VmRecord> {
  const path = join(vmDirectory(root, name), fileName);
  const bytes = await tryReadSmallFile({ path, limit: recordKind.limit });
  if (bytes === undefined)
    throw new Failure(`no VM ${name} in ${root}: ${path} is missing`, { fix: 'ch-golden vm list' });
  try {
    return await checkVmRecord(root, name, parseDocument(recordKind, bytes, vmFiles.record));
  } catch (error) {
    throw new Failure(`${path} was not written by ch-golden vm create: ${errorMessage(error)}`, {
      fix: `restore the file, or create the VM again: ch-golden vm delete ${name}`,
      cause: error,
    });
  }
}

/** Where the output of the guest's serial port goes: to the log, which takes no input, or to standard output. */
export type SerialPort = `file=${typeof vmFiles.serial}` | 'tty';

/** The command that starts the VM in its directory. */
export function vmCommand(vm: VmRecord, serial: SerialPort = `file=${vmFiles.serial}`): readonly [string, ...string[]] {
  return [
    program,
    '--api-socket',
    `path=${vmFiles.run}/${vmFiles.socket}`,
    '--log-file',
    vmFiles.log,
    // These arguments end with --disk, so the seed is one more disk.
    ...launchArguments(vm),
    `path=${vmFiles.seed},readonly=on,${rawOptions}`,
    '--cpus',
    `boot=${vm.cpus}`,
    '--memory',
    `size=${vm.memoryMiB}M`,
    ...(vm.tap === undefined ? [] : ['--net', `tap=${vm.tap},mac=${vm.macAddress}`]),
    '--serial',
    serial,
    '--console',
    'off',
  ];
}
