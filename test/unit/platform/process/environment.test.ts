import { describe, expect, test } from '@jest/globals';
import { UsageError } from '../../../../src/platform/errors.js';
import { checkVariableName, childEnvironment, pickVariables } from '../../../../src/platform/process/environment.js';

test('children get no credentials, no runner channel, and a fixed locale', () => {
  const runner = { GITHUB_SHA: 'abc', GITHUB_ACTIONS: 'true', RUNNER_TRACKING_ID: 'github_1' };
  const toolchain = {
    GOFLAGS: '-mod=mod',
    GO111MODULE: 'on',
    NX_PARALLEL: '1',
    npm_config_registry: 'https://registry.example/',
    CC: 'gcc',
    JAVA_HOME: '/opt/java',
    https_proxy: 'http://proxy.example:3128',
    NO_PROXY: 'localhost',
    SSL_CERT_FILE: '/etc/ca.pem',
    SUPERMIN_KERNEL: '/boot/vmlinuz',
  };
  expect(
    childEnvironment({
      ...runner,
      ...toolchain,
      GITHUB_OUTPUT: '/runner/output',
      GITHUB_ENV: '/runner/env',
      GITHUB_PATH: '/runner/path',
      GITHUB_STATE: '/runner/state',
      GITHUB_STEP_SUMMARY: '/runner/summary',
      GITHUB_EVENT_PATH: '/runner/event.json',
      RUNNER_TEMP: '/runner',
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.example/',
      ACTIONS_RESULTS_URL: 'https://results.example/',
      SSH_AUTH_SOCK: '/tmp/agent',
      GIT_CONFIG_VALUE_0: 'AUTHORIZATION: basic x',
      GOOGLE_APPLICATION_CREDENTIALS: '/key.json',
      NX_CLOUD_ACCESS_TOKEN: 'l',
      npm_config__auth: 'm',
      YARN_NPM_AUTH_IDENT: 'n',
      BASH_ENV: '/runner/env',
      SOMETHING_ELSE: 'o',
      PATH: '/bin',
      HOME: '/root',
      LC_ALL: 'de_DE.UTF-8',
      RUNNER_TRACKING_ID: 'github_1',
      EMPTY: undefined,
      AWS_SECRET_ACCESS_KEY: 'a',
      AWS_SESSION_TOKEN: 'b',
      ACTIONS_RUNTIME_TOKEN: 'c',
      GITHUB_TOKEN: 'd',
      GH_TOKEN: 'e',
      INPUT_STORE: 'f',
      STATE_work: 'g',
      MY_PASSWORD: 'h',
      NPM_TOKEN: 'i',
      DEPLOY_PRIVATE_KEY: 'j',
      CLIENT_SECRET: 'k',
    }),
  ).toEqual({ PATH: '/bin', HOME: '/root', LC_ALL: 'C', TZ: 'UTC', ...runner, ...toolchain });
});

describe('variables that the user passes to a build', () => {
  test.each(['GITHUB_TOKEN', 'SSH_AUTH_SOCK', 'GIT_CONFIG_VALUE_0', '_x'])('can be %s', (name) =>
    expect(checkVariableName('daemon-build-env', name)).toBe(name),
  );

  test.each(['', 'A=b', 'a b', '1A', 'A-B', '$(x)', 'A\n', 'x'.repeat(200)])('cannot be %j', (name) =>
    expect(() => checkVariableName('daemon-build-env', name)).toThrow(UsageError),
  );

  test.each([
    'GITHUB_OUTPUT',
    'GITHUB_ENV',
    'GITHUB_PATH',
    'GITHUB_STATE',
    'GITHUB_STEP_SUMMARY',
    'ACTIONS_RUNTIME_TOKEN',
  ])('cannot be %s, which is a channel of the runner', (name) =>
    expect(() => checkVariableName('daemon-build-env', name)).toThrow('could change later steps of the job'),
  );

  test('must be set, but may be empty', () => {
    expect(pickVariables({ A: '1', B: '', C: '3' }, ['A', 'B'])).toEqual({ A: '1', B: '' });
    expect(() => pickVariables({ A: '1' }, ['GITHUB_TOKEN'])).toThrow('environment variable GITHUB_TOKEN is not set');
  });
});
