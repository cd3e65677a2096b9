import { randomBytes } from 'node:crypto';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostPorts } from '../../host/ports.js';
import { createVm } from '../../host/vm/create-vm.js';
import { startManagedVm } from '../../host/vm/start-managed.js';
import { stopVm } from '../../host/vm/stop-vm.js';
import { readLogEnd, withVmDirectory } from '../../host/vm/vm-files.js';
import { vmDirectory, vmFiles, type VmRecord } from '../../host/vm/vm-record.js';
import { tryFindVmm } from '../../host/vm/vmm-process.js';
import { makeTemplate, type MadeTemplate } from '../../host/warm/make-template.js';
import type { CloneTimes } from '../../host/warm/start-clone.js';
import { recordsFile } from '../../host/warm/template-document.js';
import { readRecords } from '../../host/warm/wait-for-records.js';
import { runTogether } from '../../platform/concurrency.js';
import { Failure, ToolError } from '../../platform/errors.js';
import { formatBytes, formatDuration } from '../../platform/format.js';
import { ifPresent } from '../../platform/fs/files.js';
import type { WarmReport } from '../../smoke/smoke-report.js';
import { assertAllDiffer, assertClone, type WarmClone } from './compare-identities.js';
import { reportCommand, tryParseReport, type GuestReport } from './guest-report.js';
import type { CloneOrder, WarmOrder } from './warm-order.js';

/** systemd gives a unit 90 s to stop. */
const powerOffMs = 180_000;
/** The serial port is slower than the console with the records. */
const reportMs = 30_000;
const checkMs = 600_000;
/**
 * Does what a host does with a version: makes a template of it, and starts clones of that at once. Checks that each is
 * itself, and nobody else. Its VMs end with the namespace that it runs in.
 * @throws Failure that says what differs from what was expected
 */
export async function serveWarm(order: WarmOrder, ports: HostPorts): Promise<WarmReport> {
  const { log, clock } = ports;
  // What a host advises does not help here.
  const quiet: HostPorts = { ...ports, log: { ...log, info: log.detail, warn: log.detail } };
  const start = clock.now();
  const template = await createTemplate(order, quiet);
  const templateMs = clock.now() - start;
  log.info(`Created a template in ${formatDuration(templateMs)}: it takes ${formatBytes(template.bytes)}`);
  try {
    const started = await runTogether(
      ports.signal,
      order.clones.map((clone) => async (signal) => startOne(clone, order, { ...quiet, signal })),
    );
    const clones = started.map(({ clone }) => clone);
    clones.forEach(assertClone);
    assertAllDiffer(clones);
    await runTogether(
      ports.signal,
      clones.map(
        ({ name }) =>
          async (signal) =>
            endOne(name, order, { ...quiet, signal }),
      ),
    );
    return { templateMs, clones: started.map(toCloneTimes) };
  } finally {
    await keepConsoles(order);
  }
}

/** Root starts VMs as an unprivileged user, unless one is named. */
function runAsSelf(): { readonly user?: string } {
  return process.geteuid?.() === 0 ? { user: 'root' } : {};
}

async function createTemplate(order: WarmOrder, ports: HostPorts): Promise<MadeTemplate> {
  const { root, image, version, cpus, memoryMiB, timeoutMs } = order;
  const limits = { bootMs: timeoutMs };
  return makeTemplate({ root, image, version, cpus, memoryMiB, limits, ...runAsSelf() }, ports);
}

interface StartedOne {
  readonly clone: WarmClone;
  readonly times: CloneTimes;
}

async function startOne({ name, tap, address }: CloneOrder, order: WarmOrder, ports: HostPorts): Promise<StartedOne> {
  const { root, image, version, cpus, memoryMiB, gateway, isSandboxNamed } = order;
  const userKey = createUserKey(name);
  const { vm } = await createVm(
    {
      ...{ root, image, version, cpus, memoryMiB, name, tap, ...runAsSelf() },
      network: { address, gateway, nameservers: [] },
      userData: { sshKeys: [userKey], commands: [reportCommand] },
      disk: 'qcow2',
      warm: 'always',
    },
    ports,
  );
  const { warm: times } = await startManagedVm({ root, name, ...runAsSelf() }, ports);
  if (times === undefined) throw new Failure(`${name} started cold, expected a warm start`);
  const { records, report } = await readClone(vm, order, ports);
  const { macAddress } = vm;
  const sandboxId = isSandboxNamed ? name : undefined;
  return { times, clone: { name, macAddress, userKey, sandboxId, records, report } };
}

/** A key that no other user has. */
function createUserKey(name: string): string {
  const type = Buffer.from('ssh-ed25519');
  const parts = [type, randomBytes(32)].flatMap((part) => [Buffer.from([0, 0, 0, part.length]), part]);
  return `${type.toString()} ${Buffer.concat(parts).toString('base64')} ${name}`;
}

/** Waits until cloud-init is done in a clone. */
async function readClone(
  { name }: VmRecord,
  { root, timeoutMs }: WarmOrder,
  ports: HostPorts,
): Promise<Pick<WarmClone, 'records' | 'report'>> {
  return withVmDirectory(vmDirectory(root, name), async (directory) => {
    const vmm = await tryFindVmm(directory, ports.signal);
    if (vmm === undefined) throw new Failure(`${name}: Cloud Hypervisor exited after the clone had started`);
    const records = await readRecords({ of: 'clone', directory, vmm }, ports)
      .waitFor('done', timeoutMs)
      .catch((error: unknown) => {
        throw error instanceof Failure ? new Failure(`${name}: ${error.message}`, error) : error;
      });
    return { records, report: await waitForReport(name, async () => readLogEnd(directory, vmFiles.serial), ports) };
  });
}

async function waitForReport(
  name: string,
  read: () => Promise<string>,
  { clock, signal }: HostPorts,
): Promise<GuestReport> {
  const deadline = clock.now() + reportMs;
  for (;;) {
    const text = await read();
    const report = tryParseReport(text);
    if (report !== undefined) return report;
    if (clock.now() >= deadline)
      throw new Failure(`${name}: cloud-init is done, but did not run the command of its seed`, {
        evidence: text.split('\n').slice(-20),
      });
    await clock.sleep(50, signal);
  }
}

/** Powers a clone off, and checks its disk. */
async function endOne(name: string, { root }: WarmOrder, ports: HostPorts): Promise<void> {
  const end = await stopVm({ root, name, timeoutMs: powerOffMs }, ports);
  if (end !== 'powered off') throw new Failure(`${name} did not power off: ${end}, expected powered off`);
  const path = join(vmDirectory(root, name), vmFiles.disk);
  await ports.processes
    .run({ argv: ['qemu-img', 'check', '-q', '-f', 'qcow2', path], timeoutMs: checkMs })
    .catch((error: unknown) => {
      if (!(error instanceof ToolError)) throw error;
      throw new Failure(`${name} has a damaged disk after its power-off, expected a clean one: ${error.message}`, {
        evidence: error.evidence,
        cause: error,
      });
    });
}

function toCloneTimes({ clone: { name }, times }: StartedOne): WarmReport['clones'][number] {
  return { hostname: name, resumeMs: times.resumed, identityMs: times.identity, healthMs: times.answered };
}

/** Whatever exists, for whoever looks for the cause of a failure. */
async function keepConsoles({ root, clones, evidence }: WarmOrder): Promise<void> {
  for (const { name } of clones) {
    const to = join(evidence, name);
    await mkdir(to, { recursive: true });
    for (const file of [vmFiles.serial, recordsFile, vmFiles.log])
      await ifPresent(copyFile(join(vmDirectory(root, name), file), join(to, file)));
  }
}
