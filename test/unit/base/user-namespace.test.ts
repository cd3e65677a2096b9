import { describe, expect, test } from '@jest/globals';
import { createRecipe } from '../../../src/base/bootstrap-recipe.js';
import { createBootstrapImage } from '../../../src/base/create-bootstrap.js';
import { asRoot, tryNamespaceFailure } from '../../../src/base/user-namespace.js';
import { ToolError } from '../../../src/platform/errors.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import type { Processes } from '../../../src/platform/process/processes.js';

test('a command as root finds the programs in sbin and keeps its variables', () => {
  const { argv, env } = asRoot(['mke2fs', 'x'], { E2FSPROGS_FAKE_TIME: '1' });
  expect(argv.slice(-2)).toEqual(['mke2fs', 'x']);
  expect(env).toEqual({ PATH: expect.stringContaining('/usr/sbin') as unknown, E2FSPROGS_FAKE_TIME: '1' });
});

describe('tryNamespaceFailure', () => {
  const error = (line: string): ToolError => new ToolError('unshare failed', ['unshare'], 1, { evidence: [line] });

  test.each([
    ['unshare: no line matching user "runner" in /etc/subuid: Success', /no subordinate uids/, /--add-subuids/],
    ['unshare: failed to execute newuidmap: No such file or directory', /no subordinate uids/, /uidmap/],
    [
      'unshare: unshare failed: Operation not permitted',
      /may not create a user namespace/,
      /apparmor_restrict_unprivileged_userns=0/,
    ],
  ])('%s', (line, message, fix) => {
    const failure = tryNamespaceFailure(error(line));
    expect(failure?.message).toMatch(message);
    expect(failure?.fix).toMatch(fix);
  });

  test('is undefined for other causes', () => {
    expect(tryNamespaceFailure(error('E: apt-get update failed'))).toBeUndefined();
  });
});

test('a missing program is reported with its package before anything is created', async () => {
  const refuse = async (): Promise<never> => Promise.reject(new Error('nothing may be started'));
  const tryFind = async (program: string): Promise<string | undefined> =>
    Promise.resolve(program === 'mkfs.vfat' ? undefined : `/usr/bin/${program}`);
  const processes: Processes = { run: refuse, start: refuse, stream: refuse, tryFind };
  await expect(
    createBootstrapImage(
      { recipe: createRecipe('bookworm'), directory: '/nowhere', time: 0 },
      { processes, log: silentLog },
    ),
  ).rejects.toMatchObject({
    message: 'mkfs.vfat is not installed',
    fix: 'sudo apt-get install --no-install-recommends dosfstools',
  });
});
