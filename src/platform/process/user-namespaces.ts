import { readFile } from 'node:fs/promises';
import { isRoot } from './privilege-method.js';
import { CancelledError, Failure } from '../errors.js';
import type { Command, Processes } from './processes.js';

/** How this user creates a namespace: as root, inside a user namespace, or with `sudo -n`. */
export type NamespaceMethod = 'root' | 'user' | 'sudo';

export interface NamespaceRequest {
  readonly kind: 'network' | 'mount';
  /** Whether the namespace may be created with sudo. */
  readonly sudo: boolean;
}

/** What was found on this machine, up to the first method that works. */
export interface NamespaceFacts {
  readonly kind: NamespaceRequest['kind'];
  /** Only for root, which has no other method. */
  readonly root?: Attempt | undefined;
  readonly user?: Attempt | undefined;
  readonly sudo?: Attempt | undefined;
  /** Values of `settings`, by name; a kernel has only some. */
  readonly settings: Readonly<Record<string, string>>;
}

interface Attempt {
  readonly works: boolean;
  /** The last line of an error. */
  readonly output: string;
}

/** Settings with which distributions forbid user namespaces to plain users, and the value that allows them. */
const settings: readonly { readonly name: string; readonly forbids: string; readonly allows: string }[] = [
  // Ubuntu 23.10 and newer: https://ubuntu.com/blog/ubuntu-23-10-restricted-unprivileged-user-namespaces
  { name: 'kernel.apparmor_restrict_unprivileged_userns', forbids: '1', allows: '0' },
  // Debian's and Arch's hardened kernels.
  { name: 'kernel.unprivileged_userns_clone', forbids: '0', allows: '1' },
  { name: 'user.max_user_namespaces', forbids: '0', allows: '15000' },
];

const flags = { network: '--net', mount: '--mount' } as const;

interface Ports {
  readonly processes: Processes;
}

/** @throws Failure if none works, with the setting that would allow one */
export async function getNamespaceMethod(request: NamespaceRequest, ports: Ports): Promise<NamespaceMethod> {
  return chooseNamespaceMethod(await readNamespaceFacts(request, ports));
}

/** @throws Failure */
export function chooseNamespaceMethod(facts: NamespaceFacts): NamespaceMethod {
  if (facts.root?.works === true) return 'root';
  if (facts.user?.works === true) return 'user';
  if (facts.sudo?.works === true) return 'sudo';
  throw facts.root === undefined
    ? namespaceFailure(facts)
    : new Failure(`root cannot create a ${facts.kind} namespace: ${facts.root.output}`, {
        fix: 'run outside a container, or in one started with --privileged',
      });
}

function namespaceFailure({ kind, user, sudo, settings: found }: NamespaceFacts): Failure {
  const forbidding = settings.filter(({ name, forbids }) => found[name] === forbids);
  const because = forbidding.map(({ name, forbids }) => `${name} is ${forbids}`).join(', ') || (user?.output ?? '');
  return new Failure(`this user cannot create a ${kind} namespace: ${because}`, {
    fix:
      forbidding.length > 0
        ? `sudo sysctl ${forbidding.map(({ name, allows }) => `${name}=${allows}`).join(' ')}`
        : `run as root${sudo === undefined ? '' : ', or allow this user to use sudo without a password'}`,
    evidence: [user, sudo].flatMap((attempt) => (attempt === undefined ? [] : [attempt.output])),
  });
}

/** A command that creates a namespace for the command after `--`. */
export function namespaceCommand(kind: NamespaceRequest['kind'], method: NamespaceMethod): Command['argv'] {
  switch (method) {
    case 'root':
      return ['unshare', flags[kind]];
    case 'user':
      return ['unshare', '--user', '--map-root-user', flags[kind]];
    case 'sudo':
      return ['sudo', '-n', 'unshare', flags[kind]];
  }
}

async function readNamespaceFacts(request: NamespaceRequest, ports: Ports): Promise<NamespaceFacts> {
  const { kind } = request;
  if (isRoot()) return { kind, root: await attempt(namespaceCommand(kind, 'root'), ports), settings: {} };
  const user = await attempt(namespaceCommand(kind, 'user'), ports);
  // Only when needed: sudo informs the administrator of users it denies.
  const sudo = user.works || !request.sudo ? undefined : await attempt(namespaceCommand(kind, 'sudo'), ports);
  const values = settings.map(async ({ name }) => [name, await readSetting(name)] as const);
  return {
    kind,
    user,
    sudo,
    settings: Object.fromEntries(await Promise.all(values)),
  };
}

async function attempt(argv: Command['argv'], { processes }: Ports): Promise<Attempt> {
  try {
    await processes.run({ argv: [...argv, '--', 'true'], timeoutMs: 30_000 });
    return { works: true, output: '' };
  } catch (error) {
    if (!(error instanceof Failure) || error instanceof CancelledError) throw error;
    return { works: false, output: error.evidence.at(-1) ?? error.message };
  }
}

/** Empty if this kernel does not have it. */
async function readSetting(name: string): Promise<string> {
  return readFile(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').then(
    (text) => text.trim(),
    () => '',
  );
}
