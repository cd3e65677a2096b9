import { z } from 'zod';
import { parseDocument, type DocumentKind } from '../../platform/document.js';
import { count } from '../../platform/schema-parts.js';
import type { Confinement } from '../vm/confinement.js';
import type { VmRecord } from '../vm/vm-record.js';
import { deviceIds, recordsFile } from './template-document.js';

const absent = z.null().optional();
const none = z.union([z.null(), z.array(z.unknown()).max(0)]).optional();
const file = z.string().nullish();

/**
 * The config in a snapshot: `VmConfig` of vmm/src/vm_config.rs as of v53, with the devices of a template and no others.
 * What is not named here would give a clone something that no template has, so it is rejected.
 */
const configSchema = z.strictObject({
  cpus: z.looseObject({ boot_vcpus: count, max_vcpus: count, affinity: absent }),
  memory: z.looseObject({ size: count, zones: absent, hugepages: z.literal(false), shared: z.literal(false) }),
  payload: z.looseObject({ firmware: absent, igvm: absent }),
  disks: z.tuple([
    z.looseObject({
      id: z.literal(deviceIds.root),
      path: z.string(),
      readonly: z.literal(false),
      image_type: z.literal('Qcow2'),
      backing_files: z.literal(true),
      num_queues: z.literal(1),
      vhost_user: z.literal(false).optional(),
      vhost_socket: absent,
    }),
  ]),
  rng: z.looseObject({ src: z.literal('/dev/urandom') }),
  serial: z.strictObject({ mode: z.string(), file, socket: absent }),
  console: z.looseObject({ mode: z.literal('File'), file, socket: absent }),
  debug_console: z.looseObject({ mode: z.literal('Off') }).optional(),
  net: none,
  fs: none,
  pmem: none,
  devices: none,
  user_devices: none,
  vdpa: none,
  generic_vhost_user: none,
  rate_limit_groups: none,
  numa: none,
  pci_segments: none,
  balloon: absent,
  vsock: absent,
  tpm: absent,
  platform: absent,
  rtc: absent,
  ivshmem: absent,
  pvmemcontrol: absent,
  pvpanic: z.literal(false).optional(),
  iommu: z.literal(false).optional(),
  watchdog: z.literal(false).optional(),
  gdb: z.literal(false).optional(),
  landlock_enable: z.boolean().optional(),
  landlock_rules: z.array(z.unknown()).nullish(),
});

export type TemplateConfig = z.infer<typeof configSchema>;

const configKind: DocumentKind<TemplateConfig> = { schema: configSchema, version: 1, limit: 64 * 1024 };

/** @throws Failure for a config that a VMM does not write for a template */
export function parseTemplateConfig(bytes: Buffer, path: string): TemplateConfig {
  return parseDocument(configKind, bytes, path);
}

interface CloneRequest {
  readonly vm: Pick<VmRecord, 'kernelPath' | 'initramfsPath' | 'cmdline'>;
  /** The name of the VM's disk in its directory. */
  readonly disk: string;
  /** Paths that it may read; undefined without Landlock. */
  readonly readable: Confinement['readable'];
  readonly hasNetwork: boolean;
}

/** The config of a clone, which runs in the directory of its VM. Every path in it is ours. */
export function toCloneConfig(
  template: TemplateConfig,
  { vm, disk, readable, hasNetwork }: CloneRequest,
): Record<string, unknown> {
  return {
    ...template,
    payload: { kernel: vm.kernelPath, initramfs: vm.initramfsPath, cmdline: vm.cmdline },
    disks: [{ ...template.disks[0], path: disk }],
    serial: { mode: 'Tty' },
    console: { ...template.console, file: recordsFile },
    landlock_enable: readable !== undefined,
    landlock_rules:
      readable === undefined
        ? null
        : [
            ...readable.map((path) => ({ path, access: 'r' })),
            // The VMM adds this itself only for cards that it has from the start.
            ...(hasNetwork ? [{ path: '/dev/net/tun', access: 'rw' }] : []),
          ],
  };
}
