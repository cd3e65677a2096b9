import { describe, expect, test } from '@jest/globals';
import { chooseDriver } from '../../../src/image/choose-driver.js';
import { hasSecurityArchive, parseNeededBytes } from '../../../src/apt/commands.js';
import { aptFailure } from '../../../src/apt/failure.js';
import { findObstacleToGrow } from '../../../src/image/grow-root.js';
import { splitPlan } from '../../../src/image/mount/mount-driver.js';
import { diskCauses, formatApt } from '../../../src/image/package-edits.js';
import { formatEdit, rootOwned, type Edit } from '../../../src/image/plan.js';
import { ToolError, UsageError } from '../../../src/platform/errors.js';

const write: Edit = { kind: 'write', path: '/etc/x', content: { text: '' }, attributes: rootOwned(0o644) };
const remove: Edit = { kind: 'remove', pattern: '/tmp/*' };
const install: Edit = { kind: 'install', packages: ['curl', 'g++'] };
const run: Edit = { kind: 'run', name: 'set-up.sh', script: { file: '/home/me/set-up.sh', sha256: 'a'.repeat(64) } };

describe('a driver', () => {
  test.each([
    ['auto', [write], undefined, 'inject', 'the plan only changes files'],
    ['auto', [write], 'root', 'inject', 'the plan only changes files'],
    ['auto', [write, install], 'root', 'mount', 'the plan has to install curl g++'],
    ['auto', [write, install], 'sudo', 'mount', 'the plan has to install curl g++, through sudo'],
    ['mount', [write], 'root', 'mount', 'requested'],
    ['mount', [write], 'sudo', 'mount', 'requested, through sudo'],
    ['inject', [write], 'sudo', 'inject', 'requested'],
    ['libguestfs', [write], undefined, 'libguestfs', 'requested'],
    [
      'auto',
      [write, install],
      undefined,
      'libguestfs',
      'the plan has to install curl g++, and this user cannot become root',
    ],
  ] as const)('%s, for %j, root by %s', (requested, edits, privilegeMethod, driver, reason) => {
    expect(chooseDriver({ requested, edits }, { privilegeMethod, hasLibguestfs: true })).toEqual({ driver, reason });
  });
  test.each([
    ['inject', [run], 'root', 'the driver inject cannot run set-up.sh: it only changes files'],
    ['mount', [write], undefined, 'the driver mount needs root'],
    ['auto', [install], undefined, 'the driver mount needs root to install curl g++'],
    ['libguestfs', [write], 'root', 'the driver libguestfs needs guestfish'],
  ] as const)('%s is rejected for %j, root by %s', (requested, edits, privilegeMethod, message) => {
    const choose = (): unknown => chooseDriver({ requested, edits }, { privilegeMethod, hasLibguestfs: false });
    expect(choose).toThrow(message);
    expect(choose).toThrow(UsageError);
  });
});

test('a plan is cut where the sort of edits changes, and its order stays', () => {
  expect(splitPlan([install, run, write, remove, run])).toEqual([
    { kind: 'system', edits: [install, run] },
    { kind: 'files', edits: [write, remove] },
    { kind: 'system', edits: [run] },
  ]);
});

test('edits are described without the paths of this machine', () => {
  expect(
    [install, { kind: 'upgrade', scope: 'security' } as const, { kind: 'upgrade', scope: 'all' } as const, run].map(
      formatEdit,
    ),
  ).toEqual(['install curl g++', 'upgrade packages from security archives', 'upgrade all packages', 'run set-up.sh']);
});

test('only a security upgrade is pinned', () => {
  expect(formatApt({ kind: 'upgrade', scope: 'security' }, '/run/p')).toContain('Dir::Etc::preferences=/run/p');
  expect(formatApt({ kind: 'upgrade', scope: 'all' }, '/run/p')).not.toContain('Dir::Etc::preferences=/run/p');
  expect(formatApt({ kind: 'install', packages: ['a', 'b'] }, '').slice(-4)).toEqual(['install', '--', 'a', 'b']);
});

test.each([
  ['noble|noble|Ubuntu\nnoble-security|noble|Ubuntu\n', true],
  ['stable-security|bookworm-security|Debian-Security\n', true],
  ['stable|stable|My Security\n', true],
  ['stable|bookworm|Debian\nnoble-updates|noble|Ubuntu\n', false],
  ['', false],
])('a security archive in %j: %s', (sources, expected) => {
  expect(hasSecurityArchive(sources)).toBe(expected);
});

test.each([
  [
    'Need to get 1,234 kB of archives.\nAfter this operation, 5,678 kB of additional disk space will be used.',
    6_912_000,
  ],
  [
    'Need to get 0 B/20.5 MB of archives.\nAfter this operation, 1.5 GB of additional disk space will be used.',
    1_500_000_000,
  ],
  ['Need to get 10 B of archives.\nAfter this operation, 5 MB disk space will be freed.', 10],
  ['0 upgraded, 0 newly installed', 0],
])('what apt needs: %j', (output, bytes) => {
  expect(parseNeededBytes(output)).toBe(bytes);
});

test.each([
  ['E: Failed to fetch http://x/  Could not connect to x:80', 'a package repository of the image cannot be reached'],
  [
    'W: GPG error: http://x: NO_PUBKEY ABC\nE: The repository is not signed.',
    'a package repository of the image has no valid signature',
  ],
  [
    'E: Failed to fetch http://x/  Hash Sum mismatch',
    'a package repository of the image is inconsistent: a file does not match its signed checksum',
  ],
  ['E: Unable to locate package nothere', "the image's repositories have no package nothere"],
  ["E: Package 'old' has no installation candidate", "the image's repositories have no package old"],
  ["E: Version '2' for 'tool' was not found", "the image's repositories have no version 2 of tool"],
  ["E: Release 'x' for 'tool' was not found", "the image's repositories have no release x of tool"],
  ['dpkg: error: failed to write (No space left on device)', "the image's disk is full: the packages do not fit"],
  ['dpkg: error: Read-only file system', "the image's disk could not be written"],
  [
    ' installed tool package post-installation script subprocess returned error exit status 1',
    'a maintainer script of the package tool failed',
  ],
  [
    ' new tool package pre-installation script subprocess returned error exit status 1',
    'a maintainer script of the package tool failed',
  ],
  [
    'The following packages have unmet dependencies:',
    'the packages conflict, or have dependencies that cannot be satisfied',
  ],
  ['something else', 'apt-get could not install tool'],
])('apt says %j', (said, message) => {
  const error = new ToolError('nsenter failed with exit code 100', ['nsenter'], 100, {
    evidence: ['before', ...said.split('\n')],
  });
  const failure = aptFailure(error, 'install tool', diskCauses);
  expect(failure.message).toBe(message);
  expect(failure.evidence).toEqual(['before', ...said.split('\n')]);
});

test('a root partition grows where it is the last and there is room', () => {
  const gibibyte = 1024 ** 3;
  const root = { number: 1, start: gibibyte, length: gibibyte, type: '' };
  const before = { number: 16, start: 1024 ** 2, length: 1024 ** 2, type: '' };
  expect(findObstacleToGrow(root, [before, root], 3 * gibibyte)).toBeUndefined();
  expect(findObstacleToGrow(root, [before, root], 2 * gibibyte + 1024 ** 2)?.why).toMatch(
    /no space after the root partition$/,
  );
  expect(findObstacleToGrow(root, [root, { ...before, number: 2, start: 2 * gibibyte }], 3 * gibibyte)?.why).toBe(
    'partition 2 follows the root partition 1',
  );
});
