import { expect, test } from '@jest/globals';
import { compareDebianVersions } from '../../../src/apt/debian-version.js';
import { versionPairs } from '../../fixtures/debian-versions.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { createRandom } from '../../fixtures/random.js';

const processes = createTestProcesses();
const operators = { '<': 'lt', '=': 'eq', '>': 'gt' } as const;

async function agrees(a: string, operator: string, b: string): Promise<boolean> {
  // dpkg only warns about versions such as a kernel's release that do not start with a digit.
  return processes.run({ argv: ['dpkg', '--force-bad-version', '--compare-versions', a, operator, b] }).then(
    () => true,
    () => false,
  );
}

test("dpkg agrees with the unit test's table", async () => {
  for (const [a, order, b] of versionPairs)
    expect([a, order, b, await agrees(a, operators[order], b)]).toEqual([a, order, b, true]);
});

test('random versions sort as dpkg sorts them', async () => {
  const random = createRandom(3);
  const alphabet = '0019~~.+-abZ';
  const pickCharacter = (): string => alphabet[Math.floor(random() * alphabet.length)]!;
  const makeVersion = (): string =>
    `${Math.floor(random() * 3)}${Array.from({ length: Math.floor(random() * 6) }, pickCharacter).join('')}x`;
  for (let round = 0; round < 40; round++) {
    const [a, b] = [makeVersion(), makeVersion()];
    const order = compareDebianVersions(a, b);
    expect([a, b, await agrees(a, order < 0 ? 'lt' : order > 0 ? 'gt' : 'eq', b)]).toEqual([a, b, true]);
  }
});
