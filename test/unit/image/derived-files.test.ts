import { describe, expect, test } from '@jest/globals';
import { derivedMark, droppedModules, tryDerive } from '../../../src/image/derived-files.js';
import { resolveEdits } from '../../../src/image/resolve-edits.js';
import { rootOwned, type FileEdit } from '../../../src/image/plan.js';
import { openFakeFiles } from '../../fixtures/fake-filesystem.js';

function trim(config: string): string | undefined {
  return tryDerive('cloud-init-modules', config)?.replace(`${derivedMark}\n`, '');
}

function relax(fstab: string): string | undefined {
  return tryDerive('fstab-boot', fstab)?.replace(`${derivedMark}\n`, '');
}

describe('modules of cloud-init', () => {
  test('in both spellings, and in lists of every release', () => {
    expect(
      trim(
        '# comment\ncloud_init_modules:\n - migrator\n - seed_random # why\n\n  # more\n - ssh\n\n' +
          'cloud_config_modules:\n  - locale\n  - ubuntu-advantage\n' +
          'cloud_final_modules:\n- salt-minion\n- scripts_user\n\nsystem_info:\n  distro: debian\n',
      ),
    ).toBe(
      'cloud_init_modules:\n - seed_random\n - ssh\n' +
        'cloud_config_modules:\n - locale\n' +
        'cloud_final_modules:\n - scripts_user\n',
    );
  });

  test('a list without any of them is left out', () => {
    expect(trim('cloud_init_modules:\n - ssh\ncloud_final_modules:\n - puppet\n - final_message\n')).toBe(
      'cloud_final_modules:\n - final_message\n',
    );
    expect(trim('cloud_init_modules:\n - ssh\n')).toBeUndefined();
  });

  test.each([
    ['with arguments', 'cloud_final_modules:\n - [puppet, always]\n - chef\n'],
    ['in one line', 'cloud_final_modules: [puppet, chef, ssh]\n'],
    ['twice', 'cloud_final_modules:\n - puppet\n - ssh\ncloud_final_modules:\n - chef\n - ssh\n'],
    ['of nothing else', 'cloud_final_modules:\n - puppet\n'],
    ['not at all', ''],
    ['too long', `cloud_final_modules:\n - puppet\n - ssh\n${' - ssh\n'.repeat(50_000)}`],
  ])('a list %s stays', (_, config) => {
    expect(trim(config)).toBeUndefined();
  });

  test('what users of NoCloud need is not among them', () => {
    for (const module of [
      ...['users_groups', 'ssh', 'ssh_import_id', 'set_passwords', 'write_files', 'write_files_deferred', 'runcmd'],
      ...['bootcmd', 'scripts_user', 'package_update_upgrade_install', 'apt_configure', 'growpart', 'resizefs'],
      ...['set_hostname', 'update_hostname', 'update_etc_hosts', 'final_message', 'mounts', 'disk_setup', 'ca_certs'],
      ...['locale', 'timezone', 'ntp', 'phone_home', 'power_state_change', 'keys_to_console', 'snap'],
    ])
      expect(droppedModules).not.toContain(module);
  });
});

describe('fstab', () => {
  test('/boot and what is in it do not hold up the boot', () => {
    expect(
      relax(
        'LABEL=root\t/\text4\tdiscard 0 1\nLABEL=BOOT\t/boot\text4\tdefaults\t0 2\n' +
          'LABEL=UEFI /boot/efi vfat umask=0077 0 1\n# LABEL=x /boot ext4 defaults\n/dev/vdb /bootleg ext4 defaults\n',
      ),
    ).toBe(
      'LABEL=root\t/\text4\tdiscard 0 1\nLABEL=BOOT\t/boot\text4\tdefaults,nofail\t0 2\n' +
        'LABEL=UEFI /boot/efi vfat umask=0077,nofail 0 1\n# LABEL=x /boot ext4 defaults\n/dev/vdb /bootleg ext4 defaults\n',
    );
  });

  test.each(['', 'LABEL=root / ext4 defaults 0 1\n', 'LABEL=BOOT /boot ext4 nofail,ro 0 2\n', '/boot\n', '/x /boot\n'])(
    '%j stays',
    (fstab) => {
      expect(relax(fstab)).toBeUndefined();
    },
  );

  test('is changed once', () => {
    const derived = tryDerive('fstab-boot', 'LABEL=BOOT /boot ext4 defaults 0 2\n');
    expect(derived).toContain('nofail');
    expect(tryDerive('fstab-boot', derived ?? '')).toBeUndefined();
  });
});

describe('in a plan', () => {
  const edit: FileEdit = {
    kind: 'derive',
    path: '/etc/fstab',
    from: '/etc/fstab',
    rule: 'fstab-boot',
    attributes: rootOwned(0o644),
  };
  const tree = { 'etc/fstab': 'LABEL=BOOT /boot ext4 defaults 0 2\n' };

  test('the file is replaced', async () => {
    const operations = await resolveEdits([edit], openFakeFiles(tree));
    expect(operations.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'remove-file /etc/fstab',
      'write /etc/fstab',
    ]);
    expect(operations[1]).toMatchObject({ content: { text: expect.stringMatching(/,nofail 0 2\n$/) } });
  });

  test('a missing file, and one that the plan writes, stay', async () => {
    expect(await resolveEdits([edit], openFakeFiles({ etc: { directory: true } }))).toEqual([]);
    const mine: FileEdit = { kind: 'write', path: '/etc/fstab', content: { text: 'x' }, attributes: rootOwned(0o644) };
    expect((await resolveEdits([mine, edit], openFakeFiles(tree))).filter(({ kind }) => kind === 'write')).toHaveLength(
      1,
    );
  });
});
