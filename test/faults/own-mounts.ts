import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

/** A private mount namespace. Its mounts exist as long as it does, and are invisible to others. */
export interface OwnMounts {
  /** The arguments before a program that start it in the namespace. */
  readonly enter: readonly string[];
  /** Runs a shell script in it, and returns its output. */
  run(script: string, ...args: readonly string[]): Promise<string>;
  /** The path outside of the namespace that leads to a path in it. */
  reach(path: string): string;
  end(): Promise<void>;
}

/** Root needs no user namespace. Other users get one in which they are root. */
const ours = process.getuid?.() === 0 ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
const theirs = process.getuid?.() === 0 ? ['--mount'] : ['--user', '--preserve-credentials', '--mount'];

export async function startOwnMounts(): Promise<OwnMounts> {
  const holder = spawn('unshare', [...ours, '--', 'sh', '-c', 'echo ready; read -r _'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(holder, 'exit');
  await Promise.race([
    once(holder.stdout, 'data'),
    exited.then(() => {
      throw new Error('cannot create a mount namespace');
    }),
  ]);
  const pid = holder.pid ?? 0;
  const enter = ['nsenter', ...theirs, `--target=${pid}`, '--'];
  return {
    enter,
    run: async (script, ...args) =>
      (await promisify(execFile)('nsenter', [...enter.slice(1), 'sh', '-c', `set -e\n${script}`, 'sh', ...args]))
        .stdout,
    reach: (path) => `/proc/${pid}/root${path}`,
    end: async () => {
      holder.stdin.end();
      await exited;
    },
  };
}
