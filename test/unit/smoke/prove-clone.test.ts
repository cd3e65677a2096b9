import { describe, expect, test } from '@jest/globals';
import { silentLog } from '../../../src/platform/progress/log.js';
import type { Exit } from '../../../src/platform/process/processes.js';
import { powerOff, type Clone } from '../../../src/smoke/clone.js';
import type { GuestResponse } from '../../../src/smoke/http-get.js';
import { proveClone, type CloneProof, type CloneTask } from '../../../src/smoke/prove-clone.js';

/** What happens to the clone, by second since its start. */
interface Script {
  readonly kernel?: Readonly<Record<number, readonly string[]>>;
  readonly probe?: Readonly<Record<number, readonly string[]>>;
  readonly get?: (path: string, second: number) => GuestResponse | Error;
  readonly exitAt?: number;
  readonly cancelAt?: number;
  readonly button?: () => void;
}

const digest = 'a'.repeat(64);
const block = (kind: string, fields: readonly (readonly [string, string])[]): string[] => [
  `@@ch-golden begin ${kind}`,
  ...fields.map(([key, value]) => JSON.stringify({ [key]: value })),
  `@@ch-golden end ${kind}`,
];
const identity = block('identity', [
  ['machine-id', 'b'.repeat(32)],
  ['boot-id', '01234567-89ab-cdef-0123-456789abcdef'],
  ['hostname', 'smoke-1'],
  ['kernel', '6.8.0'],
  ['cloud-init', '"errors": []'],
]);
const task: CloneTask = {
  healthPath: 'auto',
  daemon: { port: 2280, unit: 'daytona-daemon.service', version: '1.2.3' },
  chunks: [{ index: 7, sha256: digest }],
  chunkSize: 4194304,
  killDaemon: true,
  deadline: 300_000,
};
const up = (path: string): GuestResponse => ({ status: 200, body: path === '/version' ? '{"version":"1.2.3"}' : 'ok' });

/** A clone on a simulated clock, which advances as fast as it is read. */
function play(script: Script): {
  readonly clone: Clone;
  readonly ports: Parameters<typeof proveClone>[2];
  readonly now: () => number;
} {
  let now = 0;
  let exit: (exit: Exit) => void = () => undefined;
  const exited = new Promise<Exit>((resolve) => {
    exit = resolve;
  });
  const cancel = new AbortController();
  const feed = (lines: Readonly<Record<number, readonly string[]>> = {}): Clone['kernelConsole'] => {
    const waiting = new Map(Object.entries(lines));
    return {
      readLines: async () => {
        const due = [...waiting].filter(([second]) => Number(second) * 1000 <= now);
        due.forEach(([second]) => waiting.delete(second));
        return Promise.resolve(due.flatMap(([, text]) => text));
      },
    };
  };
  const sleepers: { readonly until: number; readonly wake: () => void }[] = [];
  const advance = (): void => {
    const next = sleepers.sort((a, b) => a.until - b.until).shift();
    if (next === undefined) return;
    now = Math.max(now, next.until);
    if (script.exitAt !== undefined && now >= script.exitAt * 1000) exit({ code: 0, signal: undefined });
    if (script.cancelAt !== undefined && now >= script.cancelAt * 1000) cancel.abort(new Error('cancelled'));
    next.wake();
  };
  return {
    now: () => now,
    clone: {
      name: 'smoke-1',
      startedAt: 0,
      kernelConsole: feed({ 1: ['[    0.000000] Linux version 6.8.0'], ...script.kernel }),
      probeConsole: feed(script.probe),
      machine: {
        kernelConsole: '',
        probeConsole: '',
        exited,
        tail: () => ['qemu: terminating'],
        get: async (path) => {
          const answer = script.get?.(path, now / 1000) ?? new Error('ECONNREFUSED');
          return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
        },
        powerButton: async () => Promise.resolve(script.button?.()),
        stop: async () => Promise.resolve(),
      },
    },
    ports: {
      log: silentLog,
      signal: cancel.signal,
      clock: {
        now: () => now,
        sleep: async (milliseconds, signal) =>
          new Promise((resolve, reject) => {
            if (signal?.aborted === true) {
              reject(signal.reason as Error);
              return;
            }
            const onAbort = (): void => reject(signal?.reason as Error);
            signal?.addEventListener('abort', onAbort);
            sleepers.push({
              until: now + milliseconds,
              wake: () => {
                signal?.removeEventListener('abort', onAbort);
                resolve();
              },
            });
            setImmediate(advance);
          }),
      },
    },
  };
}

async function prove(script: Script, change: Partial<CloneTask> = {}): Promise<CloneProof> {
  const { clone, ports } = play(script);
  return proveClone(clone, { ...task, ...change }, ports);
}

const good: Script = {
  get: (path, second) => (second < 5 || (second > 12 && second < 15) ? new Error('ECONNREFUSED') : up(path)),
  probe: {
    8: identity,
    10: block('content', [['chunk', `7 ${digest}`]]),
    12: block('killed', [['pid', '1']]),
    15: block('restarted', [['pid', '2']]),
  },
};

describe('proveClone', () => {
  test('a good clone', async () => {
    const proof = await prove(good);
    expect(proof).toMatchObject({
      identity: { hostname: 'smoke-1' },
      health: { path: '/health', daemonVersion: '1.2.3' },
    });
    expect(proof.kernelMs).toBeGreaterThanOrEqual(1000);
    expect(proof.healthMs).toBeGreaterThanOrEqual(5000);
    expect(proof.healthMs).toBeLessThan(6000);
    expect(proof.restartMs).toBeGreaterThanOrEqual(3000);
    expect(proof.restartMs).toBeLessThan(4000);
  });

  test('a second clone is not killed', async () => {
    expect(
      await prove(
        { get: up, probe: { 8: identity, 9: block('content', [['chunk', `7 ${digest}`]]) } },
        { killDaemon: false },
      ),
    ).toMatchObject({ restartMs: undefined });
  });

  test('a clone with no chunks to read', async () => {
    expect(await prove({ get: up, probe: { 8: identity } }, { killDaemon: false, chunks: [] })).toMatchObject({
      healthMs: expect.any(Number),
    });
  });

  test('a panic is reported at once, with its lines', async () => {
    const { clone, ports, now } = play({
      kernel: { 4: ['md: done', '[    4.0] Kernel panic - not syncing: VFS', 'Call Trace:'] },
    });
    await expect(proveClone(clone, task, ports)).rejects.toMatchObject({
      message: expect.stringMatching(/^smoke-1: the kernel panicked: .*VFS/),
      evidence: [
        '[    0.000000] Linux version 6.8.0',
        'md: done',
        '[    4.0] Kernel panic - not syncing: VFS',
        'Call Trace:',
      ],
    });
    expect(now()).toBeLessThan(5000);
  });

  test('a VMM that exits', async () => {
    await expect(prove({ exitAt: 3 })).rejects.toMatchObject({
      message: 'smoke-1: the VMM exited with code 0 unexpectedly',
      evidence: expect.arrayContaining(['qemu: terminating']),
    });
  });

  test("keeps only the last of systemd's repeated lines about a running job", async () => {
    const spinning = {
      2: ['[ ***  ] Job a/start running (1s)', '[  *** ] Job a/start running (2s)'],
      3: ['[   ***] Job a/start running (3s)', 'then'],
    };
    await expect(prove({ exitAt: 4, kernel: spinning })).rejects.toMatchObject({
      evidence: [
        '[    0.000000] Linux version 6.8.0',
        '[   ***] Job a/start running (3s)',
        'then',
        'qemu: terminating',
      ],
    });
  });

  test('a VMM that exits because of a panic', async () => {
    await expect(prove({ exitAt: 3, kernel: { 3: ['Kernel panic - not syncing: x'] } })).rejects.toThrow(
      'the kernel panicked',
    );
  });

  test('a cancel is reported as a cancel, though it stops the VMM too', async () => {
    await expect(prove({ exitAt: 3, cancelAt: 3 })).rejects.toThrow(/^cancelled$/);
  });

  test('another version', async () => {
    await expect(
      prove({ ...good, get: (path) => ({ status: 200, body: path === '/version' ? '{"version":"9"}' : '' }) }),
    ).rejects.toThrow('reports version "9", but "1.2.3" was built');
  });

  test('a daemon that responded once and is gone again does not pass', async () => {
    const flapping = {
      ...good,
      get: (path: string, second: number) => (second < 6 ? up(path) : new Error('ECONNRESET')),
    };
    await expect(prove(flapping, { killDaemon: false, deadline: 20_000 })).rejects.toThrow(
      'the daemon is not healthy (ECONNRESET)',
    );
  });

  test('other content', async () => {
    await expect(
      prove({ get: up, probe: { 8: identity, 9: block('content', [['chunk', `7 ${'c'.repeat(64)}`]]) } }),
    ).rejects.toThrow('1 of 1 chunks of the image differ');
  });

  test('a probe that lies', async () => {
    await expect(prove({ probe: { 3: ['@@ch-golden begin status', '{"', '@@ch-golden end status'] } })).rejects.toThrow(
      'the probe in the guest wrote a line that is not a record',
    );
  });

  test.each<[string, Script]>([
    ['no kernel output on the serial port', { kernel: { 1: [] } }],
    ['the daemon is not healthy (ECONNREFUSED)', {}],
    ['the daemon is not healthy (GET /health returned 503)', { get: () => ({ status: 503, body: '' }) }],
    ['the probe in the guest has not reported yet', { get: up }],
    ['the guest has not finished booting', { get: up, probe: { 8: block('status', [['SubState', 'running']]) } }],
    ['the guest has not read the image back', { get: up, probe: { 8: [...block('status', []), ...identity] } }],
    [
      'the daemon has not restarted after SIGKILL (healthy)',
      { ...good, probe: { 8: [...block('status', []), ...identity], 9: block('content', [['chunk', `7 ${digest}`]]) } },
    ],
  ])('too late: %s', async (missing, script) => {
    await expect(prove(script, { deadline: 20_000 })).rejects.toThrow(`smoke-1: timed out after 20 s: ${missing}`);
  });
});

describe('powerOff', () => {
  const press = async (script: Script): Promise<number> => {
    const { clone, ports } = play(script);
    return powerOff(clone, ports);
  };

  test('waits until the VMM exits', async () => {
    const milliseconds = await press({ kernel: { 5: ['reboot: Power down'] }, exitAt: 6 });
    expect(milliseconds).toBeGreaterThanOrEqual(6000);
    expect(milliseconds).toBeLessThan(7000);
  });

  test('an exit without a power-off is a failure', async () =>
    expect(press({ exitAt: 6 })).rejects.toThrow('the VMM exited with code 0 unexpectedly'));

  test('a fatal line on the way down', async () => {
    await expect(press({ kernel: { 5: ['I/O error, dev vda, sector 1'] } })).rejects.toThrow(
      'a disk reported an I/O error',
    );
  });

  test('a guest that ignores the power button', async () => {
    await expect(press({})).rejects.toMatchObject({
      message: 'smoke-1: the guest did not power off within 180 s of the power button',
      fix: expect.stringContaining('logind'),
    });
  });
});
