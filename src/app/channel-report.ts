import type { ChannelInputs } from '../inputs/channel-inputs.js';
import type { ChannelMove } from '../store/change-channels.js';

/** The result of an operation on channels or signatures. */
export interface ChannelReport {
  readonly operation: ChannelInputs['operation']['operation'];
  readonly image: string;
  readonly changed: boolean;
  /** The version that the channel points to now, or the affected versions. */
  readonly versions: readonly number[];
  readonly moves: readonly ChannelMove[];
  /** One line for each change. */
  readonly lines: readonly string[];
  /** The version that publish has published, or found in the store. */
  readonly published?:
    | { readonly imageUri: string; readonly imageSha256: string; readonly manifestSha256: string }
    | undefined;
}
