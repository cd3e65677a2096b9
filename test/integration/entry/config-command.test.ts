import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runConfigCommand } from '../../../src/entry/commands/config.js';
import type { ConfigCommand } from '../../../src/inputs/commands/config.js';

let root: string;
let command: ConfigCommand;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ch-golden-config-'));
  command = {
    group: 'config',
    rows: [
      { name: 'store', value: 's3://b/p', source: 'system', from: '/etc/ch-golden/config.toml' },
      { name: 'user', value: '', source: 'default' },
    ],
    files: [{ kind: 'user', path: '/home/me/.config/ch-golden/config.toml', exists: false }],
    unknownVariables: [{ name: 'CH_GOLDEN_STOER', meant: 'CH_GOLDEN_STORE' }, { name: 'CH_GOLDEN_X' }],
    root,
    command: undefined,
  } as ConfigCommand;
});
afterEach(async () => rm(root, { recursive: true }));

test('each setting with its source, files that do not exist, and variables that are no settings', async () => {
  const { text, json } = await runConfigCommand(command);
  expect(text).toBe(
    [
      'SETTING  VALUE     FROM',
      'store    s3://b/p  /etc/ch-golden/config.toml',
      'user     -         default',
      '/home/me/.config/ch-golden/config.toml does not exist',
      'CH_GOLDEN_STOER is not a setting: CH_GOLDEN_STORE?',
      'CH_GOLDEN_X is not a setting',
    ].join('\n'),
  );
  expect(json).toMatchObject({ settings: command.rows, files: command.files });
});

test("a host's own settings replace defaults only", async () => {
  await writeFile(join(root, 'host.json'), JSON.stringify({ schema: 1, vmUser: 'vms', report: true, warm: true }), {
    mode: 0o600,
  });
  const from = join(root, 'host.json');
  expect((await runConfigCommand(command)).json).toMatchObject({
    settings: [
      { name: 'store' },
      { name: 'user', value: 'vms', source: 'host', from },
      { name: 'report-host', value: 'true', source: 'host', from },
      { name: 'pull.warm', value: 'true', source: 'host', from },
    ],
  });
  const given = { name: 'user', value: 'root', source: 'environment', from: 'CH_GOLDEN_USER' } as const;
  expect((await runConfigCommand({ ...command, rows: [given], command: 'vm create' })).json).toMatchObject({
    settings: [given],
  });
  const unset = { name: 'warm', value: '', source: 'default' } as const;
  const warmOf = async (name: string): Promise<unknown> =>
    (await runConfigCommand({ ...command, rows: [unset], command: name })).json;
  expect(await warmOf('pull')).toMatchObject({ settings: [{ name: 'warm', value: 'true', from }] });
  expect(await warmOf('vm create')).toMatchObject({ settings: [unset] });
});

test('nothing is set', async () => {
  const { text } = await runConfigCommand({ ...command, rows: [], files: [], unknownVariables: [] });
  expect(text).toBe('no settings');
});
