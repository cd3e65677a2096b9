import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { findDockerConfig, pickHelperVariables } from '../platform/docker-config.js';
import { Failure, hasCode, ToolError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { tryParseJson } from '../platform/json.js';
import type { Processes } from '../platform/process/processes.js';
import { createRedactor } from '../platform/secrets/redact.js';

/** How to sign in to a registry. Never logged. */
export type RegistryCredentials =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  /** A token that a token server exchanges for access tokens. */
  | { readonly kind: 'identity'; readonly token: string };

export interface CredentialsRequest {
  /** `ghcr.io`, `127.0.0.1:5000` */
  readonly host: string;
  /** Docker's `config.json`. Default: that of this user. */
  readonly configPath?: string | undefined;
}

const maxConfigBytes = 4 * 1024 ** 2;
const maxSecretLength = 64 * 1024;
const helperTimeoutMs = 60_000;
const secret = z.string().max(maxSecretLength);

const configSchema = z.object({
  auths: z
    .record(
      z.string(),
      z.object({
        auth: secret.optional(),
        username: secret.optional(),
        password: secret.optional(),
        identitytoken: secret.optional(),
      }),
    )
    .optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
  credsStore: z.string().optional(),
});

type DockerConfig = z.infer<typeof configSchema>;

/**
 * The credentials for a registry in Docker's configuration, as `docker login` and `oras login` save them; undefined if
 * there are none.
 * @throws Failure for an invalid configuration, or a credential helper that fails
 */
export async function findRegistryCredentials(
  { host, configPath = findDockerConfig() }: CredentialsRequest,
  processes: Processes,
): Promise<RegistryCredentials | undefined> {
  const config = configPath === undefined ? undefined : await tryReadConfig(configPath);
  if (config === undefined) return undefined;
  const name = host === 'docker.io' ? hub.host : host;
  const server = name === hub.host ? hub.server : name;
  const helper = getOwn(config.credHelpers, host) ?? getOwn(config.credHelpers, server);
  if (helper !== undefined) return askHelper(helper, server, processes);
  const saved = findSaved(config, name);
  if (saved !== undefined) return saved;
  const { credsStore: everything = '' } = config;
  return everything === '' ? undefined : askHelper(everything, server, processes);
}

/** Docker Hub, by the names that `docker login` saves for it. */
const hub = { host: 'index.docker.io', server: 'https://index.docker.io/v1/' };

function findSaved({ auths = {} }: DockerConfig, name: string): RegistryCredentials | undefined {
  const [, saved] = Object.entries(auths).find(([key]) => hostOf(key) === name) ?? [];
  return saved === undefined ? undefined : parseSaved(saved, `auths of ${name} in the configuration of Docker`);
}

/** A name from outside must not find what every object inherits. */
function getOwn(record: Readonly<Record<string, string>> | undefined, name: string): string | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Keys are host names, and URLs in files of older releases: `https://index.docker.io/v1/`. */
function hostOf(key: string): string {
  return (key.replace(/^https?:\/\//, '').split('/')[0] ?? '').toLowerCase();
}

async function tryReadConfig(path: string): Promise<DockerConfig | undefined> {
  const fix = 'correct that file, or set DOCKER_CONFIG to a directory with a different config.json';
  try {
    if ((await stat(path)).size > maxConfigBytes) throw new Failure(`${quoteText(path)} is too large`, { fix });
    const { data } = configSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    if (data !== undefined) return data;
    // Not the reason: it could quote a password.
    throw new Failure(`${quoteText(path)} is not a configuration of Docker`, { fix });
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR') || hasCode(error, 'EACCES')) return undefined;
    if (error instanceof Failure) throw error;
    throw new Failure(`${quoteText(path)} is not valid JSON, or cannot be read`, { fix });
  }
}

type Saved = NonNullable<DockerConfig['auths']>[string];

function parseSaved({ auth, username, password, identitytoken }: Saved, what: string): RegistryCredentials | undefined {
  if (identitytoken !== undefined && identitytoken !== '') return { kind: 'identity', token: identitytoken };
  if (username !== undefined && password !== undefined) return { kind: 'password', user: username, password };
  if (auth === undefined || auth === '') return undefined;
  const pair = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = pair.indexOf(':');
  if (colon < 1) throw new Failure(`${what}: "auth" is not a user and a password in Base64`, { fix: 'docker login' });
  return toCredentials(pair.slice(0, colon), pair.slice(colon + 1));
}

/** A helper returns an identity token with this user. */
function toCredentials(user: string, password: string): RegistryCredentials {
  return user === '<token>' ? { kind: 'identity', token: password } : { kind: 'password', user, password };
}

const answerSchema = z.object({ Username: secret, Secret: secret });

/** `docker-credential-NAME get`, with the server on standard input. */
async function askHelper(name: string, server: string, processes: Processes): Promise<RegistryCredentials | undefined> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) {
    throw new Failure(`invalid name of a credential helper ${quoteText(name, 60)} in the configuration of Docker`, {
      fix: 'correct credsStore or credHelpers in config.json',
    });
  }
  const program = `docker-credential-${name}`;
  if ((await processes.tryFind(program)) === undefined)
    throw new Failure(`the configuration of Docker names ${program}, which is not installed`, {
      fix: `install ${program}, or remove it from config.json and sign in again: docker login`,
    });
  const answer = await readAnswer(program, server, processes);
  if (answer === undefined) return undefined;
  const { data } = answerSchema.safeParse(tryParseJson(answer));
  // The answer is a secret: no message quotes it.
  if (data === undefined) throw new Failure(`unexpected output from ${program} get for ${server}`);
  return data.Secret === '' ? undefined : toCredentials(data.Username, data.Secret);
}

/** Undefined if the helper has nothing for this server: it says so on standard output, and fails. */
async function readAnswer(program: string, server: string, processes: Processes): Promise<string | undefined> {
  const env = pickHelperVariables();
  let text = '';
  try {
    // Not `run`: its errors quote standard output.
    await processes.stream(
      { argv: [program, 'get'], input: `${server}\n`, env, timeoutMs: helperTimeoutMs },
      async (stdout) => {
        for await (const part of stdout) {
          text += String(part);
          if (text.length > 2 * maxSecretLength) throw new Failure(`${program} printed more than expected`);
        }
      },
    );
    return text;
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    if (/credentials not found|no credentials/i.test(text)) return undefined;
    const redactor = createRedactor(Object.values(env));
    const evidence = error.evidence.map((line) => redactor.text(line));
    throw new Failure(`${error.message}: no credentials for ${server}`, { evidence, fix: `docker login ${server}` });
  }
}
