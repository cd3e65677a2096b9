import type { SignatureOperation } from '../inputs/channel-inputs.js';
import type { ChannelMove, ChannelOperation } from '../store/change-channels.js';

/** What became of an operation on channels or signatures. */
export interface ChannelReport {
  readonly operation: (ChannelOperation | SignatureOperation)['operation'];
  readonly image: string;
  readonly changed: boolean;
  /** What the channel names now; what is revoked, signed or attested, after that. */
  readonly versions: readonly number[];
  readonly moves: readonly ChannelMove[];
  /** What was and what is, a line for each change. */
  readonly lines: readonly string[];
}
