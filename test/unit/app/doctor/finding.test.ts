import { expect, test } from '@jest/globals';
import { formatFinding, toFinding, worstState, type Finding } from '../../../../src/app/doctor/finding.js';
import { Failure } from '../../../../src/platform/errors.js';

test('the worst state counts', () => {
  const of = (...states: readonly Finding['state'][]): Finding['state'] =>
    worstState(states.map((state) => ({ name: '', state, text: '' })));
  expect([of(), of('ok'), of('ok', 'warning'), of('warning', 'broken', 'ok')]).toEqual([
    'ok',
    'ok',
    'warning',
    'broken',
  ]);
});

test.each([
  ['driver', 'the driver mount needs root', 'driver: mount needs root'],
  ['smoke-network', 'smoke-network: bridge br0 does not exist', 'smoke-network: bridge br0 does not exist'],
  ['store', 'stores of this kind are read-only', 'store: stores of this kind are read-only'],
])('a finding about the %s does not repeat its name: %j', (name, message, line) => {
  const finding = toFinding(name, new Failure(message, { fix: 'do it' }));
  expect(finding).toMatchObject({ name, state: 'broken', fix: 'do it' });
  expect(formatFinding(finding)).toBe(line);
});
