import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { runHelper } from '../../platform/process/helper-messages.js';
import type { Command } from '../../platform/process/processes.js';
import type { EditDriver, EditPlan } from '../edit-driver.js';
import type { PinnedPackages } from '../golden-image.js';
import { listProxies } from '../guest-environment.js';
import type { Ports } from '../ports.js';

/**
 * For the root process, as one line of JSON. Its input stays open: when it closes, nobody waits for the result any
 * more.
 */
export interface MountOrder {
  /** Its directory is empty and the user's. Root mounts a private filesystem there for its files. */
  readonly plan: EditPlan;
  /** Proxies: sudo keeps no environment. */
  readonly environment: Readonly<Record<string, string>>;
}

const doneSchema = z.object({
  kind: z.literal('done'),
  pin: z
    .object({ snapshot: z.string(), unpinned: z.array(z.string()).readonly() })
    .readonly()
    .exactOptional(),
});

const withinMs = 6 * 60 * 60_000;

/**
 * As `mountDriver`, for a user with sudo. Only the mounting runs as root: the rest of the build, and all files, stay
 * the user's.
 * @param helper the command that root runs
 */
export function createSudoMountDriver(helper: Command['argv']): EditDriver {
  return { name: 'mount', apply: async (plan, ports) => mountThroughSudo(plan, helper, ports) };
}

async function mountThroughSudo(
  plan: EditPlan,
  helper: Command['argv'],
  { processes, log }: Ports,
): Promise<PinnedPackages | undefined> {
  const directory = join(plan.directory, 'as-root');
  await mkdir(directory);
  const order: MountOrder = { plan: { ...plan, directory }, environment: await listProxies(processes) };
  const { pin } = await runHelper(
    {
      argv: ['sudo', '-n', '--', 'unshare', '--mount', '--', ...helper],
      order,
      withinMs,
      what: 'the driver mount',
      done: doneSchema,
    },
    { processes, log },
  );
  return pin;
}
