import { describe, expect, test } from '@jest/globals';
import { alignExtents, type Extent } from '../../../src/image/disk-map.js';
import { createRandom } from '../../fixtures/random.js';

function data(start: number, length: number): Extent {
  return { start, length, data: true };
}

function zero(start: number, length: number): Extent {
  return { start, length, data: false };
}

describe('alignExtents', () => {
  test.each<readonly [what: string, extents: readonly Extent[], aligned: readonly Extent[]]>([
    ['nothing', [], []],
    ['a whole unit stays', [data(10, 10)], [data(10, 10)]],
    ['a byte becomes a unit', [data(19, 1)], [data(10, 10)]],
    ['a byte on each side of a border becomes two units', [data(19, 2)], [data(10, 20)]],
    ['neighbours join', [data(10, 10), data(20, 10)], [data(10, 20)]],
    ['two in one unit are one', [data(11, 1), data(18, 1)], [data(10, 10)]],
    ['what is apart stays apart', [data(0, 1), data(25, 1)], [data(0, 10), data(20, 10)]],
    ['one inside of another', [data(0, 50), data(10, 1)], [data(0, 50)]],
    ['any order', [data(25, 1), data(0, 1)], [data(0, 10), data(20, 10)]],
    ['the last unit ends with the disk', [data(93, 1)], [data(90, 5)]],
    ['zeros stay zeros', [zero(10, 10)], [zero(10, 10)]],
    ['zeros that meet data are data', [zero(10, 15), data(25, 5)], [data(10, 20)]],
  ])('%s', (_, extents, aligned) => {
    expect(alignExtents(extents, 10, 95)).toEqual(aligned);
  });

  test('random extents: whole units, in order, apart, all covered and nothing more', () => {
    const random = createRandom(1);
    const pick = (below: number): number => Math.floor(random() * below);
    for (let round = 0; round < 300; round++) {
      const unit = 1 + pick(20);
      const size = 100 + pick(100);
      const extents = Array.from({ length: pick(8) }, () => {
        const start = pick(size - 1);
        return { start, length: 1 + pick(Math.min(30, size - start)), data: pick(2) === 0 };
      });
      checkAligned(extents, alignExtents(extents, unit, size), { unit, size });
    }
  });
});

function checkAligned(
  extents: readonly Extent[],
  aligned: readonly Extent[],
  { unit, size }: { readonly unit: number; readonly size: number },
): void {
  let previousEnd = -1;
  for (const { start, length } of aligned) {
    const end = start + length;
    expect(start % unit).toBe(0);
    expect(end === size || end % unit === 0).toBe(true);
    expect(length > 0 && end <= size && start > previousEnd).toBe(true);
    previousEnd = end;
  }
  const units = (list: readonly Extent[]): ReadonlySet<number> =>
    new Set(
      list.flatMap(({ start, length }) =>
        Array.from(
          { length: Math.ceil((start + length) / unit) - Math.floor(start / unit) },
          (_, index) => Math.floor(start / unit) + index,
        ),
      ),
    );
  expect([...units(aligned)].sort((a, b) => a - b)).toEqual([...units(extents)].sort((a, b) => a - b));
  for (const extent of extents.filter(({ data: hasData }) => hasData)) {
    expect(aligned.find(({ start, length }) => start <= extent.start && extent.start < start + length)?.data).toBe(
      true,
    );
  }
}
