import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planBoot } from '../../../src/image/boot-profile.js';
import { addKernelIdentity } from '../../../src/vmm/kernel-identity.js';
import { tryFindNetworkProblem } from '../../fixtures/network-namespace.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';

/** With the systemd-networkd of this machine. */
const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'early-address.sh');
const missing = await access('/lib/systemd/systemd-networkd').then(() => undefined, String);
const problem = missing ?? tryFindNetworkProblem();
const testHere = problem === undefined ? test : test.skip;

let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
beforeAll(async () => {
  directory = await makeTestDirectory('early-address');
  const edit = planBoot({ profile: 'fast', keep: [] }).find(
    (candidate) => candidate.kind === 'write' && candidate.path.endsWith('/early-address'),
  );
  if (edit?.kind !== 'write' || !('text' in edit.content)) throw new TypeError('the profile has no early address');
  await writeFile(join(directory.path, 'early-address'), edit.content.text);
});
afterAll(async () => directory.remove());

const network = { address: '10.0.2.15/24', gateway: '10.0.2.2' };
const [first, second] = ['52:54:00:00:00:01', '52:54:00:00:00:02'] as const;

/** As netplan writes it for the seed of `vm create`, without what takes seconds. */
const seedFor = (macAddress: string): string =>
  [
    ...['[Match]', `MACAddress=${macAddress}`],
    ...['[Network]', 'LinkLocalAddressing=no', 'IPv6AcceptRA=no', `Address=${network.address}`],
    ...['[Route]', 'Destination=0.0.0.0/0', `Gateway=${network.gateway}`],
  ].join('\n');

async function boot(cmdline: string, seed: string, cards: readonly string[] = []): Promise<readonly string[]> {
  const script = join(directory.path, 'early-address');
  const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const { stdout } = await createTestProcesses().run({
    argv: ['unshare', ...namespaces, 'sh', fixture, script, cmdline, seed, ...cards],
  });
  return stdout.split('\n').filter(Boolean);
}

const configured = (card: string, other: string): readonly string[] => [
  ...[`${card} configured`, `${other} unmanaged`].sort(),
  `address ${card} 10.0.2.15/24 10.0.2.255`,
  `route default via 10.0.2.2 dev ${card} proto static`,
];

const named = (macAddress: string): string => addKernelIdentity('ro', { hostname: 'vm-1', network, macAddress });
const unnamed = addKernelIdentity('ro', { hostname: 'vm-1', network });

// Whatever udev reports first.
testHere.each([
  ['the card of the MAC address', named(second), seedFor(second), 'card2', 'card1'],
  ['the first card without one', unnamed, seedFor(first), 'card1', 'card2'],
])('%s has the address early, and keeps it alone', async (_, cmdline, seed, card, other) => {
  for (const order of [
    [card, other],
    [other, card],
  ])
    expect(await boot(cmdline, seed, order)).toEqual([
      `early ${card} 10.0.2.15/24 10.0.2.255`,
      ...configured(card, other),
    ]);
});

testHere('a card that appears late has the address of the seed alone', async () => {
  expect(await boot(named(second), seedFor(second))).toEqual(configured('card2', 'card1'));
});
