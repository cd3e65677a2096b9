import { resolve } from 'node:path';
import { Failure, hasCode } from '../../platform/errors.js';
import type { OwnedDirectory } from '../../platform/fs/owned-directory.js';
import { toPlainText } from '../../platform/plain-text.js';
import { isAlive, type ProcessIdentity } from '../../platform/process/process-identity.js';
import type { HostPorts } from '../ports.js';
import { createLineSplitter, openLogTail, type LogTail } from './log-tail.js';
import { withVmDirectory } from './vm-files.js';
import { vmDirectory, vmFiles } from './vm-record.js';
import { tryFindVmm } from './vmm-process.js';

export interface LogRequest {
  readonly root: string;
  readonly name: string;
  /** How many of the last lines. */
  readonly lines: number;
  /** Wait for more lines until the VM stops. */
  readonly follow: boolean;
  /** The log of the run before. */
  readonly previous: boolean;
}

/** Characters of a line that are printed: a guest decides what is in it. */
const longestLine = 4096;
const pollMs = 200;

/** Prints what a guest has written to its serial port, without control characters. */
export async function printVmLog(
  { root, name, lines, follow, previous }: LogRequest,
  print: (line: string) => void,
  ports: Pick<HostPorts, 'clock' | 'signal'>,
): Promise<void> {
  await withVmDirectory(vmDirectory(resolve(root), name), async (directory) => {
    await using tail = await openLog(directory, {
      name,
      lines,
      file: previous ? vmFiles.previousSerial : vmFiles.serial,
    });
    const splitter = createLineSplitter();
    const printAll = (found: readonly string[]): void => found.forEach((line) => print(toPlainText(line, longestLine)));
    const vmm = follow ? await tryFindVmm(directory, ports.signal) : undefined;
    if (vmm === undefined) await copyOnce(tail, (bytes) => printAll(splitter.push(bytes)));
    else await copyUntilEnd(tail, vmm, (bytes) => printAll(splitter.push(bytes)), ports);
    printAll(splitter.end());
  });
}

async function openLog(
  directory: OwnedDirectory,
  { name, lines, file }: { readonly name: string; readonly lines: number; readonly file: string },
): Promise<LogTail> {
  return openLogTail(directory, file, { lines }).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
    const fix = file === vmFiles.serial ? `ch-golden vm start ${name}` : `ch-golden vm logs ${name}`;
    throw new Failure(`${name} has no ${file}`, { fix, cause: error });
  });
}

/** No more than the log can have had, however fast the guest writes. */
const mostReads = 1024;

async function copyOnce(tail: LogTail, copy: (bytes: Buffer) => void): Promise<void> {
  for (let reads = 0; reads < mostReads; reads += 1) {
    const bytes = await tail.read();
    if (bytes.length === 0) return;
    copy(bytes);
  }
}

async function copyUntilEnd(
  tail: LogTail,
  vmm: ProcessIdentity,
  copy: (bytes: Buffer) => void,
  { clock, signal }: Pick<HostPorts, 'clock' | 'signal'>,
): Promise<void> {
  for (;;) {
    // Before the log is read: afterwards, nothing is added to it.
    const isRunning = await isAlive(vmm);
    await copyOnce(tail, copy);
    if (!isRunning) return;
    await clock.sleep(pollMs, signal);
  }
}
