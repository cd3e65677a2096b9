import { describe, expect, test } from '@jest/globals';
import { assertAllDiffer, assertClone, type WarmClone } from '../../../../src/app/warm/compare-identities.js';
import { tryParseReport } from '../../../../src/app/warm/guest-report.js';
import type { IdentityRecord } from '../../../../src/vmm/identity-records.js';

/** The clone with this number, as it should be. */
function makeClone(number: number, changes: Readonly<Record<string, string>> = {}): WarmClone {
  const value = (key: string, usual: string): string => changes[key] ?? usual;
  const name = `warm-${number}`;
  const [machineId, bootId] = [value('machine-id', String(number).repeat(32)), value('boot-id', `boot-${number}`)];
  const macAddress = value('mac', `52:54:00:00:00:0${number}`);
  const steps = [
    { step: 'start' },
    { step: 'reseeded' },
    { step: 'names', hostname: name, machineId, bootId },
    { step: 'network', macAddress, address: `192.168.249.1${number}/24` },
    { step: 'ssh-keys', fingerprint: value('fingerprint', `SHA256:${number}`) },
    { step: 'daemon', sandboxId: value('sandbox-id', name) },
    { step: 'ready' },
    { step: 'cloud-init', status: value('status', 'done') },
    { step: 'done' },
  ] as const;
  const report = new Map([
    ['hostname', value('hostname', name)],
    ['machine-id', value('later machine-id', machineId)],
    ['boot-id', bootId],
    ['user-key', value('user-key', `key ${number}`)],
    ['failed-units', value('failed-units', '')],
  ] as const);
  const records = steps.map((one) => ({ uptimeSeconds: 1, ...one }) as IdentityRecord);
  return { name, macAddress: `52:54:00:00:00:0${number}`, userKey: `key ${number}`, sandboxId: name, records, report };
}

const failureOf = (check: () => void): string | undefined => {
  try {
    check();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

describe('a clone', () => {
  test('that is who it should be passes', () => {
    expect(failureOf(() => assertClone(makeClone(1)))).toBeUndefined();
  });

  test.each([
    [{ mac: '52:54:00:00:00:09' }, 'MAC address 52:54:00:00:00:09, expected 52:54:00:00:00:01'],
    [{ 'sandbox-id': 'other' }, 'sandbox ID other, expected warm-1'],
    [{ status: 'degraded' }, 'cloud-init status degraded, expected done'],
    [{ 'user-key': '' }, 'SSH key of the user daytona none, expected key 1'],
    [{ 'failed-units': 'a.service b.service' }, 'failed units a.service b.service, expected none'],
    [{ hostname: 'ubuntu' }, 'hostname ubuntu, expected warm-1'],
    [{ 'later machine-id': 'f' }, `machine-id f, expected ${'1'.repeat(32)}`],
  ])('%j is named', (changes, words) => {
    expect(failureOf(() => assertClone(makeClone(1, changes)))).toBe(`warm-1 has the ${words}`);
  });

  test('whose daemon started before the reseed is not itself', () => {
    const clone = makeClone(1);
    const [start, reseeded, ...rest] = clone.records;
    const words = failureOf(() => assertClone({ ...clone, records: [start!, ...rest, reseeded!] }));
    expect(words).toMatch(/^warm-1 acknowledged start → names → .* → done → reseeded, expected start → reseeded → /);
    expect(failureOf(() => assertClone({ ...clone, records: [] }))).toMatch(/^warm-1 acknowledged nothing, expected /);
  });

  test('may have a sandbox ID that its image sets', () => {
    const clone = { ...makeClone(1, { 'sandbox-id': 'fixed' }), sandboxId: undefined };
    const other = { ...makeClone(2, { 'sandbox-id': 'fixed' }), sandboxId: undefined };
    expect(failureOf(() => assertClone(clone))).toBeUndefined();
    expect(failureOf(() => assertAllDiffer([clone, other]))).toBeUndefined();
  });
});

describe('two clones', () => {
  const compare = (first: Readonly<Record<string, string>>, second = {}): string | undefined =>
    failureOf(() => assertAllDiffer([makeClone(1, first), makeClone(2, second)]));

  test('differ in everything', () => {
    expect(compare({})).toBeUndefined();
  });

  test.each([
    ['machine-id', 'machine-id'],
    ['fingerprint', 'SSH host key'],
    ['hostname', 'hostname'],
    ['boot-id', 'boot ID'],
    ['mac', 'MAC address'],
    ['sandbox-id', 'sandbox ID'],
  ])('do not share a %s', (key, what) => {
    expect(compare({ [key]: 'x' }, { [key]: 'x' })).toBe(
      `warm-2 has the ${what} of warm-1: x, expected a different one`,
    );
  });
});

describe('the report of a guest', () => {
  const lines = ['boot messages', 'ch-golden-warm hostname warm-1\r', 'ch-golden-warm failed-units  \r'];

  test('is complete with its last line', () => {
    expect(tryParseReport(lines.join('\n'))).toBeUndefined();
    expect(tryParseReport([...lines, 'ch-golden-warm end \r', 'ch-golden-warm user-key late'].join('\n'))).toEqual(
      new Map([
        ['hostname', 'warm-1'],
        ['failed-units', ''],
        ['end', ''],
      ]),
    );
  });

  test('takes the first value, and none that is unknown or too long', () => {
    const more = [
      'ch-golden-warm hostname other',
      'ch-golden-warm root x',
      `ch-golden-warm user-key ${'x'.repeat(513)}`,
    ];
    const report = tryParseReport([...lines, ...more, "say end ''", 'ch-golden-warm end '].join('\n'));
    expect([report?.get('hostname'), report?.size]).toEqual(['warm-1', 3]);
  });
});
