import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where Docker, and every tool that works with registries, saves credentials; undefined for a user without a home.
 * @param environment by default that of this process
 */
export function findDockerConfig(environment: Environment = process.env): string | undefined {
  const directory = environment['DOCKER_CONFIG'];
  if (directory !== undefined && directory !== '') return join(directory, 'config.json');
  const home = environment['HOME'];
  if (home !== undefined && home !== '') return join(home, '.docker', 'config.json');
  try {
    return join(homedir(), '.docker', 'config.json');
  } catch {
    return undefined;
  }
}

/** Settings and credentials of the clouds: helpers for their registries sign in with them. */
const helperVariable =
  /^(AWS_\w+|CLOUDSDK_\w+|GOOGLE_APPLICATION_CREDENTIALS|AZURE_\w+|DOCKER_CONFIG|GITHUB_TOKEN|DISPLAY|GPG_TTY)$/;

/** The variables of this environment that a credential helper of Docker may need. */
export function pickHelperVariables(environment: Environment = process.env): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => helperVariable.test(entry[0]) && entry[1] !== undefined,
    ),
  );
}
