import { Failure, UsageError } from '../errors.js';
import { quoteText } from '../format.js';
import { isSecretName } from '../secrets/secret-rules.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The variables that child processes inherit. Everything else is withheld: credentials, and the files and tokens with
 * which a program could change later steps of a GitHub job.
 */
const inheritedNames: readonly RegExp[] = [
  // The user and the machine
  /^(PATH|HOME|USER|LOGNAME|SHELL|TERM|TMPDIR|TMP|TEMP|LANG|LD_LIBRARY_PATH|SOURCE_DATE_EPOCH|GNUPGHOME|CI)$/,
  /^(DBUS_SESSION_BUS_ADDRESS|XDG_RUNTIME_DIR|\w+_HOME)$/,
  // The network
  /^(https?|ftp|all|no)_proxy$/i,
  /^(SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS|CURL_CA_BUNDLE|REQUESTS_CA_BUNDLE|GIT_SSL_CAINFO|GIT_SSL_CAPATH)$/,
  /^(GIT_CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)|GIT_SSH|GIT_SSH_COMMAND|GIT_TERMINAL_PROMPT)$/,
  // Toolchains: `go help environment`, Node.js, npm, nx, C
  /^(GO[A-Z0-9]+|GO_EXTLINK_ENABLED|CGO_\w+|GCCGO)$/,
  /^(NODE_(OPTIONS|PATH|ENV|VERSION)|NVM_\w+|COREPACK_\w+|YARN_\w+|NX_\w+|npm_config_\w+)$/i,
  /^(CC|CXX|AR|LD|CFLAGS|CXXFLAGS|CPPFLAGS|LDFLAGS|MAKEFLAGS|PKG_CONFIG\w*)$/,
  /^(LIBGUESTFS|SUPERMIN)_\w+$/,
  // Facts about a GitHub job. The runner uses RUNNER_TRACKING_ID to find processes that a lost job left behind.
  /^GITHUB_(ACTIONS|ACTOR|BASE_REF|EVENT_NAME|HEAD_REF|JOB|REF(_NAME|_TYPE)?)$/,
  /^GITHUB_(REPOSITORY(_OWNER)?|SHA|WORKFLOW|WORKSPACE)$/,
  /^GITHUB_(RUN_(ID|NUMBER|ATTEMPT)|(SERVER|API|GRAPHQL)_URL)$/,
  /^RUNNER_(OS|ARCH|TOOL_CACHE|TRACKING_ID)$/,
];

/** Credentials of npm and yarn, whose other settings are inherited. */
const authSetting = /_auth(_|$)/i;

/** The files and tokens of a GitHub job: with them a program could forge outputs, or change the steps that follow. */
const runnerChannel = /^(GITHUB_(ENV|OUTPUT|PATH|STATE|STEP_SUMMARY)|ACTIONS_\w+|INPUT_\w+|STATE_\w+)$/i;

/**
 * The environment of every child process: the variables of the list above, with the C locale and UTC, so that output
 * can be parsed.
 */
export function childEnvironment(environment: Environment): Readonly<Record<string, string>> {
  const inherited = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      !isSecretName(entry[0]) &&
      !authSetting.test(entry[0]) &&
      !runnerChannel.test(entry[0]) &&
      inheritedNames.some((name) => name.test(entry[0])),
  );
  return { ...Object.fromEntries(inherited), LC_ALL: 'C', TZ: 'UTC' };
}

/** @throws UsageError unless the user may pass this variable to a program. `input` is the name of the input. */
export function checkVariableName(input: string, name: string): string {
  if (!/^[A-Za-z_]\w{0,127}$/.test(name)) {
    throw new UsageError(`${input} has ${quoteText(name, 60)}, which is not a valid name of an environment variable`, {
      fix: 'list names only, such as GITHUB_TOKEN; their values come from the environment',
    });
  }
  if (runnerChannel.test(name)) {
    throw new UsageError(`${input} has ${name}, through which a program could change later steps of the job`, {
      fix: `remove ${name} from ${input}`,
    });
  }
  return name;
}

/** The variables that the user passes to a program. @throws Failure if one of them is not set */
export function pickVariables(environment: Environment, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.map((name) => {
      const value = environment[name];
      if (value === undefined) {
        throw new Failure(`environment variable ${name} is not set`, {
          fix: `set ${name} (in a workflow, with env: on the step), or remove it from daemon-build-env`,
        });
      }
      return [name, value] as const;
    }),
  );
}

/** Names whose values are secrets. Narrower than `isSecretName`: AWS_WEB_IDENTITY_TOKEN_FILE is a path. */
const secretValue = /(TOKEN|SECRET|PASSWORD|PRIVATE_KEY|ACCESS_KEY|ACCESS_KEY_ID|API_KEY)$/;

/** The secrets in this environment, which must be removed from anything that others read. */
export function listSecrets(environment: Environment): readonly string[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && secretValue.test(name) ? [value] : [],
  );
}
