import { realpath } from 'node:fs/promises';
import { isAtLeast, program, readRelease } from '../../vmm/cloud-hypervisor-release.js';
import { relativeBackingSince } from '../../vmm/cloud-hypervisor-needs.js';
import { Failure } from '../../platform/errors.js';
import { sha256OfFile } from '../../platform/fs/files.js';
import type { LocalVersion } from '../local-versions.js';
import type { HostPorts } from '../ports.js';
import { systemMachine, type Platform } from '../vm/machine.js';
import { templateFormat, type TemplateInputs, type TemplateSize } from './template-document.js';

/** The first release that templates were tried with. The layer of a clone is found by a relative path. */
const warmSince = relativeBackingSince;

/** What of this host a template depends on. */
export interface WarmHost extends Platform {
  readonly vmmSha256: string;
  readonly vmmRelease: string;
}

/** @throws Failure if this host's Cloud Hypervisor is missing, or too old for templates */
export async function readWarmHost({
  processes,
  signal,
  machine = systemMachine(processes),
}: Pick<HostPorts, 'processes' | 'machine' | 'signal'>): Promise<WarmHost> {
  const path = await processes.tryFind(program);
  if (path === undefined) {
    const fix = 'install Cloud Hypervisor in a directory of PATH';
    throw new Failure(`${program} is not installed on this host`, { fix });
  }
  const release = await readRelease(processes);
  if (!isAtLeast(release, warmSince)) {
    throw new Failure(`${program} ${release.text} does not support warm starts (supported since ${warmSince})`, {
      fix: `install Cloud Hypervisor ${warmSince} or newer`,
    });
  }
  const vmmSha256 = await sha256OfFile(await realpath(path), signal);
  return { ...(await machine.readPlatform()), vmmSha256, vmmRelease: release.text };
}

/** Everything that a template of a version depends on, as it is now. */
export function toTemplateInputs(
  { image, version, manifest, files }: LocalVersion,
  { cpus, memoryMiB }: TemplateSize,
  host: WarmHost,
): TemplateInputs {
  const digestOf = (role: string): string => {
    const digest = files.find((file) => file.role === role)?.sha256;
    if (digest === undefined) throw new Failure(`${image}.${version} has no ${role}`);
    return digest;
  };
  return {
    format: templateFormat,
    imageSha256: digestOf('image'),
    kernelSha256: digestOf('kernel'),
    initramfsSha256: digestOf('initramfs'),
    cmdline: manifest.cmdline,
    vmmSha256: host.vmmSha256,
    cpu: host.cpu,
    hostKernel: host.kernel,
    cpus,
    memoryMiB,
    disk: 'qcow2',
  };
}
