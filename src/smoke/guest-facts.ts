import { Failure } from '../platform/errors.js';
import { malformed, valueOf, valuesOf, type Fields } from './probe-records.js';

/** A listening TCP socket of the guest. */
export interface Listener {
  /** `0.0.0.0`, `127.0.0.1`, `[::]`. */
  readonly address: string;
  readonly port: number;
  /** Whether a process of the daemon's unit has it open. */
  readonly ofDaemon: boolean;
}

/** The state of the daemon's unit at one moment, as systemd properties. */
export interface UnitStatus {
  readonly loadState: string;
  readonly unitFileState: string;
  readonly activeState: string;
  readonly subState: string;
  readonly result: string;
  /** 1 exited, 2 killed, 3 dumped (CLD_ in sigaction(2)). */
  readonly execMainCode: number;
  readonly execMainStatus: number;
  readonly restarts: number;
  readonly listeners: readonly Listener[];
  /** The unit's last journal lines, oldest first; none if it is simply running. */
  readonly journal: readonly string[];
}

/** What a booted guest reports about itself. */
export interface GuestIdentity {
  readonly machineId: string;
  readonly bootId: string;
  readonly hostname: string;
  /** The daemon's DAYTONA_SANDBOX_ID, if set. */
  readonly sandboxId?: string | undefined;
  readonly kernel: string;
  readonly hostKeys: readonly string[];
  /** DHCP unique identifiers. */
  readonly duids: readonly string[];
  readonly addresses: readonly string[];
  readonly failedUnits: readonly string[];
  /** `done`, or cloud-init's own errors. */
  readonly cloudInit: string;
  readonly marks: BootMarks;
  /** Slowest first. */
  readonly slowestUnits: readonly SlowUnit[];
}

/** When each phase of the boot began, by the guest's clock: milliseconds since the kernel's start. */
export interface BootMarks {
  readonly initramfsMs?: number;
  readonly userspaceMs?: number;
  /** The daemon's unit became active. */
  readonly daemonMs?: number;
  /** The daemon closed its first answered connection. */
  readonly answeredMs?: number;
  /** systemd had no jobs left. */
  readonly finishedMs?: number;
}

export interface SlowUnit {
  readonly unit: string;
  readonly milliseconds: number;
  /** When its start began, since the kernel's start. */
  readonly startMs?: number | undefined;
}

export function readStatus(fields: Fields): UnitStatus {
  const sockets = new Set(fields.get('socket'));
  return {
    loadState: valueOf(fields, 'LoadState'),
    unitFileState: valueOf(fields, 'UnitFileState'),
    activeState: valueOf(fields, 'ActiveState'),
    subState: valueOf(fields, 'SubState'),
    result: valueOf(fields, 'Result'),
    execMainCode: readCount(valueOf(fields, 'ExecMainCode')),
    execMainStatus: readCount(valueOf(fields, 'ExecMainStatus')),
    restarts: readCount(valueOf(fields, 'NRestarts')),
    listeners: valuesOf(fields, 'listen').map((line) => readListener(line, sockets)),
    journal: valuesOf(fields, 'journal'),
  };
}

function readCount(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** `0100007F:08E8 13957`: the address is in host byte order, as in /proc/net/tcp (proc(5)). */
function readListener(line: string, sockets: ReadonlySet<string>): Listener {
  const [, address, port, inode] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) (\d+)$/.exec(line) ?? [];
  if (address === undefined || port === undefined || inode === undefined)
    throw malformed('an invalid listening socket', line);
  return { address: formatAddress(address), port: Number.parseInt(port, 16), ofDaemon: sockets.has(inode) };
}

function formatAddress(hexadecimal: string): string {
  const bytes = (hexadecimal.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex').reverse()]);
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.every((byte) => byte === 0)) return '[::]';
  return bytes.every((byte, index) => byte === (index === 15 ? 1 : 0))
    ? '[::1]'
    : `[${Buffer.from(bytes).toString('hex')}]`;
}

export function readIdentity(fields: Fields): GuestIdentity {
  const [sandboxId] = valuesOf(fields, 'sandbox-id');
  return {
    machineId: getMatch(fields, 'machine-id', /^[0-9a-f]{32}$/),
    bootId: getMatch(fields, 'boot-id', /^[0-9a-f-]{36}$/),
    hostname: getMatch(fields, 'hostname', /^[\w.-]{1,253}$/),
    sandboxId,
    kernel: getMatch(fields, 'kernel', /^[\w.+~-]{1,128}$/),
    hostKeys: valuesOf(fields, 'host-key'),
    duids: valuesOf(fields, 'duid'),
    addresses: valuesOf(fields, 'address'),
    failedUnits: valuesOf(fields, 'failed-unit'),
    cloudInit: readCloudInit(valueOf(fields, 'cloud-init')),
    marks: readMarks(fields),
    slowestUnits: readSlowUnits(fields),
  };
}

function readMarks(fields: Fields): BootMarks {
  const marks = {
    initramfsMs: Math.round(Number(/^\d{1,9}\.\d{1,9}$/.exec(valueOf(fields, 'initramfs-seconds'))?.[0] ?? 0) * 1000),
    userspaceMs: readMicroseconds(valueOf(fields, 'UserspaceTimestampMonotonic')),
    daemonMs: readMicroseconds(valueOf(fields, 'ActiveEnterTimestampMonotonic')),
    answeredMs: readCount(valueOf(fields, 'answered-ticks')) * 10,
    finishedMs: readMicroseconds(valueOf(fields, 'FinishTimestampMonotonic')),
  };
  return Object.fromEntries(Object.entries(marks).filter(([, milliseconds]) => milliseconds !== 0));
}

/** Milliseconds. systemd uses 0 for never. */
function readMicroseconds(text: string): number {
  return Math.round(readCount(text) / 1000);
}

function readSlowUnits(fields: Fields): readonly SlowUnit[] {
  const starts = valuesOf(fields, 'slow-unit-start').map(readMicroseconds);
  return valuesOf(fields, 'slow-unit').flatMap((line, index) => {
    const unit = tryReadSlowUnit(line);
    const startMs = starts[index] ?? 0;
    return unit === undefined ? [] : [{ ...unit, startMs: startMs === 0 ? undefined : startMs }];
  });
}

function getMatch(fields: Fields, key: string, shape: RegExp): string {
  const value = valueOf(fields, key);
  if (!shape.test(value)) throw new Failure(`the guest has no valid ${key}`, { evidence: [`${key}: ${value}`] });
  return value;
}

/** cloud-init's result.json, which may be truncated. */
function readCloudInit(result: string): string {
  return /"errors": *\[ *\]/.test(result) ? 'done' : result;
}

/** A line of `systemd-analyze blame`: `1min 2.345s cloud-init.service`. */
function tryReadSlowUnit(line: string): SlowUnit | undefined {
  const [, duration = '', unit] = /^((?:\d+(?:\.\d+)?(?:h|min|s|ms|us) )+)(\S+)$/.exec(line) ?? [];
  if (unit === undefined) return undefined;
  const scale: Readonly<Record<string, number>> = { h: 3_600_000, min: 60_000, s: 1000, ms: 1, us: 0.001 };
  const parts = [...duration.matchAll(/([\d.]+)([a-z]+)/g)];
  const milliseconds = parts.reduce(
    (sum, [, amount, unitName = '']) => sum + Number(amount) * (scale[unitName] ?? 0),
    0,
  );
  return { unit, milliseconds: Math.round(milliseconds) };
}

export function readContent(fields: Fields): ReadonlyMap<number, string> {
  return new Map(
    (fields.get('chunk') ?? []).map((line) => {
      const [, index, digest] = /^(\d{1,9}) ([0-9a-f]{64})$/.exec(line.trim()) ?? [];
      if (digest === undefined) throw malformed('an invalid chunk', line);
      return [Number(index), digest];
    }),
  );
}
