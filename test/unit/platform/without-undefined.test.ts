import { expect, test } from '@jest/globals';
import { withoutUndefined } from '../../../src/platform/without-undefined.js';

test('omits undefined values, and keeps all others', () => {
  const value: { readonly a: number; readonly b?: string; readonly c: null } = withoutUndefined({
    a: 0,
    b: undefined as string | undefined,
    c: null,
  });
  expect(Object.entries(value)).toEqual([
    ['a', 0],
    ['c', null],
  ]);
});
