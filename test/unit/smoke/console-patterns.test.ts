import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { consolePatterns, tryFindFatalLine } from '../../../src/smoke/console-patterns.js';

describe('console patterns', () => {
  test.each(consolePatterns.map(({ what, example }) => [what, example]))('%s: %s', (what, example) => {
    expect(tryFindFatalLine([example])).toMatchObject({ what, line: example });
  });

  test.each(consolePatterns.map(({ pattern, example }) => [String(pattern), example]))(
    '%s is what finds its example',
    (pattern, example) => {
      expect(
        consolePatterns.filter((entry) => entry.pattern.test(example)).map((entry) => String(entry.pattern)),
      ).toContain(pattern);
    },
  );

  test('none is on the console of a clean boot and power-off', () => {
    const lines = readFileSync(new URL('../../fixtures/console-clean.txt', import.meta.url), 'utf8').split('\n');
    expect(lines.length).toBeGreaterThan(500);
    expect(tryFindFatalLine(lines)).toBeUndefined();
  });

  test.each([
    "[  196.172722] (sd-remount)[583]: Remounting '/' read-only with options 'discard,errors=remount-ro'.",
    '[  120.000001] watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [swapper/0:1]',
    '[   90.000001] rcu: INFO: rcu_preempt self-detected stall on CPU',
    '[    0.000000] Kernel command line: root=LABEL=cloudimg-rootfs ro panic=-1',
    '[    1.108960] acpi PNP0A03:00: fail to add MMCONFIG information',
    '[  OK  ] Stopped target emergency.target.',
    'Warning: fsck not present, so skipping root file system',
  ])('harmless: %s', (line) => expect(tryFindFatalLine([line])).toBeUndefined());

  test('quotes the lines around the first fatal one', () => {
    const fresh = ['a', 'b', '[1.0] Kernel panic - not syncing: x', 'Call Trace:', 'You are in emergency mode.'];
    expect(tryFindFatalLine(fresh, ['earlier 1', 'earlier 2'])).toEqual({
      what: 'the kernel panicked',
      line: '[1.0] Kernel panic - not syncing: x',
      evidence: ['earlier 1', 'earlier 2', ...fresh],
    });
  });

  test('a line of 4096 hostile characters costs no time', () => {
    const lines = ['traps: ', 'ALERT! ', 'XFS ', 'Dependency failed for ', 'EXT4-fs '].map((text) =>
      text.repeat(4096 / text.length),
    );
    // CPU time, which other processes do not change.
    const before = process.cpuUsage();
    expect(tryFindFatalLine(Array.from({ length: 50 }, () => lines).flat())).toBeUndefined();
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(2_000);
  });
});
