import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { GoldenImage } from '../../../src/image/golden-image.js';
import { bootProfiles } from '../../../src/platform/choices.js';
import type { SmokeRequest } from '../../../src/smoke/prove-image.js';
import type { SmokeReport } from '../../../src/smoke/smoke-report.js';
import { testBaseWithinMs } from '../../fixtures/base.js';
import { compileSmoke } from '../../fixtures/compile-smoke.js';
import { goldenDaemonVersion, makeGolden, patience } from '../../fixtures/golden.js';
import { attempts, runEmulated, worksHere } from '../../fixtures/kvm-machine.js';
import { createTestProcesses } from '../../fixtures/ports.js';

const minute = 60_000;
/** Both VMs as guests of an emulated machine. */
const emulatedWithinMs = 50 * minute;
const sampledChunks = 8;
/** What prove-on-kvm.mjs prints. */
interface Outcome {
  readonly code: number;
  readonly report?: SmokeReport;
  readonly left: Readonly<Record<string, readonly string[]>>;
  readonly killed?: { readonly vmms: readonly string[]; readonly left: Readonly<Record<string, readonly string[]>> };
}

/** Run only by `npm run test:kvm`, if a real Cloud Hypervisor is on PATH. */
describe.each(bootProfiles)('the real Cloud Hypervisor, boot profile %s', (profile) => {
  const processes = createTestProcesses();
  let directory: string;
  let golden: GoldenImage;
  let works: boolean;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ch-golden-kvm-'));
    works = await worksHere(directory, processes);
    golden = await makeGolden(directory, { boot: { profile, keep: [] }, edits: works ? [] : patience });
    await compileSmoke(join(directory, 'sources'));
  }, testBaseWithinMs);
  afterAll(async () => rm(directory, { recursive: true, force: true }));

  /** `place` is the directory of the golden image's files. */
  function toRequest(
    place: Pick<SmokeRequest, 'kernel' | 'initramfs'> & { readonly image: string },
    change: Partial<SmokeRequest> = {},
  ): Omit<SmokeRequest, 'directory'> {
    return {
      image: { path: place.image, virtualSize: golden.virtualSize, minCloudHypervisor: golden.cloudHypervisor.min },
      kernel: place.kernel,
      initramfs: place.initramfs,
      cmdline: golden.cmdline,
      identity: profile === 'fast',
      digest: golden.digest,
      daemon: { port: 2280, unit: 'daytona-daemon.service', version: goldenDaemonVersion },
      vmm: 'cloud-hypervisor',
      disk: 'overlay',
      network: 'isolated',
      requireKvm: true,
      healthPath: 'auto',
      timeoutMs: 10 * minute,
      memoryMiB: 1024,
      cpus: 2,
      clones: 2,
      ...change,
    };
  }

  async function proveHere(): Promise<Outcome> {
    const request = join(directory, 'request.json');
    await writeFile(
      request,
      JSON.stringify(
        toRequest({ image: golden.image.path, kernel: golden.kernel.path, initramfs: golden.initramfs.path }),
      ),
    );
    const argv = [
      join(import.meta.dirname, 'prove-on-kvm.mjs'),
      join(directory, 'sources', 'src'),
      request,
      join(directory, 'scratch'),
    ];
    const { stdout } = await promisify(execFile)(process.execPath, argv, { maxBuffer: 64 * 1024 ** 2 });
    return readOutcome(stdout);
  }

  /**
   * Guests of a guest boot a hundred times slower: systemd and udev wait longer, the kernel writes less to the serial
   * port, of which each character leaves the guest, and a sample is read back.
   */
  async function proveEmulated(): Promise<Outcome> {
    const request = join(directory, 'request.json');
    const slow = `${golden.cmdline} loglevel=6 udev.event_timeout=1800`;
    const step = Math.ceil(golden.digest.chunks.length / sampledChunks);
    const digest = {
      ...golden.digest,
      chunks: golden.digest.chunks.filter((_, index, all) => index % step === 0 || index === all.length - 1),
    };
    const place = { image: '/payload/golden.qcow2', kernel: '/payload/vmlinuz', initramfs: '/payload/initrd' };
    await writeFile(
      request,
      JSON.stringify(toRequest(place, { cmdline: slow, digest, cpus: 1, timeoutMs: emulatedWithinMs })),
    );
    const run = {
      payload: {
        'bin/node': process.execPath,
        'golden.qcow2': golden.image.path,
        vmlinuz: golden.kernel.path,
        initrd: golden.initramfs.path,
        'request.json': request,
        sources: join(directory, 'sources'),
        'prove-on-kvm.mjs': join(import.meta.dirname, 'prove-on-kvm.mjs'),
      },
      command: 'node /payload/prove-on-kvm.mjs /payload/sources/src /payload/request.json /tmp/scratch',
      timeoutMs: emulatedWithinMs,
    };
    return readOutcome(await runEmulated(run, directory, processes));
  }

  function readOutcome(text: string): Outcome {
    const json = /^prove-on-kvm: (.*)$/m.exec(text)?.[1];
    if (json === undefined) throw new Error(`prove-on-kvm.mjs printed no outcome:\n${text}`);
    return JSON.parse(json) as Outcome;
  }

  test(
    'boots two clones at once, proves them, and leaves nothing behind, even if it is killed',
    async () => {
      const { code, report, left, killed } = works ? await proveHere() : await proveEmulated();
      expect(code).toBe(0);
      expect(report).toMatchObject({
        vmm: 'cloud-hypervisor',
        accelerator: 'kvm',
        health: { path: '/health', daemonVersion: goldenDaemonVersion },
      });
      expect(report!.clones.map(({ failedUnits, addresses }) => ({ failedUnits, addresses }))).toEqual(
        Array(2).fill({ failedUnits: [], addresses: ['192.168.249.2/24'] }),
      );
      expect(new Set(report!.clones.map(({ machineId }) => machineId)).size).toBe(2);
      expect(Math.min(report!.restartMs, report!.powerOffMs, report!.chunksVerified.read)).toBeGreaterThan(0);
      expect(report!.clones[0]!.times).toMatchObject({
        initramfsMs: expect.any(Number),
        userspaceMs: expect.any(Number),
        daemonMs: expect.any(Number),
      });
      expect(left).toEqual({ processes: [], namespaces: [], interfaces: [], mounts: [], disks: [] });
      expect(killed!.vmms).toHaveLength(2);
      expect(killed!.left).toEqual({ processes: [], namespaces: [], interfaces: [], mounts: [] });
      process.stderr.write(`test:kvm: ${profile}: ${JSON.stringify(report)}\n`);
    },
    attempts * emulatedWithinMs + 20 * minute,
  );
});
