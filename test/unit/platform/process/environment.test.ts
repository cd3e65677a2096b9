import { expect, test } from '@jest/globals';
import { childEnvironment } from '../../../../src/platform/process/environment.js';

test('children get no credentials, and a locale that can be parsed', () => {
  expect(
    childEnvironment({
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
  ).toEqual({ PATH: '/bin', HOME: '/root', LC_ALL: 'C', TZ: 'UTC', RUNNER_TRACKING_ID: 'github_1' });
});
