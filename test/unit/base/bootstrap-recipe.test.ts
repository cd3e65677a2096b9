import { describe, expect, test } from '@jest/globals';
import {
  bootstrapSuites,
  createRecipe,
  diskSectors,
  formatPartitionTable,
  partitions,
} from '../../../src/base/bootstrap-recipe.js';
import { installFailure, installCommand } from '../../../src/base/create-bootstrap.js';
import { ToolError } from '../../../src/platform/errors.js';

test('Debian and Ubuntu differ in the kernel and the components', () => {
  expect(createRecipe('bookworm')).toMatchObject({
    components: ['main'],
    packages: expect.arrayContaining(['linux-image-cloud-amd64', 'cloud-init']) as unknown,
  });
  expect(createRecipe('noble')).toMatchObject({
    components: ['main', 'universe'],
    packages: expect.arrayContaining(['linux-image-virtual', 'cloud-init']) as unknown,
  });
});

test('the command ends with the suite and the directory, and runs in new namespaces', () => {
  const command = installCommand(createRecipe('bookworm'), '/cache/work/root').argv.join(' ');
  expect(command).toMatch(/unshare --mount --pid --fork --kill-child -- mmdebstrap .* bookworm \/cache\/work\/root$/);
});

test('partitions are inside the disk and overlap neither each other nor the backup table', () => {
  const sorted = Object.values(partitions).sort((a, b) => a.start - b.start);
  sorted.forEach(({ start, size }, index) => {
    const end = sorted[index + 1]?.start ?? diskSectors - 33;
    expect(start + size).toBeLessThanOrEqual(end);
  });
  expect(new Set(sorted.map(({ uuid }) => uuid)).size).toBe(4);
});

test("the table has noble's numbers and types", () => {
  const table = formatPartitionTable();
  expect(table).toMatch(/^label: gpt$/m);
  expect(table).toMatch(/^1 : start=2099200, size=5238784, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709/m);
  expect(table).toMatch(/^14 : .*type=21686148-6449-6E6F-744E-656564454649/m);
  expect(table).toMatch(/^15 : .*type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B/m);
  expect(table).toMatch(/^16 : start=227328, size=1869824, type=BC13C2FF-59E6-4262-A352-B275FD6F7172/m);
});

describe('installFailure', () => {
  const error = (line: string): ToolError =>
    new ToolError('mmdebstrap failed with exit code 1', ['mmdebstrap'], 1, { evidence: [line] });

  test.each([
    ['noble', 'W: GPG error: … NO_PUBKEY 871920D1991BC93C', /keys that sign noble/, /ubuntu-keyring/],
    ['trixie', "The following signatures couldn't be verified", /keys that sign trixie/, /debian-archive-keyring/],
    ['sid', "E: The repository 'x sid Release' does not have a Release file.", /no suite sid/, /mmdebstrap/],
    ['sid', 'Could not connect to 127.0.0.1:9 (127.0.0.1)', /cannot be reached/, /proxy/],
    ['sid', "Could not resolve 'mirror.example.org'", /cannot be reached/, /network/],
  ])('%s: %s', (suite, line, message, fix) => {
    const failure = installFailure(error(line), suite);
    expect(failure.message).toMatch(message);
    expect(failure.fix).toMatch(fix);
  });

  test("reports mmdebstrap's error for any other cause", () => {
    const failure = installFailure(error('E: no space left'), 'sid');
    expect(failure.message).toBe('the packages of sid could not be installed: mmdebstrap failed with exit code 1');
    expect(failure.evidence).toEqual(['E: no space left']);
  });
});

test('every suite has a different recipe', () => {
  expect(new Set(bootstrapSuites.map((suite) => JSON.stringify(createRecipe(suite)))).size).toBe(
    bootstrapSuites.length,
  );
});
