import { describe, expect, test } from '@jest/globals';
import { UsageError } from '../../src/platform/errors.js';
import { resolveStoreAddress } from '../../src/objects/store-address.js';
import { parseUserPath } from '../../src/platform/fs/user-path.js';

const options = { name: 'work-folder', base: '/workspace', home: '/home/ada' };

describe('a path as users write it', () => {
  test.each([
    ['golden', '/workspace/golden'],
    ['./golden/', '/workspace/golden'],
    ['../golden', '/golden'],
    ['/srv/golden', '/srv/golden'],
    ['~', '/home/ada'],
    ['~/golden', '/home/ada/golden'],
    ['./~/golden', '/workspace/~/golden'],
    ['golden~', '/workspace/golden~'],
    ['a, b: c/größe', '/workspace/a, b: c/größe'],
    ['12:30:00', '/workspace/12:30:00'],
    ['./s3:/golden', '/workspace/s3:/golden'],
    ['100% sure', '/workspace/100% sure'],
    ['a%C3%A4b%20', '/workspace/a%C3%A4b%20'],
    ['costs $5', '/workspace/costs $5'],
  ])('%j is %s', (text, path) => {
    expect(parseUserPath(text, options)).toBe(path);
  });

  test.each([
    ['', 'work-folder is empty', 'set work-folder to a path'],
    ['s3:/bucket/x', 'work-folder "s3:/bucket/x" looks like a URL', './s3:/bucket/x if a directory is named "s3:"'],
    ['https://host/x', 'work-folder "https://host/x" looks like a URL', 'write the path itself'],
    ['C:\\golden', 'work-folder "C:\\\\golden" looks like a URL', 'write the path itself'],
    ['$HOME/x', 'work-folder "$HOME/x": "$HOME" was not expanded', 'use double quotes'],
    ['/srv/${USER}/x', 'work-folder "/srv/${USER}/x": "${USER}" was not expanded', 'use double quotes'],
    ['$(pwd)/x', 'work-folder "$(pwd)/x": "$(pwd)" was not expanded', 'use double quotes'],
    ['%X%', 'work-folder "%X%": "%X%" was not expanded', 'use double quotes'],
    ['%USERPROFILE%\\x', 'work-folder "%USERPROFILE%\\\\x": "%USERPROFILE%" was not expanded', 'use double quotes'],
    [
      '${{ runner.temp }}/x',
      'work-folder "${{ runner.temp }}/x": "${{ runner.temp }}" was not expanded',
      'expressions are evaluated in workflow files only',
    ],
    ['${{', 'work-folder "${{": "${{" was not expanded', 'expressions are evaluated in workflow files only'],
    ['~bob/x', 'work-folder "~bob/x": "~bob" was not expanded', './~bob/x if a directory is named that'],
    ['a\0b', 'work-folder "a\\u0000b": a path cannot contain a NUL character', undefined],
  ])('%j is rejected, with the fix', (text, message, fix) => {
    const parse = (): string => parseUserPath(text, options);
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(message),
        fix: fix === undefined ? undefined : expect.stringContaining(fix),
      }),
    );
  });
});

describe('the address of a store', () => {
  test.each([
    ['~/golden', '/home/ada/golden'],
    ['golden', '/workspace/golden'],
    ['/dev/shm/golden', '/dev/shm/golden'],
    ['/process/golden', '/process/golden'],
    ['s3://bucket/x', 's3://bucket/x'],
    ['file:///srv/golden', 'file:///srv/golden'],
    ['https://mirror.example/golden', 'https://mirror.example/golden'],
  ])('%j is %s', (address, resolved) => {
    expect(resolveStoreAddress(address, options)).toBe(resolved);
    expect(resolveStoreAddress(resolved)).toBe(resolved);
  });

  test.each([
    ['s3:/bucket/x', 'store "s3:/bucket/x": unsupported address', 'use s3://bucket/x'],
    ['s3:bucket/x', 'store "s3:bucket/x": unsupported address', 'use s3://bucket/x'],
    ['s3:/key:secret@bucket', 'store "s3:/…": unsupported address', 'use s3://bucket'],
    ['gs:/bucket/x', 'store "gs:/bucket/x": unsupported address', 'use s3://BUCKET/PREFIX'],
    ['https:/key:secret@host/x', 'store "https:/…": unsupported address', 'use s3://BUCKET/PREFIX'],
    ['$HOME/x', 'store "$HOME/x": "$HOME" was not expanded', 'use double quotes'],
    ['%X%', 'store "%X%": "%X%" was not expanded', 'use double quotes'],
    ['${{ vars.STORE }}', 'store "${{ vars.STORE }}": "${{ vars.STORE }}" was not expanded', 'workflow files only'],
    ['/proc/foo', 'store "/proc/foo" is on a virtual filesystem', 'use a directory on a disk'],
    ['/dev/golden', 'store "/dev/golden" is on a virtual filesystem', 'use a directory on a disk'],
    ['../sys', 'store "../sys" is on a virtual filesystem', 'use a directory on a disk'],
    ['file:///proc/foo', 'store "file:///proc/foo" is on a virtual filesystem', 'use a directory on a disk'],
  ])('%j is rejected, with the fix', (address, message, fix) => {
    const resolve = (): string => resolveStoreAddress(address, options);
    expect(resolve).toThrow(UsageError);
    expect(resolve).toThrow(
      expect.objectContaining({ message: expect.stringContaining(message), fix: expect.stringContaining(fix) }),
    );
  });
});
