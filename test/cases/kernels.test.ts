import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { BaseImage } from '../../src/base/base-image.js';
import { getBootPair, listKernels } from '../../src/image/boot-files.js';
import { rootOwned, type Edit } from '../../src/image/plan.js';
import { assemble, planTestDaemon } from '../fixtures/assemble.js';
import { openFakeFiles } from '../fixtures/fake-filesystem.js';
import { createTestProcesses } from '../fixtures/ports.js';
import { kernelVersion, makeKernel, makeTestDirectory, type Tree } from '../fixtures/small-image.js';
import { guestFilesystem, makeCaseBase, oneDisk } from './guest.js';

/** `/boot` with these names in it. */
function boot(...names: readonly string[]): Tree {
  return Object.fromEntries(names.map((name) => [`boot/${name}`, name]));
}

function pair(version: string): readonly string[] {
  return [`vmlinuz-${version}`, `initrd.img-${version}`];
}

describe('row 30: backups are no kernels', () => {
  const version = '6.8.0-100-generic';
  test.each([
    '.bak',
    '.bak2',
    '.BAK',
    '.backup',
    '.old',
    '.old1',
    '.orig',
    '.save',
    '.copy',
    '.disabled',
    '.dpkg-old',
    '.dpkg-new',
    '.dpkg-bak',
    '.rpmsave',
    '.sig',
    '~',
    '.1',
    '.2026-01-01',
    '.mine',
  ])('V%s beside V', async (suffix) => {
    const files = openFakeFiles(boot(...pair(version), ...pair(`${version}${suffix}`)));
    expect((await getBootPair(files)).version).toBe(version);
    expect((await listKernels(files)).map((kernel) => kernel.version)).toEqual([version]);
  });

  test.each<readonly [what: string, names: readonly string[], booted: string]>([
    ['a newer release whose number starts with an older one', [...pair('6.1'), ...pair('6.1.5')], '6.1.5'],
    ['another flavour', [...pair('6.8.0-100-generic'), ...pair('6.8.0-101-lowlatency')], '6.8.0-101-lowlatency'],
    ['an architecture at the end of the only kernel', pair('6.5.6-300.fc39.x86_64'), '6.5.6-300.fc39.x86_64'],
    ['a release candidate, older than the release', [...pair('6.9.0'), ...pair('6.9.0~rc1')], '6.9.0'],
  ])('%s is a kernel', async (_, names, booted) => {
    expect((await getBootPair(openFakeFiles(boot(...names)))).version).toBe(booted);
  });

  test('a lone backup is not a kernel', async () => {
    await expect(getBootPair(openFakeFiles(boot(...pair('6.8.0.bak'))))).rejects.toThrow(
      /no kernel with an initramfs in \/boot \(found initrd.img-6.8.0.bak, vmlinuz-6.8.0.bak\)/,
    );
  });
});

/** Only root can mount. */
const drivers = process.getuid?.() === 0 ? (['inject', 'mount'] as const) : (['inject'] as const);

describe.each(drivers)('row 46: driver %s', (driver) => {
  const processes = createTestProcesses();
  let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
  let base: BaseImage;
  let daemon: readonly Edit[];
  beforeAll(async () => {
    directory = await makeTestDirectory('kernels');
    base = await makeCaseBase(
      directory.path,
      oneDisk(guestFilesystem({ 'boot/vmlinuz-6.8.0-101-generic': makeKernel(3) }), 16),
      processes,
    );
    daemon = await planTestDaemon(directory.path);
  });
  afterAll(async () => directory.remove());
  const writeKernel = (version: string): Edit => ({
    kind: 'write',
    path: `/boot/vmlinuz-${version}`,
    content: { text: 'x'.repeat(1000) },
    attributes: rootOwned(0o644),
  });

  test("boots the complete older pair if the base's newest kernel has no initramfs", async () => {
    const golden = await assemble(
      base,
      { directory: directory.path, name: 'older' },
      { edits: daemon, driver, compression: 'none' },
      processes,
    );
    expect(golden.kernel.version).toBe(kernelVersion);
  });

  test('rejects a kernel that this build installed without an initramfs', async () => {
    await expect(
      assemble(
        base,
        { directory: directory.path, name: 'bare' },
        { edits: [writeKernel('6.9.0'), ...daemon], driver, compression: 'none' },
        processes,
      ),
    ).rejects.toThrow(/^kernel 6.9.0, installed by this build, has no initramfs/);
  });

  test('does not take a backup that this build installed for a kernel', async () => {
    const golden = await assemble(
      base,
      { directory: directory.path, name: 'backup' },
      { edits: [writeKernel(`${kernelVersion}.bak`), ...daemon], driver, compression: 'none' },
      processes,
    );
    expect(golden.kernel.version).toBe(kernelVersion);
  });
});
