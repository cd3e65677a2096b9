import { expect, test } from '@jest/globals';
import { identityEdits } from '../../../src/image/identity-edits.js';
import { formatEdit, sha256OfContent, toBytes } from '../../../src/image/plan.js';
import { sha256Of } from '../../../src/platform/fs/files.js';

function textOf(name: string): string {
  const edit = identityEdits.find((one) => one.kind === 'write' && one.path.endsWith(name));
  if (edit?.kind !== 'write' || !('text' in edit.content)) throw new TypeError(`${name} is a text`);
  return edit.content.text;
}

test('files of root, and nothing is enabled', () => {
  expect(identityEdits.map(formatEdit)).toEqual([
    'write /etc/udev/rules.d/90-ch-golden-identity.rules (0644)',
    'write /etc/systemd/system/ch-golden-identity@.service (0644)',
    'write /usr/local/lib/ch-golden/identity (0755)',
    'write /usr/local/lib/ch-golden/reseed (0755)',
    'write /usr/local/lib/ch-golden/prepare-template (0755)',
  ]);
});

test('a seed starts the unit only in a clone', () => {
  expect(textOf('.rules').split('\n')[1]).toBe(
    'ACTION=="add", SUBSYSTEM=="block", ENV{ID_FS_LABEL}=="cidata|CIDATA", TEST=="/run/ch-golden/template", ' +
      'TAG+="systemd", ENV{SYSTEMD_WANTS}+="ch-golden-identity@%k.service"',
  );
  expect(textOf('.service')).toContain('\nConditionPathExists=/run/ch-golden/template\n');
  expect(textOf('.service')).not.toContain('[Install]');
});

test('the scripts have no other interpreter, and no text of JavaScript', () => {
  for (const name of ['/identity', '/prepare-template']) {
    expect(textOf(name)).toMatch(/^#!\/bin\/sh\n/);
    expect(textOf(name)).not.toMatch(/undefined|\[object|\r/);
  }
});

test('bytes are part of a plan as a text is', () => {
  const bytes = Buffer.from([0, 1, 0xff, 0x0a]);
  expect(toBytes({ base64: bytes.toString('base64') })).toEqual(bytes);
  expect(sha256OfContent({ base64: bytes.toString('base64') })).toBe(sha256Of(bytes));
  expect(sha256OfContent({ text: 'ü' })).toBe(sha256Of('ü'));
  expect(sha256OfContent({ file: '/x', sha256: 'abc' })).toBe('abc');
});
