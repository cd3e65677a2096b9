import { beforeEach, describe, expect, test } from '@jest/globals';
import { assertSameFingerprint, tryGetRequestedVersion } from '../../../../src/app/build/choose-version.js';
import { readBuildInputs } from '../../../../src/inputs/build-inputs.js';
import { silentLog } from '../../../../src/platform/progress/log.js';
import { changeChannels } from '../../../../src/store/change-channels.js';
import { claimVersion } from '../../../../src/store/claim-version.js';
import type { ObjectStore } from '../../../../src/objects/object-store.js';
import type { StoredVersion } from '../../../../src/store/read-versions.js';
import { abandonVersions } from '../../../../src/store/index/store-index.js';
import { changeIndex, image, publishTestVersion } from '../../../fixtures/host-versions.js';
import { createMemoryStore } from '../../../fixtures/memory-store.js';
import { createTestClock } from '../../../fixtures/test-clock.js';

const builder = { tool: 't', run: 'https://github.com/o/r/actions/runs/5/attempts/2' };
const clock = createTestClock();
let store: ObjectStore;

beforeEach(async () => {
  store = createMemoryStore();
  for (let version = 1; version <= 2; version += 1) await publishTestVersion(store);
});

const lines: string[] = [];

async function request(given: Readonly<Record<string, string>>, tag?: string): Promise<StoredVersion | undefined> {
  const { publish } = readBuildInputs(
    (name) => ({ store: '/s', ...given })[name] ?? '',
    { cache: '/c', work: '/w' },
    tag,
  );
  lines.length = 0;
  return tryGetRequestedVersion(publish, { store, builder, log: { ...silentLog, info: (line) => lines.push(line) } });
}

describe('the requested version', () => {
  test('is none, free, or published', async () => {
    expect(await request({})).toBeUndefined();
    expect(lines).toEqual([]);
    expect(await request({}, 'ubuntu-base.3')).toBeUndefined();
    expect(lines).toEqual(['Requested version: ubuntu-base.3, from tag ubuntu-base.3']);
    expect((await request({ version: '2' }))?.manifest.version).toBe(2);
    expect(lines).toEqual(['Requested version: ubuntu-base.2']);
    expect(await request({ version: '2', 'dry-run': 'true' })).toBeUndefined();
  });

  test('is rejected before any work if it is claimed by another run, retired, abandoned or revoked', async () => {
    await claimVersion(
      { image, owner: 'other', version: 7, builder: { tool: 't', run: 'another' } },
      { store, clock, log: silentLog },
    );
    await expect(request({}, 'ubuntu-base.7')).rejects.toThrow(
      'version 7 of ubuntu-base is taken by the claim of another',
    );
    await changeIndex(store, (index) => ({ ...index, live: index.live.slice(1) }));
    await expect(request({}, 'ubuntu-base.1')).rejects.toThrow(
      'version 1 of ubuntu-base is taken: memory://store/snapshots/ubuntu-base.1.',
    );
    await changeIndex(store, (index) => abandonVersions(index, [8]));
    await expect(request({}, 'ubuntu-base.8')).rejects.toThrow('version 8 of ubuntu-base was abandoned');
    await publishTestVersion(store);
    await changeChannels(
      { image, owner: 'o', operation: { operation: 'revoke', which: { version: 2 }, reason: 'CVE-2026-1' } },
      { store, clock },
    );
    await expect(request({}, 'ubuntu-base.2')).rejects.toThrow(
      'version 2 of ubuntu-base is published and revoked: CVE-2026-1',
    );
  });

  test('is available if an earlier attempt of the same run claimed it', async () => {
    await claimVersion(
      {
        image,
        owner: 'other',
        version: 7,
        builder: { tool: 't', run: 'https://github.com/o/r/actions/runs/5/attempts/1' },
      },
      { store, clock, log: silentLog },
    );
    expect(await request({}, 'ubuntu-base.7')).toBeUndefined();
  });
});

test('a published version must have the same content', async () => {
  const published = (await request({ version: '1' }))!;
  expect(() => assertSameFingerprint(published, published.manifest.fingerprint, '')).not.toThrow();
  expect(() => assertSameFingerprint(published, '0'.repeat(64), 'upgrade none → all')).toThrow(
    expect.objectContaining({
      message: 'version 1 of ubuntu-base is already published, with different content',
      evidence: ['changed since then: upgrade none → all'],
      fix: expect.stringContaining('publish a different one'),
    }),
  );
});
