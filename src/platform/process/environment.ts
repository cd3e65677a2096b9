type Environment = Readonly<Record<string, string | undefined>>;

/** Credentials and the runner's channels: no program that we start needs them. */
const secret = /^(AWS_|ACTIONS_|INPUT_|GITHUB_TOKEN$|GH_TOKEN$|STATE_)|(TOKEN|SECRET|PASSWORD|PRIVATE_KEY)$/;

/**
 * The environment of child processes: ours without credentials, in the C locale and UTC, so that their output can be
 * parsed. RUNNER_TRACKING_ID stays: with it GitHub's runner finds processes of a lost job.
 */
export function childEnvironment(environment: Environment): Readonly<Record<string, string>> {
  const kept = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !secret.test(entry[0]),
  );
  return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' };
}

/** Names whose values are secrets. `childEnvironment` withholds more than those. */
const secretValue = /(TOKEN|SECRET|PASSWORD|PRIVATE_KEY|ACCESS_KEY|ACCESS_KEY_ID|API_KEY)$/;

/** The secrets in our environment, for masking. */
export function listSecrets(environment: Environment): readonly string[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && secretValue.test(name) ? [value] : [],
  );
}
