import { Failure } from '../../platform/errors.js';
import type { Processes } from '../../platform/process/processes.js';
import {
  getNamespaceMethod,
  type NamespaceRequest,
  type NamespaceMethod,
} from '../../platform/process/user-namespaces.js';
import type { Finding } from './finding.js';

export interface NamespaceNeed extends NamespaceRequest {
  /** What it is where none can be made. */
  readonly state: Finding['state'];
}

const words: Readonly<Record<NamespaceMethod, string>> = {
  root: 'can be made',
  user: 'can be made, in a user namespace',
  sudo: 'can be made through sudo: user namespaces are forbidden',
};

/** Makes a private namespace, as this user can. */
export async function examineNamespace(
  { state, ...request }: NamespaceNeed,
  ports: { readonly processes: Processes },
): Promise<Finding> {
  const name = `${request.kind} namespace`;
  try {
    return { name, state: 'ok', text: words[await getNamespaceMethod(request, ports)] };
  } catch (error) {
    if (!(error instanceof Failure) || error.fix === undefined) throw error;
    return { name, state, text: error.message, fix: error.fix };
  }
}
