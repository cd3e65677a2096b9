import { describe, expect, test } from '@jest/globals';
import { emptyProbe, readProbeLines, type ProbeState } from '../../../src/smoke/probe-state.js';

const block = (kind: string, fields: readonly (readonly [string, string])[]): string[] => [
  `@@ch-golden begin ${kind}`,
  ...fields.map(([key, value]) => JSON.stringify({ [key]: value })),
  `@@ch-golden end ${kind}`,
];
const read = (lines: readonly string[], state: ProbeState = emptyProbe): ProbeState =>
  readProbeLines(state, lines, 1000);

const statusFields = [
  ['LoadState', 'loaded'],
  ['UnitFileState', 'enabled'],
  ['ActiveState', 'activating'],
  ['SubState', 'auto-restart'],
  ['Result', 'exit-code'],
  ['ExecMainCode', '1'],
  ['ExecMainStatus', '203'],
  ['NRestarts', '4'],
  ['ControlGroup', ''],
  ['listen', '00000000:08E8 100'],
  ['listen', '0100007F:0035 101'],
  ['listen', '00000000000000000000000000000000:0016 102'],
  ['listen', '00000000000000000000000001000000:1F90 103'],
  ['listen', 'B80D01200000000000000000010000FF:0050 104'],
  ['socket', '100'],
  ['socket', '103'],
  ['journal', 'Permission denied'],
  ['journal', 'a "quoted" \\ line'],
] as const;
const identityFields = [
  ['machine-id', '0123456789abcdef0123456789abcdef'],
  ['boot-id', '01234567-89ab-cdef-0123-456789abcdef'],
  ['hostname', 'smoke-1'],
  ['sandbox-id', 'smoke-1'],
  ['kernel', '6.8.0-90-generic'],
  ['host-key', 'SHA256:abc'],
  ['host-key', 'SHA256:def'],
  ['address', '10.0.2.15/24'],
  ['cloud-init', '{  "v1": {   "datasource": "DataSourceNoCloud",   "errors": []  } }'],
  ['UserspaceTimestampMonotonic', '15219000'],
  ['initramfs-seconds', '1.234567'],
  ['answered-ticks', '1951'],
  ['ActiveEnterTimestampMonotonic', '18000400'],
  ['FinishTimestampMonotonic', '0'],
  ['slow-unit', '1min 2.345s cloud-init.service'],
  ['slow-unit', 'nonsense'],
  ['slow-unit', '345ms ssh.service'],
  ['slow-unit', '12ms late.service'],
  ['slow-unit-start', '16000000'],
  ['slow-unit-start', '1'],
  ['slow-unit-start', '0'],
] as const;

describe('readProbeLines', () => {
  test('reads a status: the state of the unit, the listening sockets and whose they are', () => {
    expect(read(block('status', statusFields)).statuses).toEqual([
      {
        loadState: 'loaded',
        unitFileState: 'enabled',
        activeState: 'activating',
        subState: 'auto-restart',
        result: 'exit-code',
        execMainCode: 1,
        execMainStatus: 203,
        restarts: 4,
        listeners: [
          { address: '0.0.0.0', port: 2280, ofDaemon: true },
          { address: '127.0.0.1', port: 53, ofDaemon: false },
          { address: '[::]', port: 22, ofDaemon: false },
          { address: '[::1]', port: 8080, ofDaemon: true },
          { address: '[20010db80000000000000000ff000001]', port: 80, ofDaemon: false },
        ],
        journal: ['Permission denied', 'a "quoted" \\ line'],
      },
    ]);
  });

  test('reads an identity', () => {
    expect(read(block('identity', identityFields)).identity).toEqual({
      machineId: '0123456789abcdef0123456789abcdef',
      bootId: '01234567-89ab-cdef-0123-456789abcdef',
      hostname: 'smoke-1',
      sandboxId: 'smoke-1',
      kernel: '6.8.0-90-generic',
      hostKeys: ['SHA256:abc', 'SHA256:def'],
      duids: [],
      addresses: ['10.0.2.15/24'],
      failedUnits: [],
      cloudInit: 'done',
      marks: { initramfsMs: 1235, userspaceMs: 15_219, daemonMs: 18_000, answeredMs: 19_510 },
      slowestUnits: [
        { unit: 'cloud-init.service', milliseconds: 62_345, startMs: 16_000 },
        { unit: 'ssh.service', milliseconds: 345 },
        { unit: 'late.service', milliseconds: 12 },
      ],
    });
  });

  test("tells cloud-init's errors, also where the text was cut", () => {
    const fields = identityFields.map(
      ([key, value]) => [key, key === 'cloud-init' ? '{ "v1": { "errors": [ "(\'locale\', Proc' : value] as const,
    );
    expect(read(block('identity', fields)).identity?.cloudInit).toContain('locale');
  });

  test('reads content, kill and restart, with the times of the host', () => {
    const digest = 'a'.repeat(64);
    const state = [
      block('content', [['chunk', `7 ${digest}`]]),
      block('killed', [['pid', '1']]),
      block('restarted', [['pid', '2']]),
    ].reduce((before, lines, index) => readProbeLines(before, lines, index), emptyProbe);
    expect(state).toMatchObject({ content: new Map([[7, digest]]), killedAt: 1, restartedAt: 2 });
  });

  test('reads a block that comes line by line, after a prompt without an end, among lines of others', () => {
    const lines = [
      'Debian GNU/Linux 12 smoke-1 hvc0',
      'smoke-1 login: @@ch-golden begin killed',
      '{"pid":"1"}',
      '@@ch-golden end killed',
      '{"not":"ours"}',
      'x',
    ];
    const state = lines.reduce((before, line) => read([line], before), emptyProbe);
    expect(state).toEqual({ statuses: [], killedAt: 1000, pending: [] });
  });

  test('keeps the last four statuses', () => {
    const state = Array.from({ length: 9 }, (_, index) => block('status', [['NRestarts', String(index)]])).reduce(
      (before, lines) => read(lines, before),
      emptyProbe,
    );
    expect(state.statuses.map(({ restarts }) => restarts)).toEqual([5, 6, 7, 8]);
  });

  test.each([
    ['a line that is no JSON', ['@@ch-golden begin status', 'SubState running', '@@ch-golden end status']],
    ['a record of two keys', ['@@ch-golden begin status', '{"a":"b","c":"d"}', '@@ch-golden end status']],
    ['a record of none', ['@@ch-golden begin status', '{}', '@@ch-golden end status']],
    ['a value that is no string', ['@@ch-golden begin status', '{"a":{"b":1}}', '@@ch-golden end status']],
    ['an array', ['@@ch-golden begin status', '["a","b"]', '@@ch-golden end status']],
    ['null', ['@@ch-golden begin status', 'null', '@@ch-golden end status']],
    ['an end of another kind', ['@@ch-golden begin status', '@@ch-golden end identity']],
    ['an unknown block', ['@@ch-golden begin surprise', '@@ch-golden end surprise']],
    ['a socket that is none', block('status', [['listen', '0100007F:GGGG 1']])],
    ['a chunk that is none', block('content', [['chunk', '-1 abc']])],
    [
      'a machine-id that is none',
      block(
        'identity',
        identityFields.map(([key, value]) => [key, key === 'machine-id' ? 'uninitialized' : value]),
      ),
    ],
    [
      'no host name',
      block(
        'identity',
        identityFields.filter(([key]) => key !== 'hostname'),
      ),
    ],
  ])('refuses %s', (_, lines) => expect(() => read(lines)).toThrow(expect.objectContaining({ name: 'Failure' })));

  test('control characters of a guest do not reach a log', () => {
    const {
      statuses: [status],
    } = read(block('status', [['journal', 'a\u001b[31m red\n::error::forged\u0007\u009b1m']]));
    expect(status?.journal).toEqual(['a red ::error::forged1m']);
  });

  test('a prototype key is only a key', () => {
    expect(read(['@@ch-golden begin status', '{"__proto__":"x"}', '@@ch-golden end status']).statuses).toHaveLength(1);
  });

  test('a new beginning drops a block that was torn', () => {
    expect(read(['@@ch-golden begin status', '{"torn', ...block('killed', [])]).killedAt).toBe(1000);
  });

  test('a block without an end is not kept for ever', () => {
    const flood = Array.from({ length: 200_001 }, () => '{"a":"b"}');
    expect(() => read(['@@ch-golden begin content', ...flood])).toThrow('more than 200000 lines');
  });
});
