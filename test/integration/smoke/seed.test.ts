import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sha256OfFile } from '../../../src/platform/fs/files.js';
import { readProbeLines, emptyProbe } from '../../../src/smoke/probe-state.js';
import { writeProbeScript } from '../../../src/smoke/probe-script.js';
import { awaitConsole } from '../../../src/vmm/guest-console.js';
import { writeSeedIso } from '../../../src/vmm/seed-iso.js';
import { seedFiles, type Seed } from '../../../src/smoke/seed.js';
import { createTestProcesses } from '../../fixtures/ports.js';

const processes = createTestProcesses();
const probeScript = writeProbeScript({
  unit: 'daytona-daemon.service',
  port: 2280,
  chunks: [1, 2],
  chunkSize: 4194304,
  killDaemon: true,
});
const seed: Seed = {
  name: 'smoke-1',
  macAddress: '52:54:00:c4:00:01',
  network: { address: '10.0.2.15/24', gateway: '10.0.2.2' },
  probeScript,
};
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'seed-'));
});
afterEach(async () => rm(directory, { recursive: true }));

describe('writeSeedIso', () => {
  test('creates an ISO with the label and the files that cloud-init looks for', async () => {
    const iso = join(directory, 'seed.iso');
    await writeSeedIso(seedFiles(seed), { directory: join(directory, 'seed'), iso }, processes);
    expect(
      (await readFile(iso))
        .subarray(32768 + 40, 32768 + 72)
        .toString()
        .trim(),
    ).toBe('cidata');
    await processes.run({
      argv: ['xorriso', '-osirrox', 'on', '-indev', iso, '-extract', '/', join(directory, 'out')],
    });
    for (const [name, content] of Object.entries(seedFiles(seed)))
      expect(await readFile(join(directory, 'out', name), 'utf8')).toBe(content);
  });

  test('creates the same file from the same seed at any time', async () => {
    const digests: string[] = [];
    for (const name of ['a', 'b']) {
      const iso = join(directory, `${name}.iso`);
      await writeSeedIso(seedFiles(seed), { directory: join(directory, 'seed'), iso }, processes);
      digests.push(await sha256OfFile(iso));
      await utimes(join(directory, 'seed'), 1, 1);
    }
    expect(digests[0]).toBe(digests[1]);
  });
});

describe('the probe', () => {
  test('is a script that a POSIX shell can read', async () => {
    const path = join(directory, 'probe.sh');
    await writeFile(path, probeScript);
    await processes.run({ argv: ['sh', '-n', path] });
  });

  test('creates no file where the console will be', async () => {
    const console = join(directory, 'hvc0');
    const upToReports = probeScript.slice(0, probeScript.indexOf('systemctl stop')).replaceAll('/dev/hvc0', console);
    const path = join(directory, 'probe.sh');
    await writeFile(
      path,
      `(sleep 0.5; [ -e ${console} ] && echo early; ln -s /dev/null ${console}) &\n${upToReports}\n` +
        `echo x | report x\n[ -c ${console} ] && echo reported\n`,
    );
    expect((await processes.run({ argv: ['sh', path] })).stdout).toBe('reported\n');
  });

  test('writes blocks that are read back unchanged, whatever is in them', async () => {
    const path = join(directory, 'probe.sh');
    const console = join(directory, 'hvc0');
    const upToMain = probeScript.slice(0, probeScript.indexOf(awaitConsole)).replace('/dev/hvc0', console);
    await writeFile(
      join(directory, 'journal'),
      `${String.raw`a "quoted" \n back\slash`} \t\u0001 tab\n\ntwo words €\n${'x'.repeat(5000)}\n`,
    );
    await writeFile(
      path,
      `${upToMain}\n{ echo LoadState loaded; echo empty; sed 's/^/journal /' ${directory}/journal; ` +
        "listeners | sed 's/^/listen /'; } | report status\n",
    );
    await processes.run({ argv: ['sh', path] });
    const state = readProbeLines(emptyProbe, (await readFile(console, 'utf8')).split('\n'), 0);
    expect(state.statuses).toHaveLength(1);
    expect(state.statuses[0]).toMatchObject({
      loadState: 'loaded',
      journal: [String.raw`a "quoted" \n back\slash    tab`, '', 'two words €', 'x'.repeat(1000)],
    });
  });
});
