import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { cmdlineText, kernelVersion } from '../../vmm/boot-rules.js';
import { diskOptions, oneQueue, rawDisk } from '../../vmm/cloud-hypervisor-needs.js';
import { Failure } from '../../platform/errors.js';
import { quoteText } from '../../platform/format.js';
import { userName } from '../../platform/process/system-users.js';
import type { DocumentKind } from '../../platform/document.js';
import { fileKey, isImageName, versionFileName } from '../../store/names.js';
import { count, fields, list, text, versionNumber } from '../../platform/schema-parts.js';
import { bootNames } from '../local-versions.js';
import { overlayOptions, rawOptions } from '../launch.js';
import { isSameFile } from '../same-file.js';
import { templateKey } from '../warm/template-document.js';
import { bridgeTap } from './network/bridge-tap-name.js';
import { macPattern } from '../../vmm/identity-records.js';

/** The name of an interface, IFNAMSIZ. No commas: they separate options of Cloud Hypervisor. */
export const interfaceName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/;
const defectId = /^[a-z0-9][a-z0-9-]{0,39}$/;
/** In any order. They are checked, but not used. */
const knownDiskOptions = z.string().refine(areKnown, 'not known disk options');

function areKnown(options: string): boolean {
  const known: readonly string[] = [...diskOptions, oneQueue, rawDisk];
  return options.split(',').every((option) => known.includes(option));
}

const ipv4 = z.string().refine((value) => isIPv4(value), 'not an IPv4 address');
const ipv4Network = z.string().refine(isAddressWithPrefix, 'not an IPv4 address with a prefix');

function isAddressWithPrefix(value: string): boolean {
  const [address = '', prefix = '', ...rest] = value.split('/');
  return rest.length === 0 && isIPv4(address) && /^([1-9]|[12]\d|3[0-2])$/.test(prefix);
}

const recordSchema = fields({
  schema: z.literal(1),
  name: text,
  image: text.refine(isImageName, 'not an image name'),
  version: versionNumber,
  imagePath: text,
  kernelPath: text,
  initramfsPath: text,
  cmdline: cmdlineText,
  diskOptions: knownDiskOptions,
  cpus: count.min(1).max(254),
  memoryMiB: count.min(1).max(1024 ** 2),
  macAddress: z.string().regex(macPattern, 'not a MAC address'),
  tap: z.string().regex(interfaceName, 'not an interface name').exactOptional(),
  /** The bridge that `vm start` creates the tap for. */
  bridge: z.string().regex(interfaceName, 'not an interface name').exactOptional(),
  /** The static address; without one, or in a record of an earlier release, the guest's seed says what it does. */
  network: fields({ address: ipv4Network, gateway: ipv4, nameservers: list(ipv4) }).exactOptional(),
  /** Whether it may be larger than the machine. Earlier releases did not check that. */
  overcommit: z.boolean().exactOptional(),
  /** The system user that it runs as if root starts it; by default that of the host. */
  user: z.string().regex(userName, 'not a user name').exactOptional(),
  /** Whether it starts with the host. */
  autostart: z.boolean().exactOptional(),
  /** Absent for an overlay over the image. */
  disk: z.literal('raw').exactOptional(),
  /**
   * The template that its first start restores, and whether it may start cold instead; absent for a VM that was created
   * cold. Its disk stays backed by the template's.
   */
  warm: fields({
    key: z.string().regex(templateKey, 'not the key of a template'),
    mode: z.enum(['auto', 'always']),
    /** Absent for a copy. */
    memory: z.literal('on-demand').exactOptional(),
  }).exactOptional(),
  /** Defects of Cloud Hypervisor that it starts with, by their IDs. */
  allowedDefects: list(z.string().regex(defectId, 'not a defect')).exactOptional(),
});

export type VmRecord = z.infer<typeof recordSchema>;

/** The document on disk, which anybody may have written. */
export const recordKind: DocumentKind<VmRecord> = { schema: recordSchema, version: 1, limit: 64 * 1024 };

/**
 * Returns a record that is safe to use: its paths are rebuilt from the root and from checked names, and its disk
 * options are constants.
 * @throws Failure for a record that vm create did not write for this VM
 */
export async function checkVmRecord(root: string, name: string, record: VmRecord): Promise<VmRecord> {
  const { image, version } = record;
  if (record.name !== name) throw new Failure(`it is named ${quoteText(record.name)}`);
  if (record.bridge !== undefined && !bridgeTap.test(record.tap ?? ''))
    throw new Failure(`${quoteText(record.tap ?? '')} is not a tap that vm start creates`);
  const imageName = fileKey({ role: 'image', name: versionFileName(image, version, 'image') });
  const own = `@${image}.${version}`;
  const isBootFile =
    (role: keyof typeof bootNames) =>
    (place: string): boolean => {
      const start = `kernels/${bootNames[role]}-`;
      const kernel = place.slice(start.length, place.endsWith(own) ? -own.length : undefined);
      return place.startsWith(start) && kernelVersion.test(kernel);
    };
  return {
    ...record,
    imagePath: await checkPlace(root, record.imagePath, (place) => place === imageName),
    kernelPath: await checkPlace(root, record.kernelPath, isBootFile('kernel')),
    initramfsPath: await checkPlace(root, record.initramfsPath, isBootFile('initramfs')),
    diskOptions: record.disk === 'raw' ? rawOptions : overlayOptions,
  };
}

/** The root may have had a different path when the VM was created: links can lead to it. */
async function checkPlace(root: string, path: string, isPlace: (place: string) => boolean): Promise<string> {
  const place = path.split('/').slice(-2).join('/');
  const recordedRoot = path.slice(0, -place.length - 1);
  if (path.startsWith('/') && isPlace(place) && (recordedRoot === root || (await isSameFile(recordedRoot, root))))
    return join(root, place);
  throw new Failure(`${quoteText(path)} is not the path of a file of its version`);
}
