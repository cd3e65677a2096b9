import { Failure } from '../../platform/errors.js';
import { formatDuration } from '../../platform/format.js';
import { ifPresent, readFully } from '../../platform/fs/files.js';
import { openFileWithin, type OwnedDirectory } from '../../platform/fs/owned-directory.js';
import { isAlive, type ProcessIdentity } from '../../platform/process/process-identity.js';
import { createIdentityReader, type IdentityRecord } from '../../vmm/identity-records.js';
import type { HostPorts } from '../ports.js';
import { recordsFile } from './template-document.js';

export interface RecordSource {
  readonly of: 'template' | 'clone';
  readonly directory: OwnedDirectory;
  readonly vmm: ProcessIdentity;
}

export interface RecordReader {
  /**
   * Waits until a guest has written a record to its console, and returns all up to it, also those of earlier calls.
   * @throws Failure if the guest reports a failure, is not heard in time, or breaks the protocol
   */
  waitFor(step: IdentityRecord['step'], withinMs: number): Promise<readonly IdentityRecord[]>;
}

/** What a guest may write before its last record. */
const maxBytes = 1024 ** 2;
const blockBytes = 64 * 1024;
const pollMs = 20;

/** Follows the records of a guest from the start of its console. */
export function readRecords(
  { of, directory, vmm }: RecordSource,
  { clock, signal }: Pick<HostPorts, 'clock' | 'signal'>,
): RecordReader {
  const reader = createIdentityReader(of);
  const records: IdentityRecord[] = [];
  let offset = 0;
  const readMore = async (): Promise<boolean> => {
    const bytes = await readConsole(directory, offset);
    offset += bytes.length;
    records.push(...reader.read(bytes));
    if (offset > maxBytes) throw new Failure(`the guest wrote more than ${maxBytes} bytes to its console`);
    return bytes.length > 0;
  };
  return {
    waitFor: async (step, withinMs) => {
      const deadline = clock.now() + withinMs;
      for (;;) {
        signal.throwIfAborted();
        // Before the console is read: afterwards, nothing is added to it.
        const isRunning = await isAlive(vmm);
        const hasMore = await readMore();
        const upTo = tryFindUpTo(records, step);
        if (upTo !== undefined) return upTo;
        if (hasMore) continue;
        if (!isRunning) throw new Failure(`Cloud Hypervisor exited ${formatLast(records)}`);
        if (clock.now() >= deadline)
          throw new Failure(
            `the guest wrote no record ${step} within ${formatDuration(withinMs)}, ${formatLast(records)}`,
          );
        await clock.sleep(pollMs, signal);
      }
    },
  };
}

/** @throws Failure if the guest has reported one */
function tryFindUpTo(
  records: readonly IdentityRecord[],
  step: IdentityRecord['step'],
): readonly IdentityRecord[] | undefined {
  const failed = records.find((record) => record.step === 'failed');
  if (failed?.step === 'failed')
    throw new Failure(`the guest reports that its step ${failed.failedStep} failed: ${failed.reason}`);
  const index = records.findIndex((record) => record.step === step);
  return index === -1 ? undefined : records.slice(0, index + 1);
}

async function readConsole(directory: OwnedDirectory, offset: number): Promise<Buffer> {
  await using file = await ifPresent(openFileWithin(directory, recordsFile));
  if (file === undefined) return Buffer.alloc(0);
  const { size } = await file.stat();
  return await readFully(file, Buffer.alloc(Math.max(0, Math.min(blockBytes, size - offset))), offset);
}

function formatLast(records: readonly IdentityRecord[]): string {
  const last = records.at(-1);
  return last === undefined ? 'before any record' : `after the record ${last.step}`;
}
