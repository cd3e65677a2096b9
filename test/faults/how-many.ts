import { createHash } from 'node:crypto';

/** Whether all cases run, as `npm run test:faults` has it, and not a sample of them. */
export const runsAll = process.env['FAULTS'] === 'all';

/** The number of cases of a kind, or of runs of a property. */
export function chooseCount(sample: number, all: number): number {
  return runsAll ? all : sample;
}

/**
 * What random cases are drawn from, the same for every sample; a failed test prints it, and `FAULTS_SEED` repeats its
 * cases.
 */
export const seed = Number(process.env['FAULTS_SEED'] ?? (runsAll ? Date.now() % 1_000_000 : 1));

/** All cases of a table, or as many of them as a sample has: others with each seed, in the order of the table. */
export function pickCases<T>(cases: readonly T[], sample: number): readonly T[] {
  const ranked = cases.map((one, index) => ({
    one,
    index,
    rank: createHash('sha256').update(`${seed} ${index}`).digest('hex'),
  }));
  const chosen = ranked.sort((a, b) => a.rank.localeCompare(b.rank)).slice(0, chooseCount(sample, cases.length));
  return chosen.sort((a, b) => a.index - b.index).map(({ one }) => one);
}
