import { describe, expect, test } from '@jest/globals';
import { toOutputs } from '../../../../src/app/build/outputs.js';
import { toFailureReport, toRunReport, tryGetLocalPath } from '../../../../src/app/build/run-report.js';
import { CancelledError, Failure } from '../../../../src/platform/errors.js';
import type { Manifest } from '../../../../src/store/documents/manifest.js';
import type { VersionFacts } from '../../../../src/store/documents/version-facts.js';
import type { StepRow } from '../../../../src/platform/progress/steps.js';

const timeline: readonly StepRow[] = [
  { title: 'Build daemon', outcome: 'done', startMs: 0, durationMs: 10 },
  { title: 'Smoke test', outcome: 'failed', startMs: 10, durationMs: 20 },
];

describe('a failure', () => {
  test('names the step, the reason, the fix and the lines that show it', () => {
    expect(
      toFailureReport(
        new Failure('the daemon answers 500', { fix: 'fix the daemon', evidence: ['HTTP/1.1 500'] }),
        'ubuntu-base',
        timeline,
      ),
    ).toEqual({
      schema: 1,
      outcome: 'failed',
      image: 'ubuntu-base',
      reason: 'Smoke test: the daemon answers 500',
      timeline,
      failure: { message: 'the daemon answers 500', fix: 'fix the daemon', evidence: ['HTTP/1.1 500'] },
    });
  });
  test('may be any thrown value', () => {
    expect(toFailureReport('odd', 'ubuntu-base', [])).toMatchObject({
      outcome: 'failed',
      reason: 'odd',
      failure: { message: 'odd', evidence: [] },
    });
  });
  test('is absent if the run was cancelled', () => {
    expect(toFailureReport(new CancelledError('cancelled by SIGTERM'), 'ubuntu-base', [])).toMatchObject({
      outcome: 'cancelled',
      reason: 'cancelled by SIGTERM',
    });
  });
});

describe('outputs', () => {
  const report = {
    schema: 1,
    outcome: 'published',
    image: 'ubuntu-base',
    version: 2,
    reason: 'published',
    timeline,
  } as const;
  test('have URIs, and paths if the store is on this machine', () => {
    expect(toOutputs({ ...report, files: { image: 'file:///s/a%20b.qcow2', kernel: 's3://bucket/vmlinuz' } })).toEqual({
      unchanged: 'false',
      reason: 'published',
      'image-uri': 'file:///s/a%20b.qcow2',
      'kernel-uri': 's3://bucket/vmlinuz',
      'image-path': '/s/a b.qcow2',
    });
  });
  test('prefer the files on the runner', () => {
    expect(
      toOutputs({
        ...report,
        files: { image: 'file:///s/x.qcow2' },
        kept: { image: '/out/x.qcow2', kernel: '/out/k' },
      }),
    ).toMatchObject({
      'image-path': '/out/x.qcow2',
      'kernel-path': '/out/k',
    });
  });
});

test('a dry run reports where it saved the files', () => {
  const kept = { image: '/out/x.qcow2', kernel: '/out/k', initramfs: '/out/i' };
  const report = toRunReport(
    { kind: 'proven', facts: { smoke: null } as VersionFacts, saved: kept },
    'ubuntu-base',
    [],
  );
  expect(toOutputs(report)).toEqual({
    unchanged: 'false',
    reason: 'Built ubuntu-base; nothing published (dry run)',
    'image-path': '/out/x.qcow2',
    'kernel-path': '/out/k',
    'initramfs-path': '/out/i',
  });
});

test('only file URIs have a local path', () => {
  expect([tryGetLocalPath('file:///a%20b'), tryGetLocalPath('s3://bucket/a'), tryGetLocalPath('')]).toEqual([
    '/a b',
    undefined,
    undefined,
  ]);
});

test('an unchanged build reports why', () => {
  const same = { manifest: { version: 7 } as Manifest, manifestSha256: 'cd'.repeat(32) };
  const uris = { image: 's3://b/i', kernel: 's3://b/k', initramfs: 's3://b/r', manifest: 's3://b/m' };
  const reasonOf = (isRequested: boolean, why: string): string =>
    toRunReport({ kind: 'unchanged', same, uris, isRequested, why, saved: undefined }, 'ubuntu-base', []).reason;
  expect(reasonOf(false, 'has the same base, daemon and settings')).toBe(
    'Nothing changed: ubuntu-base.7 has the same base, daemon and settings',
  );
  expect(reasonOf(true, 'is already published')).toBe('ubuntu-base.7 is already published');
  const published = { version: 7, files: [], kernel: { version: '6.8' } } as unknown as Manifest;
  expect(
    toOutputs(
      toRunReport(
        {
          kind: 'unchanged',
          same: { ...same, manifest: published },
          uris,
          isRequested: false,
          why: 'is',
          saved: undefined,
        },
        'ubuntu-base',
        [],
      ),
    ),
  ).toMatchObject({ version: '7', 'image-uri': 's3://b/i', 'manifest-uri': 's3://b/m' });
});
