import type { Processes } from '../platform/process/processes.js';

/** Variables for programs of the image. */
export const guestEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
  LC_ALL: 'C.UTF-8',
  DEBIAN_FRONTEND: 'noninteractive',
  DEBCONF_NONINTERACTIVE_SEEN: 'true',
  // Ubuntu's needrestart would inspect the host's processes.
  NEEDRESTART_SUSPEND: '1',
};
const proxyVariables = /^(https?|ftp|all|no)_proxy$/i;

/**
 * Arguments for env(1). Of this process's variables only proxies are inherited, because their values can be secret and
 * must not be arguments.
 */
export async function formatEnvironment(
  environment: Readonly<Record<string, string>>,
  processes: Processes,
): Promise<readonly string[]> {
  const names = Object.keys(await readEnvironment(processes)).filter((name) => !proxyVariables.test(name));
  return [
    ...names.map((name) => `--unset=${name}`),
    ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
  ];
}

/** The proxy variables that child processes get. */
export async function listProxies(processes: Processes): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries(
    Object.entries(await readEnvironment(processes)).filter(([name]) => proxyVariables.test(name)),
  );
}

async function readEnvironment(processes: Processes): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await processes.run({ argv: ['env', '--null'] });
  return Object.fromEntries(
    stdout
      .split('\0')
      .filter((entry) => entry !== '')
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}
