import { join, resolve } from 'node:path';
import { writeFileAtomically } from '../../platform/fs/files.js';
import type { HostPorts } from '../ports.js';
import { readVmRecord, vmDirectory, vmFiles } from './vm-record.js';
import { setUnitEnabled, tryReadUnit, vmUnit } from './vm-unit.js';
import { withVmLock } from './vmm-process.js';

export interface AutostartRequest {
  readonly root: string;
  readonly name: string;
  readonly autostart: boolean;
}

export interface AutostartSetting {
  readonly changed: boolean;
  /** The systemd unit that starts the VM with the host. */
  readonly unit: 'enabled' | 'disabled' | 'not installed';
}

type Ports = Pick<HostPorts, 'processes' | 'log'>;

/** Marks a VM to start with the host, or not, and enables or disables its systemd unit. */
export async function setAutostart(request: AutostartRequest, ports: Ports): Promise<AutostartSetting> {
  const root = resolve(request.root);
  const vmPath = vmDirectory(root, request.name);
  const changed = await withVmLock(vmPath, ports, async () => {
    const { autostart: before = false, ...vm } = await readVmRecord(root, request.name);
    if (before === request.autostart) return false;
    const record = request.autostart ? { ...vm, autostart: true } : vm;
    await writeFileAtomically(join(vmPath, vmFiles.record), `${JSON.stringify(record, null, 2)}\n`);
    return true;
  });
  return { changed, unit: await syncUnit(request, ports) };
}

/** Makes the systemd unit of a VM follow its record. */
export async function syncUnit(
  { name, autostart }: Omit<AutostartRequest, 'root'>,
  ports: Ports,
  self = process.geteuid?.() ?? 0,
): Promise<AutostartSetting['unit']> {
  const unit = self === 0 ? await tryReadUnit(name, ports) : undefined;
  if (unit?.isInstalled !== true) {
    if (autostart)
      ports.log.info(
        `No ${vmUnit(name)} on this host: have your init system run "ch-golden vm start --autostart", ` +
          'or install the unit (see docs/how-to/run-vms.md)',
      );
    return 'not installed';
  }
  if (unit.isEnabled !== autostart) await setUnitEnabled(name, autostart, ports);
  return autostart ? 'enabled' : 'disabled';
}
