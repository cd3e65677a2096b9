import { Failure } from '../../platform/errors.js';
import { formatDuration } from '../../platform/format.js';
import { ifPresent, readFully } from '../../platform/fs/files.js';
import { openFileWithin, type OwnedDirectory } from '../../platform/fs/owned-directory.js';
import { isAlive, type ProcessIdentity } from '../../platform/process/process-identity.js';
import { createIdentityReader, type IdentityRecord } from '../../vmm/identity-records.js';
import type { HostPorts } from '../ports.js';
import { recordsFile } from './template-document.js';

export interface RecordRequest {
  readonly of: 'template' | 'clone';
  readonly until: IdentityRecord['step'];
  readonly withinMs: number;
  readonly vmm: ProcessIdentity;
  /** Asked between looks: throws if something else shows that there will be no record. */
  readonly check?: (() => Promise<void>) | undefined;
}

/** What a guest may write before its last record. */
const maxBytes = 1024 ** 2;
const blockBytes = 64 * 1024;
const pollMs = 20;

/**
 * Waits for a record on the console of a guest, and returns all up to it.
 * @throws Failure if the guest reports a failure, is not heard in time, or breaks the protocol
 */
export async function waitForRecords(
  directory: OwnedDirectory,
  { of, until, withinMs, vmm, check }: RecordRequest,
  { clock, signal }: Pick<HostPorts, 'clock' | 'signal'>,
): Promise<readonly IdentityRecord[]> {
  const reader = createIdentityReader(of);
  const records: IdentityRecord[] = [];
  const deadline = clock.now() + withinMs;
  for (let offset = 0; ; ) {
    signal.throwIfAborted();
    // Before the console is read: afterwards, nothing is added to it.
    const isRunning = await isAlive(vmm);
    const bytes = await readConsole(directory, offset);
    offset += bytes.length;
    for (const record of reader.read(bytes)) {
      if (record.step === 'failed')
        throw new Failure(`the guest reports that its step ${record.failedStep} failed: ${record.reason}`);
      records.push(record);
      if (record.step === until) return records;
    }
    if (offset > maxBytes) throw new Failure(`the guest wrote more than ${maxBytes} bytes to its console`);
    if (bytes.length > 0) continue;
    if (!isRunning) throw new Failure(`Cloud Hypervisor exited ${formatLast(records)}`);
    if (clock.now() >= deadline)
      throw new Failure(
        `the guest wrote no record ${until} within ${formatDuration(withinMs)}, ${formatLast(records)}`,
      );
    await check?.();
    await clock.sleep(pollMs, signal);
  }
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
