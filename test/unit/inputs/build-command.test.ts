import { describe, expect, test } from '@jest/globals';
import { buildInputDefinitions } from '../../../src/inputs/definitions.js';
import { toBuildCommand } from '../../../src/inputs/build-command.js';

function toCommand(given: Readonly<Record<string, string>>): readonly string[] {
  return toBuildCommand(
    (name) => given[name] ?? buildInputDefinitions.find((definition) => definition.name === name)!.default,
  );
}

describe('the command that repeats a build', () => {
  test('has what differs from the defaults, and publishes nothing', () => {
    expect(toCommand({ store: 's3://b/p', 'disk-size': '20G', clones: '2', version: '' })).toEqual([
      'ch-golden',
      'build',
      '--dry-run',
      '--disk-size=20G',
      '--store=s3://b/p',
    ]);
  });

  test('omits inputs of the job and its runner', () => {
    expect(
      toCommand({
        'work-folder': '/w',
        'report-folder': '/r',
        artifact: 'always',
        cache: 'github',
        'dry-run': 'true',
      }),
    ).toEqual(['ch-golden', 'build', '--dry-run']);
  });

  test('has no signing key: a dry run signs nothing', () => {
    expect(toCommand({ 'sign-key': '/key.pem', 'sign-expires': '7d' })).toEqual(['ch-golden', 'build', '--dry-run']);
  });

  test('has no values of daemon-env, and no credentials of URLs', () => {
    const args = toCommand({
      'daemon-env': 'A=secret\n B=also=secret',
      'base-image': 'https://me:secret@h/i.qcow2?sig=secret',
    });
    expect(args).toEqual([
      'ch-golden',
      'build',
      '--dry-run',
      '--daemon-env=A=...\n B=...',
      '--base-image=https://h/i.qcow2',
    ]);
  });
});
