import { Failure, type ToolError } from '../platform/errors.js';

/** The output of git, Go and npm if a server requires credentials that they do not have. */
const authenticationFailed = new RegExp(
  [
    'Authentication failed',
    'could not read (Username|Password)',
    'terminal prompts disabled',
    'Permission denied \\(publickey',
    'Access denied',
    'If this is a private repository',
    'no secure protocol found for repository',
    '\\b(401 Unauthorized|403 Forbidden)\\b',
    'returned error: 40[13]\\b',
    'code E40[13]\\b',
  ].join('|'),
  'i',
);

/** A build that failed. `inherit` names the additional variables that were passed to it. */
export function buildFailure(message: string, error: ToolError, inherit: readonly string[] = []): Failure {
  const { evidence } = error;
  if (!evidence.some((line) => authenticationFailed.test(line)))
    return new Failure(message, { evidence, cause: error });
  const withheld = inherit.length === 0 ? ' (credentials are withheld from builds)' : '';
  const fix =
    inherit.length === 0
      ? 'name the variables that hold the credentials, e.g. daemon-build-env: GITHUB_TOKEN'
      : `check the credentials in ${inherit.join(', ')};` +
        ' daemon-build-env must name every variable that the build needs';
  return new Failure(`${message}: authentication failed${withheld}`, { fix, evidence, cause: error });
}
