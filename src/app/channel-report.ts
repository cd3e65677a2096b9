import type { SignatureOperation } from '../inputs/channel-inputs.js';
import type { ChannelMove, ChannelOperation } from '../store/change-channels.js';

/** The result of an operation on channels or signatures. */
export interface ChannelReport {
  readonly operation: (ChannelOperation | SignatureOperation)['operation'];
  readonly image: string;
  readonly changed: boolean;
  /** The version that the channel points to now, or the revoked, signed or attested versions. */
  readonly versions: readonly number[];
  readonly moves: readonly ChannelMove[];
  /** One line for each change. */
  readonly lines: readonly string[];
}
