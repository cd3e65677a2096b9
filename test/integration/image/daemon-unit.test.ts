import { expect, test } from '@jest/globals';
import { planDaemon } from '../../../src/image/daemon-edits.js';
import { createTestProcesses } from '../../fixtures/ports.js';

/** What a shell writes for the unit's line, after systemd has taken its quotes and its `%%`. */
async function noteLines(environment: readonly string[]): Promise<string> {
  const [, unit] = planDaemon({ binary: '/build/daemon', sha256: 'abc', environment });
  if (unit?.kind !== 'write' || !('text' in unit.content)) throw new TypeError('the second edit writes the unit');
  const [, quoted = ''] =
    /^ExecStartPre=:\/bin\/sh -c "(.*) >\/run\/daytona-daemon\.env"$/m.exec(unit.content.text) ?? [];
  const command = quoted.replace(/\\(.)/g, '$1').replaceAll('%%', '%');
  return (await createTestProcesses().run({ argv: ['sh', '-c', `uname() { echo vm-001; }; ${command}`] })).stdout;
}

test.each([
  ['A=%H-%H', 'A="vm-001-vm-001"'],
  ['A=100%%%H', 'A="100%vm-001"'],
  ['A=it\'s "%H" \\ $HOME `id`', 'A="it\'s \\"vm-001\\" \\\\ \\$HOME \\`id\\`"'],
  ['A=b=%H', 'A="b=vm-001"'],
])('%j is noted at the start', async (line, expected) => {
  expect(await noteLines(['B=%H', line])).toBe(`B="vm-001"\n${expected}\n`);
});
