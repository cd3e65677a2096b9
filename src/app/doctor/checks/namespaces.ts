import { Failure } from '../../../platform/errors.js';
import type { Processes } from '../../../platform/process/processes.js';
import {
  getNamespaceMethod,
  type NamespaceRequest,
  type NamespaceMethod,
} from '../../../platform/process/user-namespaces.js';
import type { Check } from '../check.js';
import { toFinding, type Finding, type Severity } from '../finding.js';

export const mountNamespaceCheck: Check = {
  name: 'mount namespace',
  appliesTo: () => true,
  check: async (_, ports) => [await checkNamespace({ kind: 'mount', sudo: false, severity: 'broken' }, ports)],
};

const texts: Readonly<Record<NamespaceMethod, string>> = {
  root: 'can be created',
  user: 'can be created in a user namespace',
  sudo: 'can be created through sudo; user namespaces are forbidden',
};

/** Creates a private namespace, as a build would. */
export async function checkNamespace(
  { severity, ...request }: NamespaceRequest & { readonly severity: Severity },
  ports: { readonly processes: Processes },
): Promise<Finding> {
  const name = `${request.kind} namespace`;
  try {
    return { name, state: 'ok', text: texts[await getNamespaceMethod(request, ports)] };
  } catch (error) {
    if (!(error instanceof Failure) || error.fix === undefined) throw error;
    return toFinding(name, error, severity);
  }
}
