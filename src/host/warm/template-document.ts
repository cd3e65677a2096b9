import { dirname, join } from 'node:path';
import { z } from 'zod';
import { cmdlineText } from '../../vmm/boot-rules.js';
import { identityPatterns } from '../../vmm/identity-records.js';
import { formatDocument, type DocumentKind } from '../../platform/document.js';
import { sha256Of } from '../../platform/fs/files.js';
import { count, fields, hexDigest, text, versionNumber } from '../../platform/schema-parts.js';
import { versionDirectory } from '../local-versions.js';

/** The files of a template, in `versions/<image>.N/warm/<key>/`. The VMM names all but the first two. */
export const templateFiles = {
  document: 'template.json',
  disk: 'disk.qcow2',
  config: 'config.json',
  state: 'state.json',
  memory: 'memory-ranges',
} as const;

/** Those that `template.json` has the digests of. */
export const hashedFiles = [
  templateFiles.disk,
  templateFiles.config,
  templateFiles.state,
  templateFiles.memory,
] as const;

/** IDs of a template's disks in the VMM. */
export const deviceIds = { root: 'root', seed: 'seed', net: 'net' } as const;

/** Where the guest's records go, in the directory of a template or a VM. */
export const recordsFile = 'records.log';

/**
 * Counts changes of how templates are made and clones are started: of the seed, of the devices, or of the records. A
 * template of another format does not fit.
 */
export const templateFormat = 2;

const inputsSchema = fields({
  format: count,
  imageSha256: hexDigest,
  kernelSha256: hexDigest,
  initramfsSha256: hexDigest,
  cmdline: cmdlineText,
  /** Of the program `cloud-hypervisor`. */
  vmmSha256: hexDigest,
  /** A digest of the CPU's model and features. */
  cpu: hexDigest,
  hostKernel: text,
  cpus: count.min(1).max(254),
  memoryMiB: count.min(1).max(1024 ** 2),
  disk: z.literal('qcow2'),
});

/** Everything that a template depends on. */
export type TemplateInputs = z.infer<typeof inputsSchema>;

/** `IdentityValues`, as JSON. */
const identitySchema = fields({
  hostname: z.string().regex(identityPatterns.hostname),
  machineId: z.string().regex(identityPatterns.machineId),
  bootId: z.string().regex(identityPatterns.bootId),
  fingerprint: z.string().regex(identityPatterns.fingerprint).exactOptional(),
});

const fileSchema = fields({ size: count, sha256: hexDigest });

const templateSchema = fields({
  schema: z.literal(1),
  key: text,
  image: text,
  version: versionNumber,
  /** ISO 8601. The modification time of the files, so that a file that was written to is noticed. */
  created: z.iso.datetime(),
  /** Of the VMM, as it reports it. */
  vmmRelease: text,
  inputs: inputsSchema,
  /** What its guest had, and no clone may have. */
  identity: identitySchema,
  files: fields({
    [templateFiles.disk]: fileSchema,
    [templateFiles.config]: fileSchema,
    [templateFiles.state]: fileSchema,
    [templateFiles.memory]: fileSchema,
  }),
});

export type Template = z.infer<typeof templateSchema>;

export const templateKind: DocumentKind<Template> = { schema: templateSchema, version: 1, limit: 64 * 1024 };

/** The name of a template's directory. */
export const templateKey = /^[0-9a-f]{32}$/;

export function toTemplateKey(inputs: TemplateInputs): string {
  const sorted = Object.entries(inputs).sort(([one], [other]) => (one < other ? -1 : 1));
  return sha256Of(formatDocument(Object.fromEntries(sorted))).slice(0, 32);
}

/** What differs between the inputs of a template and what this host has now, for people; empty if it fits. */
export function listDifferences(template: TemplateInputs, now: TemplateInputs): readonly string[] {
  return (Object.keys(inputNames) as (keyof TemplateInputs)[])
    .filter((name) => template[name] !== now[name])
    .map((name) => inputNames[name]);
}

const inputNames: Readonly<Record<keyof TemplateInputs, string>> = {
  format: 'format of templates',
  imageSha256: 'image',
  kernelSha256: 'kernel',
  initramfsSha256: 'initramfs',
  cmdline: 'kernel command line',
  vmmSha256: 'cloud-hypervisor',
  cpu: 'CPU',
  hostKernel: 'kernel of the host',
  cpus: 'number of CPUs',
  memoryMiB: 'memory',
  disk: 'disk format',
};

export function warmDirectory(root: string, image: string, version: number): string {
  return join(versionDirectory(root, image, version), 'warm');
}

/** The frozen disk of the template that a VM was created from; undefined if it was created cold. */
export function tryGetLayer({
  image,
  version,
  imagePath,
  warm,
}: {
  readonly image: string;
  readonly version: number;
  readonly imagePath: string;
  readonly warm?: { readonly key: string };
}): string | undefined {
  if (warm === undefined) return undefined;
  // The image is in `snapshots/` of the host.
  const root = dirname(dirname(imagePath));
  return join(warmDirectory(root, image, version), warm.key, templateFiles.disk);
}

/** The part of the inputs that callers choose. */
export type TemplateSize = Pick<TemplateInputs, 'cpus' | 'memoryMiB'>;
