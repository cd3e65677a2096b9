import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { goldenDaemonVersion } from '../../fixtures/golden.js';
import { runWithCli, toTestLimit } from '../../fixtures/run-with-cli.js';

const withinMs = 60 * 60_000;
const script = join(import.meta.dirname, 'prove-vms.mjs');

type Json = Readonly<Record<string, unknown>>;

/** What `vm list` and `vm show` print, as far as it is compared here. */
interface State extends Json {
  readonly pid: number;
  readonly uid: number;
  readonly tap: string;
  readonly macAddress: string;
  readonly console: string;
  readonly uptimeSeconds: number;
  readonly diskBytes: number;
}

interface Session {
  readonly bootId: string;
  readonly kept: string;
  readonly told: string;
  readonly exitCode: number;
  readonly said: string;
}

interface Start<Started = Json> {
  readonly started: Started;
  /** The daemon's. */
  readonly version: string;
  readonly session: Session;
}

/** What prove-vms.mjs prints. */
interface Outcome {
  readonly user: string;
  readonly created: Json & { readonly folder: string; readonly macAddress: string; readonly imagePath: string };
  readonly before: readonly Json[];
  readonly first: Start & {
    readonly list: readonly State[];
    readonly show: State;
    readonly ip: Json;
    readonly machine: Json;
    readonly after: { readonly show: State; readonly version: string };
    readonly logs: readonly string[];
  };
  readonly restarted: Start & {
    readonly pid: number;
    readonly logs: readonly string[];
    readonly previous: readonly string[];
  };
  readonly returned: Start<readonly Json[]> & { readonly killed: readonly Json[] };
  readonly stopped: { readonly end: Json; readonly state: Json; readonly left: Json; readonly disk: Json };
  readonly deleted: Json;
  readonly left: Json;
}

/** Run only by `npm run test:kvm`, if a real Cloud Hypervisor is on PATH. */
test(
  'an operator starts a VM, uses its console, restarts it, and gets it back after its VMM was killed',
  async () => {
    const outcome = (await runWithCli({ script, withinMs })).outcome as Outcome;
    checkFirstStart(outcome);
    checkSessions(outcome);
    checkReturn(outcome);
    checkEnd(outcome);
  },
  toTestLimit(withinMs),
);

function checkFirstStart({ user, created, before, first }: Outcome): void {
  const { started, version, list, show, ip, machine, after } = first;
  const settings = {
    name: 'vm-001',
    version: 'ubuntu-base.1',
    cpus: 1,
    memoryMiB: 512,
    address: '10.77.0.21',
    macAddress: created.macAddress,
    tap: expect.stringMatching(/^chvm-[a-z2-7]{10}$/),
    autostart: false,
    log: `${created.folder}/serial.log`,
  };
  expect(before).toEqual([expect.objectContaining({ ...settings, state: 'stopped' })]);
  expect(before[0]).not.toHaveProperty('pid');
  expect(started).toEqual({ name: 'vm-001', pid: show.pid, changed: true });
  expect(version).toContain(goldenDaemonVersion);
  expect(show).toMatchObject({ ...settings, state: 'running', user, directory: created.folder });
  expect(show.console).toMatch(/^\/dev\/pts\/\d+$/);
  expect(Math.min(show.uptimeSeconds, show.diskBytes)).toBeGreaterThan(0);
  expect(list).toEqual([
    { ...omit(show, 'directory'), uptimeSeconds: expect.any(Number), diskBytes: expect.any(Number) },
  ]);
  expect(ip).toEqual({ name: 'vm-001', address: '10.77.0.21', source: 'static', macAddress: created.macAddress });
  // The kernel of the host agrees, and the guest itself on its MAC address.
  expect(machine).toEqual({
    vmms: [show.pid],
    directory: created.folder,
    uid: show.uid,
    taps: [show.tap],
    bridge: 'chgbr0',
    macAddress: created.macAddress,
  });
  // Detaching from the console has not ended it.
  expect(after.show).toMatchObject({ state: 'running', pid: show.pid });
  expect(after.version).toBe(version);
}

function checkSessions({ first, restarted, returned }: Outcome): void {
  const sessions = [first, restarted, returned].map(({ session }) => session);
  const detached = { told: '42', exitCode: 0, said: 'detached from vm-001' };
  // The disk stays the same, and each boot is one of its own.
  expect(sessions).toEqual([
    { ...detached, bootId: expect.any(String), kept: 'first,' },
    { ...detached, bootId: expect.any(String), kept: 'first,second,' },
    { ...detached, bootId: expect.any(String), kept: 'first,second,third,' },
  ]);
  const bootIds = sessions.map(({ bootId }) => bootId);
  expect(new Set(bootIds).size).toBe(3);
  for (const bootId of bootIds) expect(bootId).toMatch(/^[0-9a-f-]{36}$/);
  // What a console shows is in the log, that of the boot before in the previous one.
  const toLine = (bootId: string | undefined): unknown => expect.stringContaining(`boot ${String(bootId)}`);
  expect(first.logs).toEqual([expect.stringContaining('can log in'), toLine(bootIds[0])]);
  expect(restarted.previous).toEqual(first.logs);
  expect(restarted.logs).toEqual([toLine(bootIds[1])]);
}

function checkReturn({ first, restarted, returned }: Outcome): void {
  expect(restarted.started).toEqual({ name: 'vm-001', pid: restarted.pid, end: 'powered off' });
  expect(restarted.version).toBe(first.version);
  expect(returned.killed).toEqual([
    expect.objectContaining({ name: 'vm-001', state: 'stopped', address: '10.77.0.21', tap: first.show.tap }),
  ]);
  expect(returned.killed[0]).not.toHaveProperty('pid');
  expect(returned.started).toEqual([{ name: 'vm-001', outcome: 'started', pid: expect.any(Number) }]);
  expect(returned.version).toBe(first.version);
  const pids = [first.show.pid, restarted.pid, returned.started[0]?.['pid']];
  expect(new Set(pids).size).toBe(3);
}

function checkEnd({ created, stopped, deleted, left }: Outcome): void {
  expect(stopped.end).toEqual({ name: 'vm-001', end: 'powered off' });
  expect(stopped.state).toMatchObject({ state: 'stopped' });
  expect(stopped.left).toEqual({ taps: [], processes: [] });
  expect(stopped.disk).toMatchObject({ format: 'qcow2', 'dirty-flag': false });
  expect(resolve(String(stopped.disk['full-backing-filename']))).toBe(created.imagePath);
  expect(deleted).toEqual({ name: 'vm-001', end: 'did not run' });
  expect(left).toEqual({ processes: [], taps: [], vms: [] });
}

function omit(value: Json, key: string): Json {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
}
