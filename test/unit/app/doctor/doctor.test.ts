import { describe, expect, test } from '@jest/globals';
import type { Check, DoctorRequest } from '../../../../src/app/doctor/check.js';
import { runChecks } from '../../../../src/app/doctor/doctor.js';
import type { Finding } from '../../../../src/app/doctor/finding.js';
import { readDoctorInputs } from '../../../../src/inputs/build-inputs.js';
import { systemClock } from '../../../../src/platform/clock.js';
import { Failure } from '../../../../src/platform/errors.js';
import type { Processes } from '../../../../src/platform/process/processes.js';
import { noHelpers } from '../../../fixtures/helpers.js';

const directories = { cache: '/c', work: '/w' };
const given: Readonly<Record<string, string>> = { 'daemon-builder': 'prebuilt', 'daemon-binary': 'd' };
const request: DoctorRequest = { ...readDoctorInputs((name) => given[name] ?? '', directories), bootsOnKvm: false };

async function run(checks: readonly Check[], signal = new AbortController().signal): Promise<readonly Finding[]> {
  const ports = { processes: {} as Processes, clock: systemClock, owner: 'me', signal, helpers: noHelpers };
  return runChecks(checks, request, ports);
}

const ok = (name: string): Finding => ({ name, state: 'ok', text: 'is fine' });
const checkOf = (name: string, check: Check['check'] = async () => Promise.resolve([ok(name)])): Check => ({
  name,
  appliesTo: () => true,
  check,
});

describe('the checks of the doctor', () => {
  test('report in the order of the table, whichever finishes first', async () => {
    let finishFirst = (): void => undefined;
    const second = new Promise<void>((resolve) => {
      finishFirst = resolve;
    });
    const findings = await run([
      checkOf('slow', async () => {
        await second;
        return [ok('slow'), ok('slow too')];
      }),
      checkOf('fast', async () => {
        finishFirst();
        return Promise.resolve([ok('fast')]);
      }),
    ]);
    expect(findings.map(({ name }) => name)).toEqual(['slow', 'slow too', 'fast']);
  });

  test('run no more than four at a time', async () => {
    const running = { now: 0, most: 0 };
    const checks = Array.from({ length: 12 }, (_, index) =>
      checkOf(`check ${index}`, async () => {
        running.most = Math.max(running.most, (running.now += 1));
        for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
        running.now -= 1;
        return [];
      }),
    );
    expect(await run(checks)).toEqual([]);
    expect(running).toEqual({ now: 0, most: 4 });
  });

  test('are left out if they do not apply', async () => {
    expect(await run([{ ...checkOf('other'), appliesTo: () => false }, checkOf('this')])).toEqual([ok('this')]);
  });

  test('turn a failure and a system error into a finding, without affecting others', async () => {
    const findings = await run([
      checkOf('store', async () => Promise.reject(new Failure('s3:PutObject is not allowed', { fix: 'allow it' }))),
      checkOf('trust policy', async () =>
        Promise.reject(Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', errno: -5, syscall: 'read' })),
      ),
      checkOf('last'),
    ]);
    expect(findings).toMatchObject([
      { name: 'store', state: 'broken', text: 's3:PutObject is not allowed', fix: 'allow it' },
      { name: 'trust policy', state: 'broken', text: 'EIO: i/o error, read' },
      ok('last'),
    ]);
  });

  test('rethrow a bug', async () => {
    await expect(run([checkOf('x', async () => Promise.reject(new TypeError('no such property')))])).rejects.toThrow(
      TypeError,
    );
  });

  test('stop when the run is cancelled', async () => {
    const controller = new AbortController();
    const cancelled = run(
      [
        checkOf('x', async () => {
          controller.abort(new Failure('cancelled by SIGINT'));
          return Promise.reject(new Failure('killed'));
        }),
      ],
      controller.signal,
    );
    await expect(cancelled).rejects.toThrow('cancelled by SIGINT');
  });
});
