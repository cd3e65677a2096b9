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

/** The IPv4 addresses at which this host has seen MAC addresses: guests say so, nobody has assigned them. */
export async function readNeighbours(processes: Processes, timeoutMs: number): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await processes.run({ argv: ['ip', '-4', '-json', 'neigh', 'show'], timeoutMs });
  return indexNeighbours(stdout);
}

/** @throws Failure */
export function parseNeighbours(output: string, macAddress: string): string | undefined {
  return indexNeighbours(output).get(macAddress);
}

function indexNeighbours(output: string): ReadonlyMap<string, string> {
  if (output.length > longestOutput) throw new Failure(`ip neigh printed ${output.length} characters`);
  const rank = (state: readonly string[] = []): number => states.findIndex((one) => state.includes(one));
  const surestLast = parseToolJson('ip neigh', output.trim() || '[]', neighbourSchema)
    .filter(({ dst = '', state }) => isIPv4(dst) && rank(state) >= 0)
    .reverse()
    .sort((one, other) => rank(other.state) - rank(one.state));
  return new Map(surestLast.map(({ lladdr = '', dst = '' }) => [lladdr.toLowerCase(), dst]));
}
