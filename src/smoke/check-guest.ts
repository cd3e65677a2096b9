import { Failure, type FailureDetails } from '../platform/errors.js';
import type { UnitStatus } from './guest-facts.js';
import type { HealthHistory } from './health.js';
import type { ProbeState } from './probe-state.js';

/** What is known about a clone's daemon at one moment. */
export interface Observation {
  /** The clone's name. */
  readonly name: string;
  readonly unit: string;
  readonly port: number;
  /** What `/version` must report, if known. */
  readonly version: string | undefined;
  readonly probe: ProbeState;
  readonly health: HealthHistory;
  readonly now: number;
}

/** A daemon may return errors while it starts. */
const wrongResponsesMs = 10_000;
/** A daemon may lose a race at boot and succeed on the next attempt. */
const toleratedRestarts = 2;
/** Reports in a row, two or three seconds apart, before a daemon on another port is taken to stay there. */
const stableReports = 4;
/** systemd could not execute the program: EXIT_EXEC in systemd.exec(5). */
const exitExec = 203;

/** Why the daemon can no longer become healthy; undefined while it is, or still may. */
export function tryDiagnose(observation: Observation): Failure | undefined {
  const { health, probe } = observation;
  const otherVersion = findOtherVersion(observation, health.first?.result.daemonVersion);
  const status = probe.statuses.at(-1);
  if (otherVersion !== undefined || status === undefined || health.latest?.attempt.kind === 'healthy')
    return otherVersion;
  return [findUnusable, findDown, findWrongResponses, findOtherPort]
    .map((find) => find(observation, status))
    .find((failure) => failure !== undefined);
}

function findOtherVersion({ name, unit, version }: Observation, found: string | undefined): Failure | undefined {
  if (version === undefined || found === undefined || found === version) return undefined;
  return new Failure(`${name}: the daemon reports version ${quote(found)}, but ${quote(version)} was built`, {
    fix: `check which binary ExecStart= of ${unit} runs, and whether the version was linked into it`,
    evidence: [`GET /version returned {"version":${JSON.stringify(found)}}`],
  });
}

/** A unit that cannot run. */
function findUnusable({ name, unit }: Observation, status: UnitStatus): Failure | undefined {
  if (status.loadState !== '' && status.loadState !== 'loaded') {
    return fail(`${name}: systemd cannot load ${unit}: ${status.loadState}`, status);
  }
  const down = status.activeState === 'failed' || status.subState.startsWith('auto-restart');
  if (!down || status.execMainCode !== 1 || status.execMainStatus !== exitExec) return undefined;
  return fail(`${name}: ${unit} cannot be executed (systemd status 203/EXEC)`, status, {
    fix: "the daemon's file must exist, be built for x86-64, and be executable (mode 0755)",
  });
}

/** A unit that is not running, or keeps crashing. */
function findDown({ name, unit, probe }: Observation, status: UnitStatus): Failure | undefined {
  const killed = probe.killedAt !== undefined;
  const failed = status.activeState === 'failed';
  const inactive = status.activeState === 'inactive';
  if (killed && (failed || inactive)) {
    return fail(`${name}: ${unit} did not restart after its process was killed`, status, {
      fix: `add Restart=always to ${unit}`,
    });
  }
  if (failed) return fail(`${name}: ${unit} failed: ${formatExit(status)}`, status);
  if (inactive && probe.identity !== undefined) {
    return fail(`${name}: ${unit} was not started during boot`, status, {
      fix: `enable ${unit} in the image`,
    });
  }
  if (status.restarts <= toleratedRestarts + (killed ? 1 : 0)) return undefined;
  return fail(
    `${name}: ${unit} keeps crashing: ${status.restarts} restarts, ${formatCrash(status, probe.statuses)}`,
    status,
  );
}

function findWrongResponses({ name, health, now }: Observation, status: UnitStatus): Failure | undefined {
  const attempt = health.latest?.attempt;
  if (attempt?.kind !== 'wrong' || health.wrongSince === undefined || now - health.wrongSince < wrongResponsesMs)
    return undefined;
  const seconds = Math.round((now - health.wrongSince) / 1000);
  return fail(`${name}: ${attempt.response} instead of 200 for ${seconds} s`, status, { evidence: [attempt.body] });
}

function findOtherPort({ name, unit, port, probe }: Observation, status: UnitStatus): Failure | undefined {
  if (probe.statuses.length < stableReports) return undefined;
  if (!probe.statuses.slice(-stableReports).every((report) => listensElsewhere(report, port))) return undefined;
  const addresses = status.listeners
    .filter(({ ofDaemon }) => ofDaemon)
    .map(({ address, port: other }) => `${address}:${other}`);
  return fail(`${name}: ${unit} listens on ${addresses.join(', ')} instead of port ${port} on all addresses`, status, {
    fix: `make the daemon listen on 0.0.0.0:${port}, or set daemon-port`,
  });
}

function listensElsewhere(status: UnitStatus, port: number): boolean {
  const own = status.listeners.filter(({ ofDaemon }) => ofDaemon);
  return own.length > 0 && !own.some((listener) => listener.port === port && !isLoopback(listener.address));
}

function isLoopback(address: string): boolean {
  return address === '[::1]' || address.startsWith('127.');
}

function formatExit({ execMainCode, execMainStatus, result }: UnitStatus): string {
  return execMainCode === 0 ? result : formatEnd(execMainCode === 1, execMainStatus);
}

/**
 * While the unit runs again, systemd reports only its current process. How the previous one ended is in an earlier
 * status, or in the journal.
 */
function formatCrash(status: UnitStatus, statuses: readonly UnitStatus[]): string {
  const ended = [...statuses, status].findLast(({ execMainCode }) => execMainCode !== 0);
  const lines = status.journal.flatMap((line) => {
    const [, code, value] = /Main process exited, code=(\w+), status=(\d{1,3})\b/.exec(line) ?? [];
    return code === undefined || value === undefined ? [] : [formatEnd(code === 'exited', value)];
  });
  const fromJournal = status.execMainCode === 0 ? lines.at(-1) : undefined;
  return fromJournal ?? (ended === undefined ? 'exit status of its last process unknown' : formatExit(ended));
}

function formatEnd(exited: boolean, value: number | string): string {
  return exited ? `last process exited with code ${value}` : `last process killed by signal ${value}`;
}

function fail(message: string, status: UnitStatus, details: FailureDetails = {}): Failure {
  return new Failure(message, { ...details, evidence: [...(details.evidence ?? []), ...formatStatus(status)] });
}

/** The lines that show a unit's state: properties, listening sockets, journal. */
export function formatStatus(status: UnitStatus): readonly string[] {
  const { activeState, subState, result, execMainCode, execMainStatus, restarts, unitFileState } = status;
  const listeners = status.listeners.map(
    ({ address, port, ofDaemon }) => `${address}:${port}${ofDaemon ? ' (the daemon)' : ''}`,
  );
  return [
    `ActiveState=${activeState} SubState=${subState} Result=${result} ExecMainCode=${execMainCode} ` +
      `ExecMainStatus=${execMainStatus} NRestarts=${restarts} UnitFileState=${unitFileState}`,
    `listening: ${listeners.join(', ') || 'nothing'}`,
    ...status.journal.map((line) => `journal: ${line}`),
  ];
}

function quote(text: string): string {
  return JSON.stringify(text);
}
