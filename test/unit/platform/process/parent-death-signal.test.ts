import { expect, test } from '@jest/globals';
import { withParentDeathSignal, programOf } from '../../../../src/platform/process/parent-death-signal.js';

test.each([
  [['qemu-img', 'info', '--', 'x'], 'qemu-img'],
  [['unshare', '--mount', '--', 'qemu-storage-daemon', '--blockdev', '{}'], 'qemu-storage-daemon'],
  [['sudo', '-n', 'nsenter', '--target=1', '--', 'setpriv', '--reuid=1', '--', 'ip', 'link'], 'ip'],
  [withParentDeathSignal(['debugfs', '-w']), 'debugfs'],
  [['nsenter', '--target=1', '--mount', '--', ...withParentDeathSignal(['unshare', '--net', '--', 'ip'])], 'ip'],
  [['sh', '-c', 'exit'], 'sh'],
  [['unshare', '--mount'], 'unshare'],
] as const)('the program of %j is %s', (argv, program) => {
  expect(programOf(argv)).toBe(program);
});

test('a command keeps its arguments, and its wrappers can be replaced by paths', () => {
  expect(withParentDeathSignal(['a b', '$(c)']).slice(-3)).toEqual([String(process.pid), 'a b', '$(c)']);
  expect(withParentDeathSignal(['a'], { setpriv: '/x/setpriv', sh: '/y/sh' })).toMatchObject({
    0: '/x/setpriv',
    4: '/y/sh',
  });
});
