import { beforeEach, expect, test } from '@jest/globals';
import type { BuildPorts } from '../../../../src/app/build/build-steps.js';
import { recordCheck } from '../../../../src/app/build/record-check.js';
import { Failure } from '../../../../src/platform/errors.js';
import { sha256Of } from '../../../../src/platform/fs/files.js';
import { createSteps } from '../../../../src/platform/progress/steps.js';
import type { Manifest } from '../../../../src/store/documents/manifest.js';
import type { ObjectStore } from '../../../../src/objects/object-store.js';
import { addVersion } from '../../../../src/store/index/store-index.js';
import { updateIndex } from '../../../../src/store/index/update-index.js';
import { createMemoryState, createMemoryStore, type MemoryState } from '../../../fixtures/memory-store.js';
import { assertSignedBy, createTestSigner } from '../../../fixtures/signer.js';
import { createTestClock } from '../../../fixtures/test-clock.js';
import { watchStore } from '../../../fixtures/watched-store.js';

const day = 24 * 3600 * 1000;
const [indexKey, heartbeatKey] = ['snapshots/a.index.json', 'snapshots/a.heartbeat.json'];
const signer = createTestSigner();
const stored = { manifest: { image: 'a', version: 1 } as Manifest, manifestSha256: sha256Of('1') };

let state: MemoryState;
let clock: ReturnType<typeof createTestClock>;
let warnings: string[];
beforeEach(async () => {
  state = createMemoryState();
  clock = createTestClock();
  warnings = [];
  const change = (index: Parameters<typeof addVersion>[0]): ReturnType<typeof addVersion> =>
    addVersion(index, { version: 1, manifestSha256: sha256Of('1') });
  await updateIndex({ image: 'a', owner: 'publisher', change }, { store: createMemoryStore(state), clock, signer });
});

async function check(dryRun = false, store: ObjectStore = createMemoryStore(state)): Promise<void> {
  const quiet = (): void => undefined;
  const view = {
    started: quiet,
    info: quiet,
    detail: quiet,
    progress: quiet,
    finished: quiet,
    close: quiet,
    warn: (_: string, line: string) => void warnings.push(line),
  };
  const ports: Pick<BuildPorts, 'steps' | 'clock' | 'owner' | 'signer'> = {
    steps: createSteps(view, clock),
    clock,
    owner: 'checker',
    signer,
  };
  await recordCheck(stored, { dryRun }, { ...ports, store });
}

test('an unchanged build signs the heartbeat, and the index once half of its validity has passed', async () => {
  const before = state.objects.get(indexKey);
  await check();
  assertSignedBy(signer, 'heartbeat', state.objects.get(heartbeatKey));
  expect(state.objects.get(indexKey)).toBe(before);
  clock.advance(16 * day);
  await check();
  expect(state.objects.get(indexKey)).not.toEqual(before);
  assertSignedBy(signer, 'index', state.objects.get(indexKey));
  assertSignedBy(signer, 'heartbeat', state.objects.get(heartbeatKey));
  expect(JSON.parse(String(state.objects.get(heartbeatKey)))).toMatchObject({
    checked: new Date(clock.now()).toISOString(),
  });
  expect(warnings).toEqual([]);
});

test('a dry run signs nothing', async () => {
  clock.advance(20 * day);
  const before = new Map(state.objects);
  await check(true);
  expect(state.objects).toEqual(before);
});

test('an index that cannot be signed again is only a warning: the check is recorded', async () => {
  clock.advance(20 * day);
  await check(
    false,
    watchStore(createMemoryStore(state), async ({ method, key }, proceed) =>
      method === 'compareAndSwap' && key === indexKey
        ? Promise.reject(new Failure('s3:PutObject is denied'))
        : proceed(),
    ),
  );
  expect(warnings).toEqual([
    'Cannot renew the signature of the index, so hosts that require it reject the index once it expires: ' +
      's3:PutObject is denied',
  ]);
  expect(state.objects.has(heartbeatKey)).toBe(true);
});
