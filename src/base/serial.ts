import { Failure } from '../platform/errors.js';

/** A distribution's dated serial: `20261101`, or `20261101.2` for the second build of a day. */
export function isSerial(text: string): boolean {
  return /^\d{8}(\.\d{1,4})?$/.test(text);
}

/** Negative if `a` is older than `b`. */
export function compareSerials(a: string, b: string): number {
  const [dayA = 0, buildA = 0] = a.split('.').map(Number);
  const [dayB = 0, buildB = 0] = b.split('.').map(Number);
  return dayA - dayB || buildA - buildB;
}

/** Midnight UTC of the serial's day, in milliseconds since the epoch. */
export function dayOfSerial(serial: string): number {
  return Date.UTC(Number(serial.slice(0, 4)), Number(serial.slice(4, 6)) - 1, Number(serial.slice(6, 8)));
}

/** The serial of an image that is built at this time. */
export function serialOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10).replaceAll('-', '');
}

export interface DowngradeRequest {
  readonly reference: string;
  readonly serial: string;
  readonly newestSerial?: string;
  readonly allowDowngrade: boolean;
}

/** @throws Failure if the base is older than the newest published version's, unless that is allowed */
export function assertNoDowngrade(request: DowngradeRequest): void {
  const { reference, serial, newestSerial } = request;
  if (newestSerial === undefined || request.allowDowngrade || compareSerials(serial, newestSerial) >= 0) return;
  throw new Failure(
    `base ${reference}: serial ${serial} is older than ${newestSerial} of the newest published version`,
    { fix: 'check the mirror, which may be outdated or hostile, or set allow-downgrade: true if this is intended' },
  );
}
