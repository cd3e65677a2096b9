import { readContent, readIdentity, readStatus, type GuestIdentity, type UnitStatus } from './guest-facts.js';
import { groupByKey, malformed, parseRecord, type ProbeRecord } from './probe-records.js';

/** What a probe has reported so far. Times are the host's, when it read the block. */
export interface ProbeState {
  /** The last ones, oldest first. */
  readonly statuses: readonly UnitStatus[];
  readonly identity?: GuestIdentity;
  /** Chunk index to SHA-256. */
  readonly content?: ReadonlyMap<number, string>;
  readonly killedAt?: number;
  readonly restartedAt?: number;
  /** Lines of a block that has not ended yet. */
  readonly pending: readonly string[];
}

export const emptyProbe: ProbeState = { statuses: [], pending: [] };

const keptStatuses = 4;
const longestBlock = 200_000;
const marker = /@@ch-golden (begin|end) (\w+)$/;

/**
 * Reads the next lines of the probe's console. Lines outside a block come from other programs, e.g. a getty.
 * @throws Failure if a block is malformed: the guest is untrusted
 */
export function readProbeLines(state: ProbeState, lines: readonly string[], now: number): ProbeState {
  let next = state;
  let block: string[] = [...state.pending];
  for (const line of lines) {
    const [, edge, kind = ''] = marker.exec(line) ?? [];
    if (edge === 'begin') block = [kind];
    else if (block[0] === undefined) continue;
    else if (edge === undefined) block.push(line);
    else if (kind !== block[0]) throw malformed(`a block "${block[0]}" that ends as "${kind}"`, line);
    else {
      next = { ...next, ...readBlock(kind, block.slice(1).map(parseRecord), next, now) };
      block = [];
    }
  }
  if (block.length > longestBlock) throw malformed(`a block of more than ${longestBlock} lines`, block.at(-1) ?? '');
  return { ...next, pending: block };
}

function readBlock(kind: string, records: readonly ProbeRecord[], state: ProbeState, now: number): Partial<ProbeState> {
  const fields = groupByKey(records);
  switch (kind) {
    case 'status':
      return { statuses: [...state.statuses, readStatus(fields)].slice(-keptStatuses) };
    case 'identity':
      return { identity: readIdentity(fields) };
    case 'content':
      return { content: readContent(fields) };
    case 'killed':
      return { killedAt: now };
    case 'restarted':
      return { restartedAt: now };
    default:
      throw malformed('an unknown block', kind);
  }
}
