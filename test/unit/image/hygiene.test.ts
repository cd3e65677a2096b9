import { describe, expect, test } from '@jest/globals';
import { Failure } from '../../../src/platform/errors.js';
import { auditImage } from '../../../src/image/audit.js';
import { hygieneEdits } from '../../../src/image/hygiene.js';
import { identities } from '../../../src/image/identities.js';
import { resolveEdits } from '../../../src/image/resolve-edits.js';
import { openFakeFiles } from '../../fixtures/fake-filesystem.js';
import { guestTree, type Tree } from '../../fixtures/small-image.js';

/** A file that each pattern of the audit forbids. */
const forbidden = identities
  .filter(({ replacement }) => replacement === undefined)
  .map(({ pattern }) => pattern.replace('/**', '/deep/below').replaceAll('*', 'sample').slice(1));

/** The tree after the hygiene edits. */
async function clean(tree: Tree): Promise<Tree> {
  const left = new Map(Object.entries(tree));
  for (const operation of await resolveEdits(hygieneEdits, openFakeFiles(tree))) {
    const path = operation.path.slice(1);
    if (operation.kind === 'remove-file' || operation.kind === 'remove-directory') left.delete(path);
    else if (operation.kind === 'write' && 'text' in operation.content) left.set(path, operation.content.text);
    else if (operation.kind === 'make-directory') left.set(path, { directory: true });
  }
  return Object.fromEntries(left);
}

async function audit(tree: Tree): Promise<readonly string[]> {
  try {
    await auditImage(openFakeFiles(tree), { edits: [], forbiddenTexts: [] });
    return [];
  } catch (error) {
    if (error instanceof Failure) return error.evidence;
    throw error;
  }
}

describe('what the audit forbids, hygiene removes', () => {
  test.each(forbidden)('the audit finds %s in a dirty image', async (path) => {
    const findings = await audit({ [path]: 'x' });
    expect(
      findings.some((line) => line.startsWith(`/${path}: `) || `/${path}`.startsWith(`${line.split(': ')[0]!}/`)),
    ).toBe(true);
    expect(findings).toContain('/etc/machine-id: must exist and be empty: every VM would have the same machine id');
  });

  test.each(forbidden)('%s is gone', async (path) => {
    const cleaned = await clean({ [path]: 'x', 'etc/machine-id': 'x' });
    expect(Object.keys(cleaned)).not.toContain(path);
    expect(await audit(cleaned)).toEqual([]);
  });

  test.each(identities.filter(({ replacement }) => replacement !== undefined))(
    '$pattern is reset, and not made',
    async ({ pattern, replacement }) => {
      const path = pattern.slice(1);
      expect(await audit({ [path]: 'x', 'etc/machine-id': '' })).toEqual([expect.stringContaining(`${pattern}: `)]);
      const cleaned = await clean({ [path]: 'x', 'etc/machine-id': 'x' });
      expect(cleaned[path]).toBe(replacement);
      expect(await audit(cleaned)).toEqual([]);
      expect(Object.keys(await clean({ 'etc/machine-id': 'x' }))).toEqual(['etc/machine-id']);
    },
  );

  test('and all that a guest has', async () => {
    expect(await audit(guestTree)).not.toEqual([]);
    expect(await audit(await clean(guestTree))).toEqual([]);
  });
});

test('machine-id is emptied and made where it is missing, never removed', async () => {
  expect((await clean({ 'etc/machine-id': 'abc' }))['etc/machine-id']).toBe('');
  expect((await clean({ 'etc/hostname': 'x' }))['etc/machine-id']).toBe('');
  expect((await clean({ 'etc/machine-id': { link: '/var/x' } }))['etc/machine-id']).toBe('');
});

test('nothing else is touched', async () => {
  const kept: Tree = {
    'etc/ssh/sshd_config': 'x',
    'etc/netplan/01-mine.yaml': 'x',
    'var/lib/dpkg/status': 'x',
    'home/ubuntu/.profile': 'x',
    'root/.bashrc': 'x',
    'var/cache/apt/archives/lock': 'x',
  };
  expect(await clean({ ...kept, 'etc/machine-id': '' })).toEqual({ ...kept, 'etc/machine-id': '' });
});

test('what cloud-init is to run stays, what makes two VMs one goes', async () => {
  const given: Tree = { 'var/lib/cloud/scripts/per-boot/x.sh': 'x', 'etc/machine-id': '' };
  const cleaned = await clean({
    ...given,
    'var/lib/cloud/seed/nocloud/meta-data': 'instance-id: x',
    'var/lib/cloud/sem/config_ssh.once': 'x',
    'var/lib/cloud/instance': { link: 'instances/x' },
  });
  expect(cleaned).toEqual(given);
  expect(await audit(cleaned)).toEqual([]);
});

test('directories of logs and lists stay, since services do not make them again', async () => {
  const operations = await resolveEdits(
    hygieneEdits,
    openFakeFiles({ 'var/log/nginx/access.log': 'x', 'var/lib/apt/lists/partial/x': 'x' }),
  );
  expect(operations.filter(({ kind }) => kind === 'remove-directory')).toEqual([]);
});
