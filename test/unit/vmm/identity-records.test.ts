import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Failure } from '../../../src/platform/errors.js';
import {
  cloneSteps,
  createIdentityReader,
  parseIdentityRecord,
  renderIdentity,
  type IdentityRequest,
} from '../../../src/vmm/identity-records.js';

const request: IdentityRequest = {
  instanceId: 'vm-1',
  hostname: 'vm-1',
  macAddress: '52:54:00:00:00:0a',
  address: '192.168.249.2/24',
  gateway: '192.168.249.1',
  nameservers: ['1.1.1.1', '9.9.9.9'],
};

describe('renderIdentity', () => {
  test('has the lines in the order of the protocol', () => {
    expect(renderIdentity(request)).toBe(
      'protocol=1\ninstance-id=vm-1\nhostname=vm-1\nmac=52:54:00:00:00:0a\naddress=192.168.249.2/24\n' +
        'gateway=192.168.249.1\ndns=1.1.1.1,9.9.9.9\n',
    );
    expect(renderIdentity({ ...request, address: 'dhcp', gateway: undefined, nameservers: [] })).toBe(
      'protocol=1\ninstance-id=vm-1\nhostname=vm-1\nmac=52:54:00:00:00:0a\naddress=dhcp\n',
    );
  });

  test.each<[string, Partial<IdentityRequest>]>([
    ['instance-id', { instanceId: '' }],
    ['instance-id', { instanceId: '../x' }],
    ['hostname', { hostname: 'a'.repeat(64) }],
    ['hostname', { hostname: 'a\nmac=1' }],
    ['mac', { macAddress: '52:54:00:00:00:0A' }],
    ['address', { address: 'static' }],
    ['address', { address: '1.2.3.4' }],
    ['address', { address: '1.2.3.4/33' }],
    ['address', { address: '1.2.3.4/24/1' }],
    ['gateway', { gateway: '1.2.3' }],
    ['dns', { nameservers: ['1.1.1.1,2'] }],
    ['dns', { nameservers: Array.from({ length: 40 }, () => '1.1.1.1') }],
  ])('rejects an invalid %s: %j', (key, change) => {
    expect(() => renderIdentity({ ...request, ...change })).toThrow(`invalid ${key} `);
    expect(() => renderIdentity({ ...request, ...change })).toThrow(Failure);
  });

  test('whatever it accepts, the guest can split again', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('a', '1', '.', '-', '_', ':', '/', ',', '=', '\n', '\r', ' ') }),
    );
    fc.assert(
      fc.property(text, text, (hostname, instanceId) => {
        let rendered;
        try {
          rendered = renderIdentity({ ...request, hostname, instanceId });
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
          return;
        }
        expect(rendered.split('\n').slice(0, 3)).toEqual([
          'protocol=1',
          `instance-id=${instanceId}`,
          `hostname=${hostname}`,
        ]);
      }),
    );
  });
});

const machineId = '0123456789abcdef0123456789abcdef';
const bootId = '01234567-89ab-4def-8123-456789abcdef';
const fingerprint = `SHA256:${'aB3+/'.repeat(8)}abc`;
const templateReady =
  `ch-golden/1 template-ready 60.00 hostname=template machine-id=${machineId} boot-id=${bootId} ` +
  `fingerprint=${fingerprint}`;
const clone = [
  'start 12.30',
  'reseeded 12.31',
  `names 12.40 hostname=vm-1 machine-id=${machineId} boot-id=${bootId}`,
  'network 12.50 mac=52:54:00:00:00:0a address=192.168.249.2/24',
  `ssh-keys 12.60 fingerprint=${fingerprint}`,
  'daemon 12.70 sandbox-id=vm-1',
  'ready 12.71',
  'cloud-init 15.00 status=done',
  'done 15.01',
].map((record) => `ch-golden/1 ${record}`);

describe('parseIdentityRecord', () => {
  test('returns what each record says', () => {
    expect(clone.map(parseIdentityRecord)).toEqual([
      { step: 'start', uptimeSeconds: 12.3 },
      { step: 'reseeded', uptimeSeconds: 12.31 },
      { step: 'names', uptimeSeconds: 12.4, hostname: 'vm-1', machineId, bootId },
      { step: 'network', uptimeSeconds: 12.5, macAddress: '52:54:00:00:00:0a', address: '192.168.249.2/24' },
      { step: 'ssh-keys', uptimeSeconds: 12.6, fingerprint },
      { step: 'daemon', uptimeSeconds: 12.7, sandboxId: 'vm-1' },
      { step: 'ready', uptimeSeconds: 12.71 },
      { step: 'cloud-init', uptimeSeconds: 15, status: 'done' },
      { step: 'done', uptimeSeconds: 15.01 },
    ]);
    expect(parseIdentityRecord(templateReady)).toEqual({
      step: 'template-ready',
      ...{ uptimeSeconds: 60, hostname: 'template', machineId, bootId, fingerprint },
    });
    expect(parseIdentityRecord('ch-golden/1 failed 3.00 step=network reason=no-card')).toEqual({
      step: 'failed',
      uptimeSeconds: 3,
      failedStep: 'network',
      reason: 'no-card',
    });
  });

  test('an image without SSH server and a daemon without an ID leave their values out', () => {
    for (const line of ['ch-golden/1 ssh-keys 1.00', templateReady.replace(/ fingerprint=.*/, '')])
      expect(parseIdentityRecord(line)).toMatchObject({ fingerprint: undefined });
    expect(parseIdentityRecord('ch-golden/1 daemon 1.00')).toMatchObject({ sandboxId: undefined });
  });

  test('later versions may add keys', () => {
    expect(parseIdentityRecord('ch-golden/1 ready 1.00 load=0.5')).toEqual({ step: 'ready', uptimeSeconds: 1 });
  });

  test.each([
    '',
    'login:',
    ' ch-golden/1 start 1.00',
    'ch-golden/2 start 1.00',
    'ch-golden/1 resting 1.00',
    'ch-golden/1 ',
  ])('%j is no record', (line) => expect(parseIdentityRecord(line)).toBeUndefined());

  test.each([
    'start',
    'start 1',
    'start 1.000',
    'start -1.00',
    'start 1.00 ',
    'start 1.00 x',
    'start 1.00 a=1 a=1',
    'start 1.00 a=\u001b[31m',
    `start 1.00 a=${'x'.repeat(254)}`,
    `start 1.00 a=${'x'.repeat(250)} b=${'x'.repeat(250)} c=1`,
    `names 1.00 machine-id=${machineId} boot-id=${bootId}`,
    `names 1.00 hostname=a machine-id=${machineId.toUpperCase()} boot-id=${bootId}`,
    `names 1.00 hostname=a machine-id=${machineId} boot-id=${machineId}`,
    'template-ready 1.00',
    `template-ready 1.00 hostname=a machine-id=${machineId} boot-id=${bootId} fingerprint=`,
    'network 1.00 mac=52:54:00:00:00:0a address=dhcp',
    'network 1.00 address=1.2.3.4/24',
    'ssh-keys 1.00 fingerprint=MD5:00',
    'daemon 1.00 sandbox-id=a+b',
    'cloud-init 1.00',
    'cloud-init 1.00 status=perhaps',
    'failed 1.00 step=network',
    'failed 1.00 step=coffee reason=cold',
    'failed 1.00 step=network reason=No',
  ])('%j is invalid', (record) => {
    expect(() => parseIdentityRecord(`ch-golden/1 ${record}`)).toThrow('the guest wrote an invalid record: "ch-golden');
  });

  test('any text is a record, no record, or a Failure of one line', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.tuple(fc.constantFrom(...clone), fc.nat(120), fc.string()).map(([line, at, part]) => line.slice(0, at) + part),
    );
    fc.assert(
      fc.property(text, (line) => {
        try {
          parseIdentityRecord(line);
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
          expect((error as Failure).message).not.toMatch(/[\u0000-\u001f]/);
        }
      }),
    );
  });
});

describe('createIdentityReader', () => {
  const noise = '\r\nUbuntu 26.04 LTS vm hvc0\r\n\r\nvm login: \r\nch-golden/1 later 1.00\r\n';
  const whole = Buffer.from(noise + clone.join('\r\n\r\n') + `\n${noise}`);

  test('finds the records in whatever pieces they come', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length), { maxLength: 40 }), (cuts) => {
        const reader = createIdentityReader('clone');
        const edges = [0, ...cuts.sort((a, b) => a - b), whole.length];
        const records = edges.flatMap((edge, index) => [...reader.read(whole.subarray(edge, edges[index + 1]))]);
        expect(records).toEqual(clone.map(parseIdentityRecord));
      }),
    );
  });

  test('a line without its end is not read', () => {
    const reader = createIdentityReader('clone');
    expect(reader.read(Buffer.from('ch-golden/1 start 1.00'))).toEqual([]);
    expect(reader.read(Buffer.from('\n'))).toEqual([{ step: 'start', uptimeSeconds: 1 }]);
  });

  test.each(cloneSteps.flatMap((step, index) => cloneSteps.map((other, at) => [step, index, other, at] as const)))(
    'after the steps before %s (%i), %s is read only in its order',
    (_, index, other, at) => {
      const reader = createIdentityReader('clone');
      reader.read(
        Buffer.from(
          clone
            .slice(0, index)
            .map((line) => `${line}\n`)
            .join(''),
        ),
      );
      const read = (): unknown => reader.read(Buffer.from(`${clone[at]!}\n`));
      if (at === index) expect(read()).toEqual([parseIdentityRecord(clone[at]!)]);
      else expect(read).toThrow(`the guest wrote the record ${other} instead of ${cloneSteps[index]!}`);
    },
  );

  test('nothing follows a failure, the end, or the word of a template', () => {
    const failed = 'ch-golden/1 failed 1.00 step=start reason=x\n';
    const inClone = createIdentityReader('clone');
    expect(inClone.read(Buffer.from(`${failed}${clone[1]!}\n${failed}`))).toHaveLength(1);
    expect(inClone.read(Buffer.from(failed))).toEqual([]);
    const template = createIdentityReader('template');
    const ready = `${templateReady}\n`;
    expect(template.read(Buffer.from(`${ready}${ready}${clone[0]!}\n`))).toHaveLength(1);
    const ended = createIdentityReader('clone');
    expect(ended.read(Buffer.concat([whole, whole]))).toHaveLength(clone.length);
    expect(() => createIdentityReader('clone').read(Buffer.from(ready))).toThrow('template-ready instead of start');
    expect(() => createIdentityReader('template').read(Buffer.from(`${clone[0]!}\n`))).toThrow(
      'start instead of template-ready',
    );
  });

  test('a long line is dropped, unless it begins as a record', () => {
    const reader = createIdentityReader('clone');
    for (let count = 0; count < 100; count++) expect(reader.read(Buffer.alloc(65_536, 'x'))).toEqual([]);
    expect(reader.read(Buffer.from(`\n${clone[0]!}\n`))).toHaveLength(1);
    expect(() => reader.read(Buffer.from(`${clone[1]!} a=${'x'.repeat(600)}\n`))).toThrow('invalid record');
  });

  test('any bytes give records or a Failure', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        expect(createIdentityReader('clone').read(bytes)).toEqual([]);
      }),
    );
  });
});
