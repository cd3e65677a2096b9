import { describe, expect, test } from '@jest/globals';
import { checkHealth, recordAttempt, type HealthAttempt, type HealthHistory } from '../../../src/smoke/health.js';
import type { GuestResponse } from '../../../src/smoke/http-get.js';

const signal = new AbortController().signal;
const check = async (path: string, routes: Readonly<Record<string, GuestResponse | Error>>): Promise<HealthAttempt> =>
  checkHealth(
    {
      path,
      get: async (route) => {
        const response = routes[route] ?? { status: 404, body: 'not found' };
        return response instanceof Error ? Promise.reject(response) : Promise.resolve(response);
      },
    },
    signal,
  );
const ok = { status: 200, body: 'ok' };
const version = { status: 200, body: '{"version":"0.190.0"}' };

describe('checkHealth', () => {
  test.each<[string, string, Readonly<Record<string, GuestResponse | Error>>, HealthAttempt]>([
    [
      'auto: /health',
      'auto',
      { '/health': ok, '/version': version },
      { kind: 'healthy', path: '/health', daemonVersion: '0.190.0' },
    ],
    [
      'auto: /version if /health does not exist',
      'auto',
      { '/version': version },
      { kind: 'healthy', path: '/version', daemonVersion: '0.190.0' },
    ],
    ['auto: no version', 'auto', { '/health': ok }, { kind: 'healthy', path: '/health' }],
    ['auto: neither', 'auto', {}, { kind: 'wrong', response: 'GET /health returned 404', body: 'not found' }],
    [
      'auto: 500 is not 404',
      'auto',
      { '/health': { status: 500, body: 'gone' }, '/version': version },
      { kind: 'wrong', response: 'GET /health returned 500', body: 'gone' },
    ],
    [
      '500 is reported though /version hangs',
      'auto',
      { '/health': { status: 500, body: '' }, '/version': new Error('slow') },
      { kind: 'wrong', response: 'GET /health returned 500', body: '' },
    ],
    [
      'a redirect is not healthy',
      '/health',
      { '/health': { status: 302, body: '' } },
      { kind: 'wrong', response: 'GET /health returned 302', body: '' },
    ],
    ['a given path', '/ready', { '/ready': ok }, { kind: 'healthy', path: '/ready' }],
    [
      'a given path that does not exist',
      '/ready',
      { '/version': version },
      { kind: 'wrong', response: 'GET /ready returned 404', body: 'not found' },
    ],
    [
      'nothing listens',
      'auto',
      { '/health': new Error('connect ECONNREFUSED') },
      { kind: 'silent', reason: 'connect ECONNREFUSED' },
    ],
    [
      'a version that is not JSON',
      'auto',
      { '/health': ok, '/version': { status: 200, body: '<html>' } },
      { kind: 'healthy', path: '/health' },
    ],
    [
      'a version that is not a string',
      'auto',
      { '/health': ok, '/version': { status: 200, body: '{"version":1}' } },
      { kind: 'healthy', path: '/health' },
    ],
    [
      'a version that is null',
      'auto',
      { '/health': ok, '/version': { status: 200, body: 'null' } },
      { kind: 'healthy', path: '/health' },
    ],
  ])('%s', async (_, path, routes, expected) => expect(await check(path, routes)).toEqual(expected));

  test('a cancel is thrown, not taken as silence', async () => {
    const reason = new Error('cancelled');
    await expect(
      checkHealth({ path: 'auto', get: async () => Promise.reject(new Error('aborted')) }, AbortSignal.abort(reason)),
    ).rejects.toBe(reason);
  });
});

describe('recordAttempt', () => {
  const wrong: HealthAttempt = { kind: 'wrong', response: 'GET /health returned 500', body: '' };
  const silent: HealthAttempt = { kind: 'silent', reason: 'refused' };
  const healthy: HealthAttempt = { kind: 'healthy', path: '/health' };
  const record = (...attempts: HealthAttempt[]): HealthHistory =>
    attempts.reduce<HealthHistory>(
      (history, attempt, index) => recordAttempt(history, attempt, index, index + 0.5),
      {},
    );

  test('keeps the first healthy response and the latest check', () => {
    expect(record(silent, healthy, healthy, silent)).toEqual({
      first: { at: 1.5, result: healthy },
      latest: { startedAt: 3, at: 3.5, attempt: silent },
    });
  });

  test('keeps since when responses are wrong', () => expect(record(silent, wrong, wrong).wrongSince).toBe(1.5));

  test.each([[silent], [healthy]])('anything else ends a sequence of wrong responses', (attempt) => {
    expect(record(wrong, attempt).wrongSince).toBeUndefined();
    expect(record(wrong, attempt, wrong).wrongSince).toBe(2.5);
  });
});
