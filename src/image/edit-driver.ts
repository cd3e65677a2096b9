import type { Driver } from '../platform/choices.js';
import type { PinnedPackages } from './golden-image.js';
import type { Edit } from './plan.js';
import type { Ports } from './ports.js';

/** Edits for one overlay. */
export interface EditPlan {
  readonly overlay: string;
  readonly edits: readonly Edit[];
  /** For scripts, sockets and mounts. */
  readonly directory: string;
}

/** Applies edits to the filesystems of an overlay. */
export interface EditDriver {
  readonly name: Driver;
  /**
   * Returns which packages come from the plan's snapshot, if it names one.
   * @throws Failure if an edit cannot be made: the overlay must not be used then
   */
  apply(plan: EditPlan, ports: Ports): Promise<PinnedPackages | undefined>;
}
