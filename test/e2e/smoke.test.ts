import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/platform/clock.js';
import { Failure } from '../../src/platform/errors.js';
import type { GoldenImage } from '../../src/image/golden-image.js';
import { silentLog } from '../../src/platform/progress/log.js';
import { proveImage, type SmokeRequest } from '../../src/smoke/prove-image.js';
import type { SmokeReport } from '../../src/smoke/smoke-report.js';
import { testBaseWithinMs } from '../fixtures/base.js';
import { goldenDaemonVersion, makeGolden } from '../fixtures/golden.js';
import { bundles } from '../fixtures/helpers.js';
import { createTestProcesses } from '../fixtures/ports.js';

const bootWithinMs = 45 * 60_000;

/** A valid image is tested in main-job.test.ts, because each boot takes minutes without KVM. */
describe('the smoke test finds', () => {
  let golden: GoldenImage;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ch-golden-smoke-'));
    golden = await makeGolden(directory);
  }, testBaseWithinMs);
  afterAll(async () => rm(directory, { recursive: true, force: true }));

  async function prove(change: Partial<SmokeRequest>): Promise<SmokeReport> {
    const signal = new AbortController().signal;
    return proveImage(
      {
        image: {
          path: golden.image.path,
          virtualSize: golden.virtualSize,
          minCloudHypervisor: golden.cloudHypervisor.min,
        },
        kernel: golden.kernel.path,
        initramfs: golden.initramfs.path,
        cmdline: golden.cmdline,
        digest: golden.digest,
        daemon: { port: 2280, unit: 'daytona-daemon.service', version: goldenDaemonVersion },
        vmm: 'qemu',
        disk: 'overlay',
        network: 'isolated',
        requireKvm: false,
        healthPath: 'auto',
        timeoutMs: bootWithinMs,
        memoryMiB: 1024,
        cpus: 1,
        clones: 1,
        directory: await mkdtemp(join(directory, 'run-')),
        ...change,
      },
      { processes: createTestProcesses(signal), log: silentLog, clock: systemClock, signal, helpers: bundles },
    );
  }

  /** The failure that a change of the golden image or its kernel arguments causes. */
  async function fail(change: Parameters<typeof prove>[0]): Promise<Failure> {
    return prove(change).then(
      () => {
        throw new Error('it was proven');
      },
      (error: unknown) => {
        if (error instanceof Failure) return error;
        throw error;
      },
    );
  }

  /**
   * systemd passes variables from the kernel arguments to services (kernel-command-line(7)), so the daemon misbehaves
   * in the same image.
   */
  const withDaemonEnv = (line: string): Pick<SmokeRequest, 'cmdline'> => ({
    cmdline: `${golden.cmdline} systemd.setenv=${line}`,
  });

  test(
    'a daemon that crashes, and one that listens elsewhere',
    async () => {
      const [crash, port] = await Promise.all([
        fail(withDaemonEnv('EXAMPLE_DAEMON_CRASH=1')),
        fail(withDaemonEnv('EXAMPLE_DAEMON_PORT=2281')),
      ]);
      expect(crash.message).toMatch(
        /daytona-daemon\.service keeps crashing: \d+ restarts, last process exited with code 3/,
      );
      expect(crash.evidence.join('\n')).toContain('journal: daemon: fatal: told to crash at start');
      expect(port.message).toContain('daytona-daemon.service listens on [::]:2281 instead of port 2280');
      expect(port.evidence.join('\n')).toContain('[::]:2281 (the daemon)');
    },
    bootWithinMs,
  );

  test(
    'a daemon without its execute bit, and one that returns 500',
    async () => {
      const variant = await makeGolden(directory, { daemonMode: 0o644 });
      const [noexec, wrong] = await Promise.all([
        fail({
          image: {
            path: variant.image.path,
            virtualSize: variant.virtualSize,
            minCloudHypervisor: variant.cloudHypervisor.min,
          },
          digest: variant.digest,
        }),
        fail(withDaemonEnv('EXAMPLE_DAEMON_HEALTH_STATUS=500')),
      ]);
      expect(noexec.message).toContain('daytona-daemon.service cannot be executed (systemd status 203/EXEC)');
      expect(noexec.evidence.join('\n')).toMatch(/journal: .*Permission denied/);
      expect(wrong.message).toMatch(/GET \/health returned 500 instead of 200 for \d+ s/);
    },
    bootWithinMs,
  );
});
