import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { smokeImage } from '../../../src/app/smoke-image.js';
import { readSmokeInputs } from '../../../src/inputs/build-inputs.js';
import type { SmokeSubject } from '../../../src/inputs/commands/smoke.js';
import { systemClock } from '../../../src/platform/clock.js';
import { Failure } from '../../../src/platform/errors.js';
import { createPlainView } from '../../../src/platform/progress/plain-view.js';
import type { Processes } from '../../../src/platform/process/processes.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { createSteps } from '../../../src/platform/progress/steps.js';
import { forgedVersions } from '../../fixtures/forged-versions.js';
import { image, publishTestVersion } from '../../fixtures/host-versions.js';
import { createMemoryState, createMemoryStore } from '../../fixtures/memory-store.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';
import { builder } from '../../fixtures/version-parts.js';
import { noHelpers } from '../../fixtures/helpers.js';

const all = createTestProcesses();
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let words: string[];
/** Everything that any program is told. */
const processes: Processes = {
  ...all,
  run: async (command) => {
    words.push(...command.argv);
    return all.run(command);
  },
  start: async (command) => {
    words.push(...command.argv);
    return all.start(command);
  },
};

beforeEach(async () => {
  directory = await makeTestDirectory('forged');
  words = [];
});
afterEach(async () => directory.remove());

/** What a smoke test of it ends with, and keeps of the failure in the report's directory. */
async function smoke(subject: SmokeSubject): Promise<Failure> {
  const given = (name: string): string => (name === 'report-folder' ? join(directory.path, 'report') : '');
  const inputs = readSmokeInputs(given, { cache: join(directory.path, 'cache'), work: join(directory.path, 'work') });
  const ports = {
    processes,
    log: silentLog,
    clock: systemClock,
    steps: createSteps(
      createPlainView(() => undefined, { verbose: false }),
      systemClock,
    ),
    signal: new AbortController().signal,
    cancel: () => undefined,
    builder,
    owner: 'tester',
    secrets: [],
    helpers: noHelpers,
  };
  const error: unknown = await smokeImage({ subject, ...inputs }, ports).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Failure);
  expect(await readFile(join(directory.path, 'report/failure.txt'), 'utf8')).toContain((error as Failure).message);
  return error as Failure;
}

/** No program was told of an image, in whatever way. */
function expectUnopened(): void {
  expect(words.filter((word) => /qcow2|images\/|snapshots\//.test(word))).toEqual([]);
}

test.each(forgedVersions.filter(({ by }) => by === 'file').map((forged) => [forged.name, forged] as const))(
  'the smoke test of a version with %s opens nothing',
  async (_, { layout, forge, message }) => {
    const state = createMemoryState();
    await publishTestVersion(createMemoryStore(state), { layout });
    forge(state);
    const path = join(directory.path, 'store');
    for (const [key, bytes] of state.objects) {
      await mkdir(dirname(join(path, key)), { recursive: true });
      await writeFile(join(path, key), bytes);
    }
    expect((await smoke({ image, wanted: 1, store: { address: path } })).message).toContain(message);
    expectUnopened();
  },
);

describe('the smoke test of a file', () => {
  test.each<readonly [string, readonly string[], string]>([
    [
      'over another file',
      ['-b', '/etc/passwd', '-F', 'raw'],
      'qcow2 image with a backing file (its backing file is "/etc/passwd")',
    ],
    [
      "over a layered version's base",
      ['-b', `../images/${'a'.repeat(64)}.img`, '-F', 'qcow2'],
      'qcow2 image with a backing file',
    ],
    ['over a network', ['-b', 'https://127.0.0.1:1/x', '-F', 'raw'], 'its backing file is "https://127.0.0.1:1/x"'],
    [
      'over a network block device',
      ['-b', 'nbd://127.0.0.1:1/x', '-F', 'raw'],
      'its backing file is "nbd://127.0.0.1:1/x"',
    ],
    [
      'over what QEMU reads from JSON',
      ['-b', 'json:{"driver":"raw","file":{"driver":"file","filename":"/etc/passwd"}}', '-F', 'raw'],
      'its backing file is "json:{\\"driver\\"',
    ],
    ['with an external data file', ['-o', 'data_file=data.raw'], 'qcow2 image with an external data file'],
    [
      'that is encrypted',
      // With luks, qemu-img times its CPU, and fails on one that is too fast for the kernel's clock.
      ['--object', 'secret,id=s,data=x', '-o', 'encrypt.format=aes,encrypt.key-secret=s'],
      'qcow2 image that is encrypted',
    ],
    ['with extended L2 entries', ['-o', 'extended_l2=on'], 'qcow2 image with extended L2 entries'],
  ])('%s opens nothing', async (_, options, message) => {
    const path = join(directory.path, 'foreign.qcow2');
    const unchecked = options.includes('-b') ? ['-u'] : [];
    await all.run({
      argv: ['qemu-img', 'create', '-q', ...unchecked, '-f', 'qcow2', ...options, path, '8M'],
      cwd: directory.path,
    });
    const error = await smoke({ file: path });
    expect(error.message).toContain('foreign.qcow2" is rejected: ');
    expect(error.message).toContain(message);
    expect(error.fix).toContain('ch-golden smoke VERSION --store');
    expect(error.fix).toContain('qemu-img convert -f qcow2 -O qcow2');
    expectUnopened();
  });

  test.each<readonly [string, readonly string[], string]>([
    ['an internal snapshot', ['qemu-img', 'snapshot', '-c', 'before'], 'qcow2 image with internal snapshots'],
    ['a bitmap', ['qemu-img', 'bitmap', '--add'], 'qcow2 image with bitmaps'],
  ])('with %s opens nothing', async (_, [program, ...rest], message) => {
    const path = join(directory.path, 'foreign.qcow2');
    await all.run({ argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', path, '8M'] });
    await all.run({ argv: [program!, ...rest, path, ...(rest[0] === 'bitmap' ? ['marks'] : [])] });
    expect((await smoke({ file: path })).message).toContain(message);
    expectUnopened();
  });
});
