import { beforeAll, describe, expect, test } from '@jest/globals';
import { renderTable } from '../../../src/report/render-table.js';
import {
  formatBuiltBy,
  formatFixes,
  noteVersions,
  versionColumns,
  type ListedVersion,
} from '../../../src/report/render-versions.js';
import type { Manifest } from '../../../src/store/documents/manifest.js';
import { makePublishedReport } from '../../fixtures/run-report.js';

let versions: readonly ListedVersion[];
let now: number;

beforeAll(async () => {
  const { manifest } = await makePublishedReport();
  now = Date.parse(manifest!.created) + 50 * 3_600_000;
  versions = [
    { version: 4, channels: ['latest', 'stable'], revoked: undefined, manifest: manifest! },
    { version: 3, channels: [], revoked: 'CVE-2026-1', manifest: { ...manifest!, changes: undefined } as never },
    { version: 2, channels: [], revoked: undefined, problem: 'its manifest is missing' },
  ];
});

describe('the table of versions', () => {
  test('has what people look for, one line for each version', () => {
    const [head, first, second, third] = renderTable(versionColumns('ubuntu-base', now), versions);
    expect(head).toMatch(/^VERSION +CHANNELS +CREATED +AGE +SIZE +DAEMON +KERNEL +BASE +FIXES +COMMIT +RUN$/);
    expect(first).toMatch(/^ubuntu-base\.4 +latest, stable +\d{4}-\d\d-\d\d +2d +582\.8 MiB +v1\.2\.3 .* 0 /);
    expect(second).toMatch(/^ubuntu-base\.3 +REVOKED .* - /);
    expect(third).toMatch(/^ubuntu-base\.2( +-)+$/);
  });

  test('fits the terminal: the last columns are left out', () => {
    for (const line of renderTable(versionColumns('ubuntu-base', now), versions, 60))
      expect(line.length).toBeLessThanOrEqual(60);
  });

  test('notes what is revoked or damaged', () => {
    expect(noteVersions(versions, 'ubuntu-base')).toEqual([
      'ubuntu-base.3 is revoked: CVE-2026-1',
      'ubuntu-base.2 is damaged: its manifest is missing',
    ]);
  });
});

describe('security fixes', () => {
  const count = (security: number, listed: number, all: number): string | undefined => {
    const first = Array.from({ length: listed }, (_, index) =>
      index < security ? { name: `p${index}`, security: true } : { name: `p${index}` },
    );
    return formatFixes({ changes: { packages: { first, added: 0, removed: 0, changed: all } } } as unknown as Manifest);
  };

  test.each([
    [0, 0, 0, '0'],
    [2, 5, 9, '2'],
    [5, 5, 5, '5'],
    // The manifest lists security updates first, and stopped at the fifth.
    [5, 5, 9, '5+'],
    [0, 0, 9, '0+'],
  ])('%j of %j listed of %j', (security, listed, all, text) => expect(count(security, listed, all)).toBe(text));

  test('of a first version', () => expect(formatFixes({})).toBeUndefined());
});

test.each([
  [{ tool: 'x' }, undefined],
  [{ tool: 'x', commit: 'a'.repeat(40) }, 'a'.repeat(12)],
  [
    { tool: 'x', commit: 'b'.repeat(40), repository: 'github.com/o/r', run: 'https://github.com/o/r/actions/runs/1' },
    `${'b'.repeat(12)} of github.com/o/r, https://github.com/o/r/actions/runs/1`,
  ],
])('who built it: %j', (builder, text) => expect(formatBuiltBy(builder)).toBe(text));
