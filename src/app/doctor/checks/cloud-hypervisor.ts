import { assertBridge } from '../../../smoke/cloud-hypervisor/bridge.js';
import { minRelease } from '../../../smoke/cloud-hypervisor/needs.js';
import { errorMessage } from '../../../platform/errors.js';
import { compressionSince, relativeBackingSince } from '../../../vmm/cloud-hypervisor-needs.js';
import { isAtLeast, program, readRelease, type Release } from '../../../vmm/cloud-hypervisor-release.js';
import type { Check, DoctorPorts, DoctorRequest } from '../check.js';
import type { Finding, Severity } from '../finding.js';
import { checkTun, readDeviceState } from './devices.js';
import { checkNamespace } from './namespaces.js';

type SmokeInputs = DoctorRequest['smoke'];

const appliesTo = ({ smoke }: DoctorRequest): boolean => smoke.enabled && smoke.vmm !== 'qemu';

/** What Cloud Hypervisor needs to boot smoke VMs, if it is installed. */
export const cloudHypervisorChecks: readonly Check[] = [
  { name: program, appliesTo, check: checkProgram },
  {
    name: '/dev/net/tun',
    appliesTo,
    check: ifInstalled(async ({ smoke }) =>
      checkTun(await readDeviceState('/dev/net/tun'), cloudHypervisorSeverity(smoke)),
    ),
  },
  {
    name: 'network namespace',
    appliesTo,
    check: ifInstalled(async ({ smoke }, ports) =>
      checkNamespace({ kind: 'network', sudo: true, severity: cloudHypervisorSeverity(smoke) }, ports),
    ),
  },
  {
    name: 'smoke-network',
    appliesTo: (request) => appliesTo(request) && request.smoke.network !== 'isolated',
    check: ifInstalled(checkBridge),
  },
];

/** QEMU boots the smoke VMs if Cloud Hypervisor cannot, unless the inputs rule it out. */
export function cloudHypervisorSeverity({ vmm, network }: Pick<SmokeInputs, 'vmm' | 'network'>): Severity {
  return vmm === 'cloud-hypervisor' || network !== 'isolated' ? 'broken' : 'warning';
}

/** The path of the program; undefined if it is not installed, or QEMU was requested. */
export async function tryFindCloudHypervisor(
  { vmm }: Pick<SmokeInputs, 'vmm'>,
  { processes }: Pick<DoctorPorts, 'processes'>,
): Promise<string | undefined> {
  return vmm === 'qemu' ? undefined : processes.tryFind(program);
}

function ifInstalled(check: (request: DoctorRequest, ports: DoctorPorts) => Promise<Finding>): Check['check'] {
  return async (request, ports) =>
    (await tryFindCloudHypervisor(request.smoke, ports)) === undefined ? [] : [await check(request, ports)];
}

async function checkProgram(request: DoctorRequest, ports: DoctorPorts): Promise<readonly Finding[]> {
  const state = cloudHypervisorSeverity(request.smoke);
  const path = await tryFindCloudHypervisor(request.smoke, ports);
  if (path === undefined) {
    return state === 'warning'
      ? [{ name: program, state: 'ok', text: 'not on PATH; QEMU boots the smoke VMs' }]
      : [{ name: program, state, text: 'not on PATH', fix: 'put the binary of a Cloud Hypervisor release on PATH' }];
  }
  try {
    return [checkRelease(await readRelease(ports.processes), path, request)];
  } catch (error) {
    ports.signal.throwIfAborted();
    const fix = 'install the binary of a Cloud Hypervisor release for this machine';
    return [{ name: program, state, text: `${path}: ${errorMessage(error)}`, fix }];
  }
}

export function checkRelease(
  release: Release,
  path: string,
  { smoke, image }: Pick<DoctorRequest, 'smoke' | 'image'>,
): Finding {
  const min = minReleaseOf({ smoke, image });
  const text = `${release.text}, ${path}`;
  if (isAtLeast(release, min)) return { name: program, state: 'ok', text };
  const copy = isAtLeast(release, minRelease) ? ', or set smoke-disk: copy' : '';
  return {
    name: program,
    state: cloudHypervisorSeverity(smoke),
    text: `${text}: this image needs ${min} or newer`,
    fix: `install Cloud Hypervisor ${min} or newer${copy}`,
  };
}

/** The lowest release that can boot the image. */
export function minReleaseOf({ smoke, image }: Pick<DoctorRequest, 'smoke' | 'image'>): string {
  if (smoke.disk === 'copy') return minRelease;
  if (image.layout === 'layered') return relativeBackingSince;
  return image.compression === 'none' ? minRelease : compressionSince;
}

async function checkBridge({ smoke }: DoctorRequest, ports: DoctorPorts): Promise<Finding> {
  const bridge = smoke.network === 'isolated' ? '' : smoke.network.bridge;
  await assertBridge(bridge, ports);
  return { name: 'smoke-network', state: 'ok', text: `smoke VMs can be attached to bridge ${bridge}` };
}
