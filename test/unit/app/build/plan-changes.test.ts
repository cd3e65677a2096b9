import { describe, expect, test } from '@jest/globals';
import { planChanges } from '../../../../src/app/build/plan-changes.js';
import { rootOwned, type Edit } from '../../../../src/image/plan.js';
import { UsageError } from '../../../../src/platform/errors.js';

/** The plan of one file, optionally with a script, which separates the file from the hygiene. */
async function plan(path: string, run?: string): Promise<readonly Edit[]> {
  const files = [{ source: import.meta.filename, path, attributes: rootOwned(0o644) }];
  return planChanges({ upgrade: 'none', packages: [], files, ...(run === undefined ? {} : { run }) });
}

describe('a destination that no image keeps is rejected, with or without a script', () => {
  test.each([
    ['/etc/netplan/50-cloud-init.yaml', 'remove /etc/netplan/50-cloud-init.yaml'],
    ['/tmp/x', 'remove /tmp/*'],
    ['/var/tmp/deep/x', 'remove /var/tmp/*'],
    ['/var/log/nginx/access.log', 'remove /var/log/**'],
    ['/etc/ssh/ssh_host_ed25519_key', 'remove /etc/ssh/ssh_host_*'],
    ['/home/ubuntu/.bash_history', 'remove /home/*/.bash_history'],
    ['/var/lib/cloud/seed/nocloud/user-data', 'remove /var/lib/cloud/seed'],
    ['/var/lib/cloud/instances/i-1/user-data.txt', 'remove /var/lib/cloud/instances'],
    ['/etc/machine-id', 'empty /etc/machine-id'],
    ['/usr/local/bin/daytona-daemon', 'write /usr/local/bin/daytona-daemon (0755)'],
  ])('%s', async (path, edit) => {
    for (const run of path.includes('/tmp/') ? [undefined] : [undefined, '/not-there']) {
      const error = await plan(path, run).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(UsageError);
      expect(error).toMatchObject({
        message: `files: ${import.meta.filename} cannot be copied to ${path}: every build does "${edit}" afterwards`,
        fix: expect.stringContaining('another destination') as unknown,
      });
    }
  });
});

test('files for a script may be in a directory for temporary files', async () => {
  for (const path of ['/tmp/x', '/var/tmp/deep/x'])
    await expect(plan(path, '/not-there')).rejects.toThrow('run: /not-there');
});

test.each([
  '/etc/netplan/60-mine.yaml',
  '/var/lib/cloud/scripts/per-boot/x.sh',
  '/etc/cloud/cloud.cfg.d/90-mine.cfg',
  '/etc/ssh/sshd_config',
  '/var/logs',
  '/tmpfile',
  '/home/.bash_history',
])('%s is kept', async (path) => {
  expect(await plan(path)).toMatchObject([{ kind: 'write', path }]);
});
