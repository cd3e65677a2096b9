import { createHash } from 'node:crypto';

/** True if all cases run, as in `npm run test:faults`, instead of a sample. */
export const runsAll = process.env['FAULTS'] === 'all';

/** The number of cases of a kind, or of runs of a property. */
export function chooseCount(sample: number, all: number): number {
  return runsAll ? all : sample;
}

/**
 * The seed of random cases, fixed for samples. A failed test prints it, and setting `FAULTS_SEED` repeats its cases.
 */
export const seed = Number(process.env['FAULTS_SEED'] ?? (runsAll ? Date.now() % 1_000_000 : 1));

/** All cases of a table or a sample of them, in the order of the table. The seed decides which. */
export function pickCases<T>(cases: readonly T[], sample: number): readonly T[] {
  const ranked = cases.map((one, index) => ({
    one,
    index,
    rank: createHash('sha256').update(`${seed} ${index}`).digest('hex'),
  }));
  const chosen = ranked.sort((a, b) => a.rank.localeCompare(b.rank)).slice(0, chooseCount(sample, cases.length));
  return chosen.sort((a, b) => a.index - b.index).map(({ one }) => one);
}
