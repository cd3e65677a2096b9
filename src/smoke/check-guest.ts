import { Failure, type FailureDetails } from '../platform/errors.js';
import type { UnitStatus } from './guest-facts.js';
import type { HealthHistory } from './health.js';
import type { ProbeState } from './probe-state.js';

/** What is known of a clone's daemon at a moment. */
export interface Observation {
  /** The clone. */
  readonly name: string;
  readonly unit: string;
  readonly port: number;
  /** What `/version` must say; undefined where nobody said. */
  readonly version: string | undefined;
  readonly probe: ProbeState;
  readonly health: HealthHistory;
  readonly now: number;
}

/** A daemon may answer with errors while it starts. */
const wrongAnswersMs = 10_000;
/** A daemon may lose a race at boot and win it at the next try. */
const toleratedRestarts = 2;
/** Reports in a row before a daemon that listens elsewhere is believed to stay there: they come every two or three seconds. */
const stableReports = 4;
/** systemd could not execute the program: EXIT_EXEC in systemd.exec(5). */
const exitExec = 203;

/** Why the daemon will not become healthy however long one waits; undefined while it is, or still may. */
export function tryDiagnose(observation: Observation): Failure | undefined {
  const { health, probe } = observation;
  const lie = findOtherVersion(observation, health.first?.answer.daemonVersion);
  const status = probe.statuses.at(-1);
  if (lie !== undefined || status === undefined || health.latest?.attempt.kind === 'healthy') return lie;
  return [findUnusable, findDown, findWrongAnswers, findOtherPort]
    .map((find) => find(observation, status))
    .find((failure) => failure !== undefined);
}

function findOtherVersion({ name, unit, version }: Observation, found: string | undefined): Failure | undefined {
  if (version === undefined || found === undefined || found === version) return undefined;
  return new Failure(`${name}: the daemon reports version ${quote(found)}, but ${quote(version)} was built`, {
    fix: `see which binary ExecStart= of ${unit} names, and whether the version was linked into it`,
    evidence: [`GET /version answered {"version":${JSON.stringify(found)}}`],
  });
}

/** A unit that cannot run. */
function findUnusable({ name, unit }: Observation, status: UnitStatus): Failure | undefined {
  if (status.loadState !== '' && status.loadState !== 'loaded') {
    return fail(`${name}: systemd has no usable ${unit}: ${status.loadState}`, status);
  }
  const down = status.activeState === 'failed' || status.subState.startsWith('auto-restart');
  if (!down || status.execMainCode !== 1 || status.execMainStatus !== exitExec) return undefined;
  return fail(`${name}: ${unit} cannot be executed (systemd status 203/EXEC)`, status, {
    fix: "the daemon's file must be there, be for this processor, and have its execute bit (0755)",
  });
}

/** A unit that does not run, or not for long. */
function findDown({ name, unit, probe }: Observation, status: UnitStatus): Failure | undefined {
  const killed = probe.killedAt !== undefined;
  const failed = status.activeState === 'failed';
  const inactive = status.activeState === 'inactive';
  if (killed && (failed || inactive)) {
    return fail(`${name}: ${unit} did not come back after its process was killed`, status, {
      fix: `give ${unit} the line Restart=always`,
    });
  }
  if (failed) return fail(`${name}: ${unit} failed: ${formatExit(status)}`, status);
  if (inactive && probe.identity !== undefined) {
    return fail(`${name}: the boot is finished and ${unit} was not started`, status, {
      fix: `enable ${unit} in the image`,
    });
  }
  if (status.restarts <= toleratedRestarts + (killed ? 1 : 0)) return undefined;
  return fail(
    `${name}: ${unit} crashes again and again: ${status.restarts} restarts, ${formatCrash(status, probe.statuses)}`,
    status,
  );
}

function findWrongAnswers({ name, health, now }: Observation, status: UnitStatus): Failure | undefined {
  const attempt = health.latest?.attempt;
  if (attempt?.kind !== 'wrong' || health.wrongSince === undefined || now - health.wrongSince < wrongAnswersMs)
    return undefined;
  const seconds = Math.round((now - health.wrongSince) / 1000);
  return fail(`${name}: ${attempt.answer}, not 200, for ${seconds} s`, status, { evidence: [attempt.body] });
}

function findOtherPort({ name, unit, port, probe }: Observation, status: UnitStatus): Failure | undefined {
  if (probe.statuses.length < stableReports) return undefined;
  if (!probe.statuses.slice(-stableReports).every((report) => listensElsewhere(report, port))) return undefined;
  const heard = status.listeners
    .filter(({ ofDaemon }) => ofDaemon)
    .map(({ address, port: other }) => `${address}:${other}`);
  return fail(`${name}: ${unit} listens on ${heard.join(', ')}, not on port ${port} of every address`, status, {
    fix: `make the daemon listen on 0.0.0.0:${port}, or say which port it has`,
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
  const how = execMainCode === 1 ? 'exit code' : 'signal';
  return execMainCode === 0 ? result : `its last process ended with ${how} ${execMainStatus}`;
}

/**
 * While the unit runs again, systemd says of its last process only that it runs: how the one before ended is in an earlier report, or in
 * what systemd has written into the unit's journal.
 */
function formatCrash(status: UnitStatus, statuses: readonly UnitStatus[]): string {
  const ended = [...statuses, status].findLast(({ execMainCode }) => execMainCode !== 0);
  const lines = status.journal.flatMap((line) => {
    const [, code, value] = /Main process exited, code=(\w+), status=(\d{1,3})\b/.exec(line) ?? [];
    return code === undefined || value === undefined
      ? []
      : [`its last process ended with ${code === 'exited' ? 'exit code' : 'signal'} ${value}`];
  });
  const told = status.execMainCode === 0 ? lines.at(-1) : undefined;
  return told ?? (ended === undefined ? 'and how its process ended was not seen' : formatExit(ended));
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
    `ActiveState=${activeState} SubState=${subState} Result=${result} ExecMainCode=${execMainCode} ExecMainStatus=${execMainStatus} ` +
      `NRestarts=${restarts} UnitFileState=${unitFileState}`,
    `listening: ${listeners.join(', ') || 'nothing'}`,
    ...status.journal.map((line) => `journal: ${line}`),
  ];
}

function quote(text: string): string {
  return JSON.stringify(text);
}
