import { describe, expect, test } from '@jest/globals';
import { Failure } from '../../../src/platform/errors.js';
import { planDaemon } from '../../../src/image/daemon-edits.js';

function plan(environment: readonly string[]): ReturnType<typeof planDaemon> {
  return planDaemon({ binary: '/build/daemon', sha256: 'abc', environment });
}

function unitText(environment: readonly string[]): readonly string[] {
  const [, unit] = plan(environment);
  if (unit?.kind !== 'write' || !('text' in unit.content)) throw new TypeError('the second edit writes the unit');
  return unit.content.text.split('\n');
}

test('the daemon, its unit, and the link that enables it', () => {
  const [daemon, unit, enabled, ...rest] = plan([]);
  expect(daemon).toEqual({
    kind: 'write',
    path: '/usr/local/bin/daytona-daemon',
    content: { file: '/build/daemon', sha256: 'abc' },
    attributes: { mode: 0o755, uid: 0, gid: 0 },
  });
  expect(unit).toMatchObject({
    kind: 'write',
    path: '/etc/systemd/system/daytona-daemon.service',
    attributes: { mode: 0o644, uid: 0, gid: 0 },
  });
  expect(enabled).toEqual({ kind: 'enable-unit', unit: 'daytona-daemon.service', target: 'multi-user.target' });
  expect(rest).toEqual([]);
});

test('the unit has the lines of the guide', () => {
  const lines = unitText(['DAYTONA_SANDBOX_ID=%H']);
  for (const line of [
    'After=network.target',
    'ExecStart=/usr/local/bin/daytona-daemon',
    'Restart=always',
    'RestartSec=3',
    'User=root',
    'Group=root',
    'Environment=HOME=/root',
    'EnvironmentFile=-/etc/default/daytona-daemon',
    'WantedBy=multi-user.target',
  ])
    expect(lines).toContain(line);
});

describe('a daemon that starts early', () => {
  const early = (environment: readonly string[]): readonly string[] => {
    const [, unit] = planDaemon({ binary: '/build/daemon', sha256: 'abc', environment, early: true });
    if (unit?.kind !== 'write' || !('text' in unit.content)) throw new TypeError('the second edit writes the unit');
    return unit.content.text.split('\n');
  };

  test('waits for filesystems and an empty /tmp, and not for the network', () => {
    const lines = early([]);
    expect(lines.slice(0, lines.indexOf('[Service]'))).toEqual([
      '[Unit]',
      'Description=Daytona Daemon Service',
      'DefaultDependencies=no',
      'After=local-fs.target systemd-tmpfiles-setup.service',
      'Conflicts=shutdown.target',
      'Before=shutdown.target',
      '',
    ]);
  });

  test('has the service of the guide, and notes its start', () => {
    const noted = unitText(['DAYTONA_SANDBOX_ID=%H']).map((line) =>
      line.replace("printf '%%s\\\\n' ", `printf '%%s\\\\n' \\"# $(uname -n)\\" `),
    );
    expect(early(['DAYTONA_SANDBOX_ID=%H']).slice(7)).toEqual(noted.slice(4));
    const plain = early([]);
    expect(plain).toContain('ExecStartPre=:/bin/sh -c "printf \'%%s\\\\n\'  >/run/daytona-daemon.env"');
    expect(plain.filter((line) => !/^(ExecStartPre=|EnvironmentFile=-.run)/.test(line)).slice(7)).toEqual(
      unitText([]).slice(4),
    );
  });
});

test.each([
  ['A=', 'Environment="A="'],
  ['A=b c', 'Environment="A=b c"'],
  ['A="b" \\', 'Environment="A=\\"b\\" \\\\"'],
  ['A=$HOME `id` ü #;', 'Environment="A=$HOME `id` ü #;"'],
])('%j', (line, expected) => {
  expect(unitText([line])).toContain(expected);
});

test('the host name is that of the start, not that of the boot', () => {
  const lines = unitText(['A=1', 'DAYTONA_SANDBOX_ID=%H']);
  expect(lines.filter((line) => /^(Environment|Exec)/.test(line))).toEqual([
    'ExecStart=/usr/local/bin/daytona-daemon',
    'Environment=HOME=/root',
    'Environment="A=1"',
    "ExecStartPre=:/bin/sh -c \"printf '%%s\\\\n' 'DAYTONA_SANDBOX_ID=\\\"'\\\"$(uname -n)\\\"'\\\"' " +
      '>/run/daytona-daemon.env"',
    'EnvironmentFile=-/run/daytona-daemon.env',
    'EnvironmentFile=-/etc/default/daytona-daemon',
  ]);
});

test('a percent sign before H is none of a host name', () => {
  expect(unitText(['A=100%%H'])).toContain('Environment="A=100%%H"');
});

test.each(['A=b\nExecStartPre=/bin/evil', 'A=b\rX', 'A=\0', 'A', '=b', '1A=b', 'A B=c', 'A=\u001b[2J', ''])(
  '%j is refused',
  (line) => {
    expect(() => unitText([line])).toThrow(Failure);
  },
);
