import type { DoctorInputs } from '../../inputs/build-inputs.js';
import type { Session } from '../../platform/session.js';
import type { Finding } from './finding.js';

export interface DoctorRequest extends DoctorInputs {
  /** The directory of a host, if this machine is to be one. */
  readonly root?: string | undefined;
  /** Boot a guest on /dev/kvm: a second if KVM works, five if it does not. */
  readonly bootsOnKvm: boolean;
}

export type DoctorPorts = Pick<Session, 'processes' | 'clock' | 'signal' | 'owner'>;

/** What the doctor looks at, and how it judges what it finds. */
export interface Check {
  /** Names the finding if the check throws a Failure. */
  readonly name: string;
  readonly appliesTo: (request: DoctorRequest) => boolean;
  readonly check: (request: DoctorRequest, ports: DoctorPorts) => Promise<readonly Finding[]>;
}
