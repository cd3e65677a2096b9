import { describe, expect, test } from '@jest/globals';
import {
  chooseNamespaceMethod,
  namespaceCommand,
  type NamespaceFacts,
} from '../../../../src/platform/process/user-namespaces.js';

const works = { works: true, output: '' };
const refused = { works: false, output: 'unshare: unshare failed: Operation not permitted' };
const noSudo = { works: false, output: 'sudo: a password is required' };
const judge = (change: Partial<NamespaceFacts>): string =>
  chooseNamespaceMethod({ kind: 'network', user: refused, sudo: noSudo, settings: {}, ...change });

describe('the way to a namespace', () => {
  const cases: readonly (readonly [string, Partial<NamespaceFacts>])[] = [
    ['root', { root: works }],
    ['user', { user: works }],
    ['user', { user: works, settings: { 'kernel.apparmor_restrict_unprivileged_userns': '1' } }],
    ['sudo', { sudo: works }],
  ];
  test.each(cases)('is %s', (way, facts) => expect(judge(facts)).toBe(way));

  const refusals: readonly (readonly [Readonly<Record<string, string>>, string, string])[] = [
    [
      { 'kernel.apparmor_restrict_unprivileged_userns': '1', 'user.max_user_namespaces': '96365' },
      'kernel.apparmor_restrict_unprivileged_userns is 1',
      'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0',
    ],
    [
      { 'kernel.unprivileged_userns_clone': '0' },
      'kernel.unprivileged_userns_clone is 0',
      'sudo sysctl kernel.unprivileged_userns_clone=1',
    ],
    [
      { 'user.max_user_namespaces': '0' },
      'user.max_user_namespaces is 0',
      'sudo sysctl user.max_user_namespaces=15000',
    ],
    [
      { 'kernel.unprivileged_userns_clone': '0', 'user.max_user_namespaces': '0' },
      'kernel.unprivileged_userns_clone is 0, user.max_user_namespaces is 0',
      'sudo sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=15000',
    ],
    [
      { 'kernel.apparmor_restrict_unprivileged_userns': '0', 'kernel.unprivileged_userns_clone': '1' },
      refused.output,
      'run as root, or let this user have sudo without a password',
    ],
  ];
  test.each(refusals)('is none where %j', (settings, because, fix) => {
    expect(() => judge({ settings })).toThrow(
      expect.objectContaining({
        message: `this user may not make a network namespace: ${because}`,
        fix,
        evidence: [refused.output, noSudo.output],
      }),
    );
  });

  test('is none for root where it has no right to, as in a container', () => {
    expect(() => judge({ root: refused })).toThrow(
      expect.objectContaining({
        message: `root may not make a network namespace here: ${refused.output}`,
        fix: expect.stringContaining('--privileged'),
      }),
    );
  });

  test('is not sudo where that is no way', () => {
    expect(() => chooseNamespaceMethod({ kind: 'mount', user: refused, settings: {} })).toThrow(
      expect.objectContaining({
        message: `this user may not make a mount namespace: ${refused.output}`,
        fix: 'run as root',
        evidence: [refused.output],
      }),
    );
  });
});

test('what makes one', () => {
  expect(namespaceCommand('network', 'root')).toEqual(['unshare', '--net']);
  expect(namespaceCommand('mount', 'user')).toEqual(['unshare', '--user', '--map-root-user', '--mount']);
  expect(namespaceCommand('network', 'sudo')).toEqual(['sudo', '-n', 'unshare', '--net']);
});
