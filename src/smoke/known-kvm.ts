import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorMessage } from '../platform/errors.js';
import { readStart, sha256Of, sha256OfFile, writeFileAtomically } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import type { Session } from '../platform/session.js';
import { program } from '../vmm/cloud-hypervisor-release.js';
import { kvmGuestCode } from './kvm-guest-code.js';
import type { Vmm } from './machine.js';
import { findAccessProblem, proveKvm, type KvmProof, type KvmProofRequest } from './prove-kvm.js';
import { qemuProgram } from './qemu.js';

export interface KnownKvmRequest extends KvmProofRequest {
  /** Keeps proofs. Without it KVM is proven each time. */
  readonly cacheDirectory: string | undefined;
  /** Prove it again even if the answer is known. */
  readonly fresh?: boolean | undefined;
}

type Ports = Pick<Session, 'processes' | 'clock' | 'signal'> & { readonly log: Log };

/** A proof, and whether an earlier run made it. */
export type KnownKvmProof = KvmProof & { readonly wasKnown: boolean };

const maxRecordBytes = 10_000;

const recordSchema = z.object({
  /** What the answer depends on: its SHA-256. */
  key: z.string(),
  proof: z.union([
    z.object({ works: z.literal(true), elapsedMs: z.number().nonnegative() }),
    z.object({ works: z.literal(false), reason: z.string().min(1) }),
  ]),
});

interface RecordPlace {
  /** One for each VMM and user, so old answers do not pile up. */
  readonly directory: string;
  readonly name: string;
  readonly key: string;
}

/**
 * Proves KVM once: whether it works changes only with the boot of this machine, the device, the VMM's binary and the
 * guest, so the answer is kept for them, good or bad. Whether this user may open the device is always checked.
 */
export async function proveKvmOnce(request: KnownKvmRequest, ports: Ports): Promise<KnownKvmProof> {
  const denied = await findAccessProblem(request.device);
  if (denied !== undefined) return { works: false, reason: denied, wasKnown: false };
  const place = await tryGetPlace(request, ports);
  const known = place === undefined || request.fresh === true ? undefined : await tryReadProof(place);
  if (known !== undefined) return { ...known, wasKnown: true };
  const proof = await proveKvm(request, ports);
  if (place !== undefined) await recordProof(place, proof, ports.log);
  return { ...proof, wasKnown: false };
}

/** Undefined if something that the answer depends on cannot be read. */
async function tryGetPlace(
  { device, vmm, cacheDirectory }: KnownKvmRequest,
  { processes, signal }: Ports,
): Promise<RecordPlace | undefined> {
  if (cacheDirectory === undefined) return undefined;
  try {
    const binary = await processes.tryFind(programOf(vmm));
    if (binary === undefined) return undefined;
    // Loading a different KVM module creates the device anew.
    const { rdev, ino, ctimeMs } = await stat(device);
    const user = process.getuid?.() ?? 'user';
    const facts = [
      await readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      { device, rdev, ino, ctimeMs, user },
      { kind: vmm.kind, version: vmm.version, sha256: await sha256OfFile(binary, signal) },
      kvmGuestCode,
    ];
    return {
      directory: join(cacheDirectory, 'kvm-proofs'),
      name: `${vmm.kind}-${user}.json`,
      key: sha256Of(JSON.stringify(facts)),
    };
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

function programOf({ kind }: Vmm): string {
  return kind === 'qemu' ? qemuProgram : program;
}

/** A damaged record counts as none. */
async function tryReadProof({ directory, name, key }: RecordPlace): Promise<KvmProof | undefined> {
  try {
    const bytes = await readStart(join(directory, name), maxRecordBytes);
    const record = recordSchema.parse(JSON.parse(bytes.toString('utf8')));
    return record.key === key ? record.proof : undefined;
  } catch {
    return undefined;
  }
}

/** A cache that cannot be written costs a proof next time, not the build. */
async function recordProof({ directory, name, key }: RecordPlace, proof: KvmProof, log: Log): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFileAtomically(join(directory, name), JSON.stringify({ key, proof }));
  } catch (error) {
    log.detail(`Could not remember whether KVM works: ${errorMessage(error)}`);
  }
}
