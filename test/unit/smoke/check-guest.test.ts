import { describe, expect, test } from '@jest/globals';
import type { GuestIdentity, Listener, UnitStatus } from '../../../src/smoke/guest-facts.js';
import type { HealthHistory, Healthy } from '../../../src/smoke/health.js';
import { tryDiagnose, type Observation } from '../../../src/smoke/check-guest.js';
import { emptyProbe } from '../../../src/smoke/probe-state.js';

const running: UnitStatus = {
  loadState: 'loaded',
  unitFileState: 'enabled',
  activeState: 'active',
  subState: 'running',
  result: 'success',
  execMainCode: 0,
  execMainStatus: 0,
  restarts: 0,
  listeners: [{ address: '[::]', port: 2280, ofDaemon: true }],
  journal: [],
};
const restarting: UnitStatus = {
  ...running,
  activeState: 'activating',
  subState: 'auto-restart',
  result: 'exit-code',
  execMainCode: 1,
  execMainStatus: 2,
  listeners: [],
  journal: ['panic: told to crash'],
};
const silent: HealthHistory = { latest: { startedAt: 0, at: 0, attempt: { kind: 'silent', reason: 'ECONNREFUSED' } } };
const response: Healthy = { kind: 'healthy', path: '/health', daemonVersion: '1.2.3' };
const healthy: HealthHistory = {
  first: { at: 0, result: response },
  latest: { startedAt: 0, at: 0, attempt: response },
};
const gone: HealthHistory = { ...silent, first: { at: 0, result: response } };
const killed = (status: UnitStatus): Partial<Observation> => ({
  health: gone,
  probe: { ...emptyProbe, statuses: [status], killedAt: 1 },
});
const wrongFor = (ms: number): HealthHistory => ({
  wrongSince: 60_000 - ms,
  latest: {
    startedAt: 0,
    at: 0,
    attempt: { kind: 'wrong', response: 'GET /health returned 500', body: 'database is gone' },
  },
});

const observe = (statuses: readonly UnitStatus[], rest: Partial<Observation> = {}): Observation => ({
  name: 'smoke-1',
  unit: 'daytona-daemon.service',
  port: 2280,
  version: '1.2.3',
  now: 60_000,
  health: silent,
  probe: { ...emptyProbe, statuses },
  ...rest,
});
const listeningOn = (...listeners: Listener[]): UnitStatus => ({ ...running, listeners });

describe('tryDiagnose: patience', () => {
  test.each<[string, Observation]>([
    ['nothing is known yet', observe([])],
    ['the daemon runs and has not responded yet', observe([running])],
    ['the daemon was restarted twice at boot', observe([{ ...restarting, restarts: 2 }])],
    [
      'the daemon has opened another port first',
      observe([listeningOn({ address: '[::]', port: 6060, ofDaemon: true })]),
    ],
    [
      'others listen, the daemon not yet',
      observe(Array<UnitStatus>(4).fill(listeningOn({ address: '[::]', port: 22, ofDaemon: false }))),
    ],
    [
      'the unit is not started, but the boot goes on',
      observe([{ ...running, activeState: 'inactive', subState: 'dead' }]),
    ],
    ['wrong answers for some seconds', observe([running], { health: wrongFor(9_999) })],
    ['the right version', observe([running], { health: healthy })],
    ['no version to compare', observe([running], { health: healthy, version: undefined })],
    [
      'it is healthy, whatever an older status reported',
      observe([{ ...restarting, restarts: 9 }], { health: healthy }),
    ],
    ['killed, and restarting', observe([], killed({ ...restarting, restarts: 3 }))],
  ])('%s', (_, observation) => expect(tryDiagnose(observation)).toBeUndefined());
});

describe('tryDiagnose: certainty', () => {
  test.each<[string, Observation, string, string]>([
    [
      'crash',
      observe([{ ...restarting, restarts: 3 }]),
      'keeps crashing: 3 restarts, last process exited with code 2',
      'journal: panic: told to crash',
    ],
    [
      'crash by a signal',
      observe([{ ...restarting, restarts: 3, execMainCode: 2, execMainStatus: 11 }]),
      'last process killed by signal 11',
      'NRestarts=3',
    ],
    [
      'crash, seen while it runs again',
      observe([{ ...running, restarts: 5, journal: ['exit'] }]),
      'keeps crashing',
      'journal: exit',
    ],
    [
      '203/EXEC at the first status',
      observe([{ ...restarting, execMainStatus: 203, journal: ['Permission denied'] }]),
      '203/EXEC',
      'journal: Permission denied',
    ],
    [
      'failed',
      observe([{ ...restarting, activeState: 'failed', subState: 'failed' }]),
      'daytona-daemon.service failed',
      'ActiveState=failed',
    ],
    [
      'not there',
      observe([{ ...running, loadState: 'not-found', activeState: 'inactive' }]),
      'systemd cannot load daytona-daemon.service: not-found',
      'ActiveState=inactive',
    ],
    [
      'not enabled',
      observe([], {
        probe: {
          ...emptyProbe,
          identity: {} as GuestIdentity,
          statuses: [{ ...running, activeState: 'inactive', unitFileState: 'disabled' }],
        },
      }),
      'daytona-daemon.service was not started during boot',
      'UnitFileState=disabled',
    ],
    [
      'another port',
      observe(
        Array<UnitStatus>(4).fill(
          listeningOn({ address: '[::]', port: 2281, ofDaemon: true }, { address: '[::]', port: 22, ofDaemon: false }),
        ),
      ),
      'listens on [::]:2281 instead of port 2280',
      'listening: [::]:2281 (the daemon), [::]:22',
    ],
    [
      'its own machine only',
      observe(Array<UnitStatus>(4).fill(listeningOn({ address: '127.0.0.1', port: 2280, ofDaemon: true }))),
      'listens on 127.0.0.1:2280 instead',
      '127.0.0.1:2280 (the daemon)',
    ],
    [
      'answers with 500',
      observe([running], { health: wrongFor(10_000) }),
      'GET /health returned 500 instead of 200 for 10 s',
      'database is gone',
    ],
    [
      'another version',
      observe([running], { health: healthy, version: '2.0.0' }),
      'reports version "1.2.3", but "2.0.0" was built',
      '{"version":"1.2.3"}',
    ],
    [
      'does not come back: failed',
      observe([], killed({ ...running, activeState: 'failed', result: 'signal' })),
      'did not restart after its process was killed',
      'Result=signal',
    ],
    [
      'does not come back: inactive',
      observe([], killed({ ...running, activeState: 'inactive' })),
      'did not restart after its process was killed',
      'ActiveState=inactive',
    ],
    [
      'crashes when it comes back',
      observe([], killed({ ...restarting, restarts: 4 })),
      'keeps crashing: 4 restarts',
      'journal: panic',
    ],
    [
      'was healthy, and crashes now',
      observe([{ ...restarting, restarts: 3 }], { health: gone }),
      'keeps crashing: 3 restarts',
      'journal: panic',
    ],
  ])('%s', (_, observation, message, evidence) => {
    const failure = tryDiagnose(observation);
    expect(failure?.message).toContain('smoke-1: ');
    expect(failure?.message).toContain(message);
    expect(failure?.evidence.join('\n')).toContain(evidence);
  });
});
