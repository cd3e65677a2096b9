import { afterEach, describe, expect, test } from '@jest/globals';
import { link, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settleSwitch } from '../../../src/host/vm/disk-switch.js';
import { withVmDirectory } from '../../../src/host/vm/vm-files.js';
import { createTestProcesses } from '../../fixtures/ports.js';

const ports = { processes: createTestProcesses() };
type Step = readonly ['link' | 'rename', string, string];
let place: string;
afterEach(async () => rm(place, { recursive: true }));
const put = async (files: Readonly<Record<string, string>>): Promise<void> => {
  place = await mkdtemp(join(tmpdir(), 'disk-switch-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(place, name), content);
};
const perform = async (steps: readonly Step[]): Promise<void> => {
  for (const [kind, from, to] of steps) await { link, rename }[kind](join(place, from), join(place, to));
};
const settle = async (): Promise<Readonly<Record<string, string>>> => {
  await withVmDirectory(place, async (directory) => settleSwitch(directory, ports));
  const names = (await readdir(place)).sort();
  const contents: Record<string, string> = {};
  for (const name of names) contents[name] = await readFile(join(place, name), 'utf8');
  return contents;
};
describe.each(['disk.qcow2', 'disk.raw'])('%s', (disk) => {
  /** What the switch does, in order. */
  const forward: readonly Step[] = [disk, 'launch.json'].flatMap((name): readonly Step[] => [
    ['link', name, `${name}.previous`],
    ['rename', `${name}.next`, name],
  ]);
  const backward: readonly Step[] = [
    ['rename', `${disk}.previous`, `${disk}.next`],
    ['rename', 'launch.json.previous', 'launch.json.next'],
  ];
  const old = { [disk]: 'old', 'launch.json': 'old' };
  const next = { [`${disk}.next`]: 'new', 'launch.json.next': 'new' };
  const switched = {
    [disk]: 'new',
    [`${disk}.previous`]: 'old',
    'launch.json': 'new',
    'launch.json.previous': 'old',
  };

  test('a kill before the switch is decided leaves the VM as it was', async () => {
    await put({ ...old, [`${disk}.next`]: 'half' });
    await mkdir(join(place, 'recreate/content'), { recursive: true });
    expect(await settle()).toEqual(old);
  });

  test.each([0, 1, 2, 3, 4])('a kill %i steps into the switch is finished by the next one', async (count) => {
    await put({ ...old, ...next });
    await perform(forward.slice(0, count));
    expect(await settle()).toEqual(switched);
    expect(await settle()).toEqual(switched);
  });

  test('a kill before a way back is decided leaves it open', async () => {
    await put(switched);
    await perform(backward.slice(0, 1));
    expect(await settle()).toEqual(switched);
  });

  test.each([0, 1, 2, 3, 4])('a kill %i steps into a way back is finished by the next one', async (count) => {
    await put(switched);
    await perform([...backward, ...forward.slice(0, count)]);
    expect(await settle()).toEqual({
      [disk]: 'old',
      [`${disk}.previous`]: 'new',
      'launch.json': 'old',
      'launch.json.previous': 'new',
    });
  });

  test('a different file with the name of the previous disk is not overwritten, and neither is the disk', async () => {
    await put({ ...old, ...next, [`${disk}.previous`]: 'foreign' });
    await expect(settle()).rejects.toThrow('EEXIST');
    expect(await readFile(join(place, disk), 'utf8')).toBe('old');
  });
});
