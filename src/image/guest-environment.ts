import type { Processes } from '../platform/process/processes.js';

/** What programs of the image find. */
export const guestEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
  LC_ALL: 'C.UTF-8',
  DEBIAN_FRONTEND: 'noninteractive',
  DEBCONF_NONINTERACTIVE_SEEN: 'true',
  // Ubuntu's needrestart would look at the host's processes.
  NEEDRESTART_SUSPEND: '1',
};
const proxyVariables = /^(https?|ftp|all|no)_proxy$/i;

/** Arguments of env(1): of what children get here, only proxies count in the guest. Their values, which can be secret, are not among them. */
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

/** Variables of children here that say by which proxies the network is reached. */
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
