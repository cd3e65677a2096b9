import { describe, expect, test } from '@jest/globals';
import { tryGetRequestedVersion } from '../../src/app/build/choose-version.js';
import { planChanges } from '../../src/app/build/plan-changes.js';
import { formatDifferences, toSettings, type BuildSettings } from '../../src/app/build/settings.js';
import { listAllSecrets } from '../../src/app/collect-failure.js';
import { readBuildInputs, type BuildInputs } from '../../src/inputs/build-inputs.js';
import { silentLog } from '../../src/platform/progress/log.js';
import { sha256Of } from '../../src/platform/fs/files.js';
import type { Manifest } from '../../src/store/documents/manifest.js';
import { createMemoryStore } from '../fixtures/memory-store.js';

type Given = Readonly<Record<string, string>>;

function inputsOf(given: Given, tag?: string): BuildInputs {
  const all: Given = { store: '/s', 'daemon-builder': 'prebuilt', 'daemon-binary': 'd', ...given };
  return readBuildInputs((name) => all[name] ?? '', { cache: '/c', work: '/w' }, tag);
}

describe('row 16: a tag that does not set the version', () => {
  async function logOf(given: Given, tag: string): Promise<readonly string[]> {
    const lines: string[] = [];
    const log = {
      ...silentLog,
      info: (line: string) => void lines.push(line),
      warn: (line: string) => void lines.push(`warning: ${line}`),
    };
    const { publish } = inputsOf(given, tag);
    await tryGetRequestedVersion(publish, { store: createMemoryStore(), builder: { tool: 't' }, log });
    return lines;
  }
  const expected = (image: string): string =>
    `a tag for image-name "${image}" is ${image}.N, with N from 1 to 999999999`;

  test.each([
    ['ubuntu-base.12', 'acme-image'],
    ['acme-image.x', 'acme-image'],
    ['acme-image.', 'acme-image'],
    ['acme-image.0', 'acme-image'],
    ['acme-image.01', 'acme-image'],
    ['acme-image.1234567890', 'acme-image'],
    ['acme-image.gpu.3', 'acme-image'],
  ])('%s for %s is a warning', async (tag, image) => {
    expect(await logOf({ 'image-name': image }, tag)).toEqual([
      `warning: Tag "${tag}" does not set the version: ${expected(image)}`,
    ]);
  });

  test.each(['v1.2.3', '1.2', 'release-2026', 'v7'])('%s is a notice', async (tag) => {
    expect(await logOf({}, tag)).toEqual([`Tag "${tag}" does not set the version: ${expected('ubuntu-base')}`]);
  });

  test('one that the input version overrides is a notice', async () => {
    expect(await logOf({ version: '9' }, 'ubuntu-base.7')).toEqual([
      'Tag "ubuntu-base.7" does not set the version: the input version is 9',
      'Requested version: ubuntu-base.9',
    ]);
  });

  test('a tag that sets the version is named', async () => {
    expect(await logOf({}, 'ubuntu-base.7')).toEqual(['Requested version: ubuntu-base.7, from tag ubuntu-base.7']);
  });
});

describe('row 20: the reason to rebuild names the setting and both values', () => {
  const here = import.meta.filename;
  const digest = expect.stringMatching(/^0644 0:0 sha256 [0-9a-f]{12}$/) as unknown as string;

  async function settingsOf(given: Given): Promise<BuildSettings> {
    const inputs = inputsOf(given);
    return toSettings(inputs, await planChanges(inputs.changes), listAllSecrets(inputs, { secrets: [] }));
  }

  const [base, daemon] = [{ sha256: sha256Of('base') }, { sha256: sha256Of('daemon') }];
  async function compare(before: Given, now: Given): Promise<string> {
    const manifest = { image: 'ubuntu-base', version: 1, base, daemon, settings: await settingsOf(before) };
    return formatDifferences(manifest as unknown as Manifest, { base, daemon, settings: await settingsOf(now) });
  }

  test.each<readonly [before: Given, now: Given, says: string | RegExp]>([
    [{}, { upgrade: 'security' }, 'upgrade none → security'],
    [{ upgrade: 'all' }, { upgrade: 'security' }, 'upgrade all → security'],
    [{}, { layout: 'layered' }, 'layout flattened → layered'],
    [{}, { compression: 'zstd' }, 'compression auto → zstd'],
    [{ 'disk-size': '20G' }, {}, 'disk-size 20 GiB → 10 GiB'],
    [{ packages: 'curl' }, { packages: 'curl htop' }, 'packages curl → curl htop'],
    [{ packages: 'curl' }, {}, 'packages curl → none'],
    [
      { packages: 'curl', snapshot: '2026-05-01' },
      { packages: 'curl', snapshot: '2026-06-01' },
      'snapshot 20260501T000000Z → 20260601T000000Z',
    ],
    [{}, { files: `${here}:/etc/a` }, 'files none → /etc/a'],
    [{ files: `${here}:/etc/a` }, { files: `${here}:/etc/b` }, 'files /etc/a → /etc/b'],
    [
      { files: `${here}:/etc/a` },
      { files: `${here}:/etc/a:0600` },
      /^files \/etc\/a 0644 0:0 sha256 (\w{12}) → 0600 0:0 sha256 \1$/,
    ],
    [{ 'daemon-env': 'MODE=a' }, { 'daemon-env': 'MODE=b' }, 'daemon-env MODE a → b'],
    [{ 'daemon-env': 'MODE=a' }, { 'daemon-env': 'OTHER=a' }, 'daemon-env MODE → OTHER'],
    [{ 'daemon-env': 'A=1' }, { 'daemon-env': 'A=1', 'daemon-port': '80' }, 'daemon-env A → A TOOLBOX_API_PORT'],
    [{}, { upgrade: 'all', layout: 'layered' }, 'layout flattened → layered, upgrade none → all'],
    [
      { packages: 'a1 b1 c1 d1 e1 f1 g1 h1 i1 j1 k1 l1 m1 n1 o1 p1 q1 r1 s1 t1 u1' },
      { packages: 'a1 b1 c1 d1 e1 f1 g1 h1 i1 j1 k1 l1 m1 n1 o1 p1 q1 r1 s1 t1 v1' },
      'packages +v1 -u1',
    ],
  ])('%j, then %j', async (before, now, says) => {
    const text = await compare(before, now);
    if (typeof says === 'string') expect(text).toBe(says);
    else expect(text).toMatch(says);
  });

  test('a script', async () => {
    const run = `${import.meta.dirname}/../../bin/ch-golden`;
    expect(await compare({}, { run })).toMatch(/^run none → ch-golden, sha256 [0-9a-f]{12}$/);
  });

  test('the base and the daemon', async () => {
    const settings = await settingsOf({});
    const manifest = { image: 'ubuntu-base', version: 1, base, daemon, settings } as unknown as Manifest;
    const [short, other] = [sha256Of('base').slice(0, 12), sha256Of('other').slice(0, 12)];
    expect(formatDifferences(manifest, { base: { sha256: sha256Of('other') }, daemon, settings })).toBe(
      `base sha256 ${short} → sha256 ${other}`,
    );
  });

  test('a secret is neither recorded nor named by its value', async () => {
    const [before, now] = [{ 'daemon-env': 'API_TOKEN=abc-one' }, { 'daemon-env': 'API_TOKEN=abc-two' }];
    expect(JSON.stringify(await settingsOf(before))).not.toContain('abc-one');
    expect(await compare(before, now)).toBe('the edits of every image, or the secret in daemon-env API_TOKEN');
  });

  test('a version of an earlier release has no record', () => {
    const manifest = { image: 'ubuntu-base', version: 1, base, daemon } as unknown as Manifest;
    expect(formatDifferences(manifest, { base, daemon, settings: {} })).toBe(
      'settings, which ubuntu-base.1 does not record',
    );
  });

  test('every setting of the plan is recorded', async () => {
    const given: Given = {
      packages: 'curl',
      upgrade: 'all',
      snapshot: '2026-05-01',
      files: `${here}:/etc/a`,
      'daemon-env': 'MODE=a',
    };
    expect(await settingsOf(given)).toEqual({
      layout: 'flattened',
      compression: 'auto',
      'disk-size': '10 GiB',
      'boot-profile': 'fast',
      upgrade: 'all',
      snapshot: '20260501T000000Z',
      packages: 'curl',
      files: '/etc/a',
      'files /etc/a': digest,
      run: '',
      'daemon-env': 'MODE',
      'daemon-env MODE': 'a',
    });
  });
});
