import type { DoctorInputs } from '../../inputs/build-inputs.js';
import type { Session } from '../../platform/session.js';
import type { Finding } from './finding.js';

export interface DoctorRequest extends DoctorInputs {
  /** The directory of a host, if this machine is one. */
  readonly root?: string | undefined;
  /** Run a guest on /dev/kvm, unless the answer is known since this machine booted. Takes a second or two. */
  readonly bootsOnKvm: boolean;
  /** Run it even if the answer is known. */
  readonly bootsAgain?: boolean;
}

export type DoctorPorts = Pick<Session, 'processes' | 'clock' | 'signal' | 'owner' | 'helpers'>;

/** One check of the doctor: when it applies, what it inspects, and what it reports. */
export interface Check {
  /** Names the finding if the check throws a Failure. */
  readonly name: string;
  readonly appliesTo: (request: DoctorRequest) => boolean;
  readonly check: (request: DoctorRequest, ports: DoctorPorts) => Promise<readonly Finding[]>;
}
