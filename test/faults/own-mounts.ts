import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

/** A mount namespace of its own: what is mounted in it is there as long as it is, and nobody else sees it. */
export interface OwnMounts {
  /** What starts a program in it: goes before its name. */
  readonly enter: readonly string[];
  /** Runs a script of sh(1) in it; answers with what that wrote. */
  run(script: string, ...args: readonly string[]): Promise<string>;
  /** The path by which we reach a path of it. */
  reach(path: string): string;
  end(): Promise<void>;
}

/** Root needs no user namespace for it, and whoever is not root gets one in which he is. */
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
      throw new Error('no mount namespace could be made');
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
