import { describe, expect, test } from '@jest/globals';
import { ToolError } from '../../../../src/platform/errors.js';
import type { Command, Processes } from '../../../../src/platform/process/processes.js';
import { asUser, parseUserName, parseUser, tryFindUser } from '../../../../src/platform/process/system-users.js';

describe('parseUser', () => {
  test('a line of passwd(5)', () => {
    expect(parseUser('ch-golden:x:998:997::/nonexistent:/usr/sbin/nologin\n', 'ch-golden')).toEqual({
      name: 'ch-golden',
      uid: 998,
      gid: 997,
    });
    expect(parseUser('big:*:4294967294:0:a name, with commas:/:\n', 'big')).toEqual({
      name: 'big',
      uid: 4294967294,
      gid: 0,
    });
  });

  test.each([
    ['another user', 'other:x:998:997::/:/bin/sh'],
    ['two lines', 'vm:x:998:997::/:/bin/sh\nvm:x:0:0::/:/bin/sh'],
    ['too few fields', 'vm:x:998:997::/'],
    ['too many fields', 'vm:x:998:997::/:/bin/sh:x'],
    ['an empty uid', 'vm:x::997::/:/bin/sh'],
    ['a uid that is -1', 'vm:x:4294967295:997::/:/bin/sh'],
    ['a uid that is negative', 'vm:x:-1:997::/:/bin/sh'],
    ['a uid in octal', 'vm:x:0998:997::/:/bin/sh'],
    ['a uid that is an option', 'vm:x:--clear-groups:997::/:/bin/sh'],
    ['a gid followed by text', 'vm:x:998:997 0::/:/bin/sh'],
    ['a line without a newline', `vm:x:998:997:${'x'.repeat(5000)}:/:/bin/sh`],
    ['nothing', ''],
  ])('%s is a failure', (_, text) =>
    expect(() => parseUser(text, 'vm')).toThrow('user "vm" cannot be looked up: getent printed "'),
  );
});

test.each(['', '0', '1000', '-x', 'a b', 'a:b', 'a/b', '../x', 'a\nb', 'ä', 'x'.repeat(33), '$(id)'])(
  '%j is not the name of a user',
  (name) => {
    expect(() => parseUserName(name)).toThrow('is invalid');
  },
);

test.each(['root', 'ch-golden', '_vm', 'a.b', 'A1'])('%s is the name of a user', (name) =>
  expect(parseUserName(name)).toBe(name),
);

test('a missing user is undefined, and other failures stay failures', async () => {
  const failing = (exitCode: number): { readonly processes: Processes } => ({
    processes: {
      run: async ({ argv }: Command) => Promise.reject(new ToolError('getent failed', argv, exitCode)),
    } as unknown as Processes,
  });
  expect(await tryFindUser('vm', failing(2))).toBeUndefined();
  await expect(tryFindUser('vm', failing(1))).rejects.toThrow('getent failed');
  await expect(tryFindUser('0', failing(2))).rejects.toThrow('user name "0" is invalid');
});

test('a command as a user has no privilege, and cannot gain any', () => {
  expect(asUser({ name: 'vm', uid: 998, gid: 997 })).toEqual([
    'setpriv',
    '--reuid=998',
    '--regid=997',
    '--init-groups',
    '--no-new-privs',
    '--inh-caps=-all',
    '--ambient-caps=-all',
    '--bounding-set=-all',
    '--reset-env',
    '--',
  ]);
});
