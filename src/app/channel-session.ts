import type { Session } from '../platform/session.js';
import type { Signer } from '../store/signer.js';

export type ChannelSession = Session & { readonly signer?: Signer };
