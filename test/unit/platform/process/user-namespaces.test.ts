import { describe, expect, test } from '@jest/globals';
import {
  chooseNamespaceMethod,
  namespaceCommand,
  type NamespaceFacts,
} from '../../../../src/platform/process/user-namespaces.js';

const works = { works: true, output: '' };
const denied = { works: false, output: 'unshare: unshare failed: Operation not permitted' };
const noSudo = { works: false, output: 'sudo: a password is required' };
const choose = (change: Partial<NamespaceFacts>): string =>
  chooseNamespaceMethod({ kind: 'network', user: denied, sudo: noSudo, settings: {}, ...change });

describe('the method to create a namespace', () => {
  const cases: readonly (readonly [string, Partial<NamespaceFacts>])[] = [
    ['root', { root: works }],
    ['user', { user: works }],
    ['user', { user: works, settings: { 'kernel.apparmor_restrict_unprivileged_userns': '1' } }],
    ['sudo', { sudo: works }],
  ];
  test.each(cases)('is %s', (method, facts) => expect(choose(facts)).toBe(method));

  const denials: readonly (readonly [Readonly<Record<string, string>>, string, string])[] = [
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
      denied.output,
      'run as root, or allow this user to use sudo without a password',
    ],
  ];
  test.each(denials)('does not exist with %j', (settings, because, fix) => {
    expect(() => choose({ settings })).toThrow(
      expect.objectContaining({
        message: `this user cannot create a network namespace: ${because}`,
        fix,
        evidence: [denied.output, noSudo.output],
      }),
    );
  });

  test('does not exist for root without the privilege, as in a container', () => {
    expect(() => choose({ root: denied })).toThrow(
      expect.objectContaining({
        message: `root cannot create a network namespace: ${denied.output}`,
        fix: expect.stringContaining('--privileged'),
      }),
    );
  });

  test('is not sudo if the request excludes it', () => {
    expect(() => chooseNamespaceMethod({ kind: 'mount', user: denied, settings: {} })).toThrow(
      expect.objectContaining({
        message: `this user cannot create a mount namespace: ${denied.output}`,
        fix: 'run as root',
        evidence: [denied.output],
      }),
    );
  });
});

test('the command of each method', () => {
  expect(namespaceCommand('network', 'root')).toEqual(['unshare', '--net']);
  expect(namespaceCommand('mount', 'user')).toEqual(['unshare', '--user', '--map-root-user', '--mount']);
  expect(namespaceCommand('network', 'sudo')).toEqual(['sudo', '-n', 'unshare', '--net']);
});
