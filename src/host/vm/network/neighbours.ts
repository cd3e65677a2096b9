import { isIPv4 } from 'node:net';
import { z } from 'zod';
import { Failure } from '../../../platform/errors.js';
import type { Processes } from '../../../platform/process/processes.js';
import { parseToolJson } from '../../../platform/process/tool-output.js';

const neighbourSchema = z.array(
  z.object({
    dst: z.string().optional(),
    lladdr: z.string().optional(),
    state: z.array(z.string()).optional(),
  }),
);

/** The surest first. Others, such as FAILED, have no MAC address, or an old one. */
const states = ['PERMANENT', 'REACHABLE', 'DELAY', 'PROBE', 'STALE'];
/** The kernel keeps 1,024 neighbours by default (gc_thresh3), with about 100 characters each. */
const longestOutput = 16 * 1024 ** 2;

/** The IPv4 address at which this host has seen a MAC address: its guest says so, nobody has assigned it. */
export async function tryFindNeighbour(macAddress: string, processes: Processes): Promise<string | undefined> {
  const { stdout } = await processes.run({ argv: ['ip', '-4', '-json', 'neigh', 'show'], timeoutMs: 30_000 });
  return parseNeighbours(stdout, macAddress);
}

/** @throws Failure */
export function parseNeighbours(output: string, macAddress: string): string | undefined {
  if (output.length > longestOutput) throw new Failure(`ip neigh printed ${output.length} characters`);
  const rank = (state: readonly string[] = []): number => states.findIndex((one) => state.includes(one));
  return parseToolJson('ip neigh', output.trim() || '[]', neighbourSchema)
    .filter(({ dst = '', lladdr, state }) => isIPv4(dst) && lladdr?.toLowerCase() === macAddress && rank(state) >= 0)
    .sort((one, other) => rank(one.state) - rank(other.state))[0]?.dst;
}
