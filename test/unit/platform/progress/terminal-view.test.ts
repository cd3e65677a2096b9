import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { StepView } from '../../../../src/platform/progress/steps.js';
import { createTerminalView } from '../../../../src/platform/progress/terminal-view.js';

describe('the terminal view', () => {
  let screen: PassThrough;
  let view: StepView;

  beforeEach(() => {
    screen = new PassThrough();
    view = createTerminalView(
      Object.assign(screen, { columns: 100, rows: 30, isTTY: true }) as unknown as NodeJS.WriteStream,
      { verbose: false },
    );
  });
  afterEach(() => view.close());

  /** Everything that was written since the last call, without colours and cursor movements. */
  const readScreen = (): readonly string[] => stripVTControlCharacters(String(screen.read() ?? '')).split('\n');
  const keptLines = (): readonly string[] => readScreen().filter((line) => /^[✔✖◼!]/.test(line));

  test('keeps the last line of a finished step, not its progress', () => {
    view.started('Assemble');
    view.info('Assemble', 'inherits zlib');
    view.progress('Assemble', 'flatten', 1024, 4096);
    expect(readScreen().join('\n')).not.toContain('✔');
    view.info('Assemble', '190 MiB');
    view.progress('Assemble', 'flatten', 4096, 4096);
    view.finished('Assemble', 'done', 1200);
    expect(keptLines()).toEqual([expect.stringMatching(/^✔ Assemble +1\.2 s {2}190 MiB$/)]);
  });

  test('prints warnings at once, and nothing for a step without lines', () => {
    view.started('Boot');
    view.warn('Boot', 'no usable KVM\u001b[2J');
    view.finished('Boot', 'failed', 900);
    expect(keptLines()).toEqual(['! Boot: no usable KVM [2J', expect.stringMatching(/^✖ Boot +900 ms$/)]);
  });

  test('shows the bar of a running step', () => {
    view.started('Stage');
    view.progress('Stage', 'staging', 1024 ** 2, 4 * 1024 ** 2);
    view.started('Boot');
    expect(readScreen().join('\n')).toContain('█████░░░░░░░░░░░░░░░ staging 1 MiB of 4 MiB');
  });
});
