import { z } from 'zod';
import { cmdlineText, kernelVersion } from '../../vmm/boot-rules.js';
import { diskOptions, releaseNumber } from '../../vmm/cloud-hypervisor-needs.js';
import { hashChunkTable } from '../../disk/disk-digest.js';
import { bootProfiles, compressions, drivers, layouts } from '../../platform/choices.js';
import { quoteText } from '../../platform/format.js';
import { changesSchema } from './changes.js';
import { parseDocument, type DocumentKind } from '../../platform/document.js';
import { smokeReportSchema } from './manifest-smoke.js';
import {
  backingFileOf,
  documentName,
  documentRoles,
  isBaseName,
  isImageName,
  versionFileName,
  type DocumentRole,
} from '../names.js';
import { count, fields, hexDigest, list, text, versionNumber } from '../../platform/schema-parts.js';

export const builderSchema = fields({
  tool: text,
  repository: text.exactOptional(),
  commit: text.exactOptional(),
  run: text.exactOptional(),
}).describe('What built this version.');

const baseSchema = fields({
  reference: text.describe('As the user wrote it.'),
  url: text.exactOptional(),
  serial: text.exactOptional(),
  signingKey: text.exactOptional().describe('Fingerprint of the key that signed the base.'),
  format: z.enum(['qcow2', 'raw']),
  sha256: hexDigest,
  size: count,
}).describe('The image that this one was built from.');

const daemonSchema = fields({
  version: text.exactOptional(),
  sha256: hexDigest,
  size: count,
  goVersion: text.exactOptional(),
  modules: list(fields({ path: text, version: text, sum: text.exactOptional() })),
});

/**
 * A host hashes whole files while it holds a lock, so a manifest must not claim endless zeros. With chunks of 1 MiB, no
 * manifest has space for a larger file.
 */
const largestFileBytes = 256 * 1024 ** 3;
/** Files have chunks of 1 MiB, disks of 4 MiB. */
const largestChunkBytes = 16 * 1024 ** 2;
/** The maximum of a qcow2 image that we read. */
const largestDiskBytes = 64 * 1024 ** 4;

const fileSchema = fields({
  role: z.enum(['image', 'kernel', 'initramfs', 'base']),
  name: text.describe('File name. A base is stored in images/, all others in snapshots/.'),
  size: count.max(largestFileBytes),
  sha256: hexDigest,
  chunkSize: z.int().positive().max(largestChunkBytes),
  chunks: list(hexDigest).describe('SHA-256 of each chunk of the file, in order. The last chunk can be shorter.'),
  storeTag: text
    .exactOptional()
    .describe("The object's ETag when it was published. The next version copies from it while the ETag is the same."),
}).refine((file) => file.chunks.length === Math.ceil(file.size / file.chunkSize), {
  path: ['chunks'],
  error: 'must have one digest per chunk of the file',
});

const documentSchema = fields({ name: text, size: count, sha256: hexDigest });

const diskSchema = fields({
  virtualSize: count.max(largestDiskBytes).describe('Size in bytes of the disk that a guest sees.'),
  chunkSize: z.int().positive().max(largestChunkBytes),
  sha256: hexDigest.describe('SHA-256 of one line "INDEX SHA256\\n" per chunk, in order.'),
  chunks: list(fields({ index: count, sha256: hexDigest })).describe('The chunks that are not all zeros.'),
  backingFile: text.exactOptional().describe('Relative path of the base of a layered image.'),
}).refine((disk) => hashChunkTable(disk.chunks) === disk.sha256, {
  path: ['sha256'],
  error: 'not the digest of the chunks',
});

/** Facts about the image, never text for a command line: a host derives that itself, see src/host/launch.ts. */
const needsSchema = fields({
  min: z.string().regex(releaseNumber, 'not a release number, such as 51.0'),
  diskOptions: list(
    z.enum(diskOptions, {
      error: ({ input }) => `${quoteText(String(input), 60)} is not one of ${diskOptions.join(', ')}`,
    }),
  ),
}).describe('The oldest Cloud Hypervisor release that runs the image, and the --disk options it needs.');

/** Everything about a version. File names are checked against the version's name, so that readers can rely on them. */
export const manifestSchema = fields({
  schema: z.literal(1),
  image: text.refine(isImageName, 'not an image name'),
  version: versionNumber,
  created: z.iso.datetime(),
  builder: builderSchema,
  fingerprint: hexDigest.describe('Digest of all inputs of the build. Equal if nothing changed.'),
  base: baseSchema,
  daemon: daemonSchema,
  driver: z.enum(drivers),
  layout: z.enum(layouts),
  compression: z.enum(compressions),
  edits: list(text).describe('Edits applied to the base, one line each.'),
  bootProfile: fields({
    profile: z.enum(bootProfiles),
    edits: list(text).describe('The edits that are for the boot.'),
  })
    .exactOptional()
    .describe('How the image boots. Absent in versions from before boot profiles: stock.'),
  settings: z
    .record(text, text)
    .readonly()
    .exactOptional()
    .describe(
      'The inputs that decided what is in the image, by name, without secrets. A later build names those that changed.',
    ),
  distribution: fields({ id: text, version: text.exactOptional() })
    .exactOptional()
    .describe("From the image's os-release."),
  packages: list(
    fields({
      name: text,
      version: text,
      architecture: text,
      source: fields({ name: text, version: text })
        .exactOptional()
        .describe('The source package, if its name or version differs.'),
    }),
  ),
  pin: fields({
    snapshot: text.describe('Date of the archive snapshot, e.g. 20260501T000000Z.'),
    unpinned: list(text).describe('Packages that are not from it, e.g. "curl 8.5.0-2ubuntu10.6 amd64".'),
  })
    .exactOptional()
    .describe('Whether packages come from a dated snapshot. Absent if none was requested.'),
  kernel: fields({ version: z.string().regex(kernelVersion, 'not a kernel version that can be part of a file name') }),
  cmdline: cmdlineText.describe('Kernel command line.'),
  files: list(fileSchema),
  documents: fields({
    sbom: documentSchema.exactOptional().describe('Software bill of materials, in SPDX 2.3.'),
    inventory: documentSchema.exactOptional().describe('Files that belong to no package, and sizes by directory.'),
    aptState: documentSchema
      .exactOptional()
      .describe('apt state of the image. The next build uses it to find out which updates are due.'),
  })
    .exactOptional()
    .describe('Documents about the version, in snapshots/. No host needs them.'),
  disk: diskSchema,
  cloudHypervisor: needsSchema,
  smoke: smokeReportSchema.nullable().describe('Results of the smoke test; null if it was skipped.'),
  previous: versionNumber.exactOptional().describe('The version that the channel named when this one was built.'),
  changes: changesSchema.exactOptional(),
  storeDefects: list(text)
    .exactOptional()
    .describe('Defects of the store when this version was published with `unsafe-store`.'),
}).superRefine((manifest, context) => {
  const problem = tryFindFileProblem(manifest);
  if (problem !== undefined) context.addIssue({ code: 'custom', path: ['files'], message: problem });
});

export type Manifest = z.infer<typeof manifestSchema>;
export type Builder = z.infer<typeof builderSchema>;
export type ManifestFile = Manifest['files'][number];
export type ManifestDocument = z.infer<typeof documentSchema>;

const manifestKind: DocumentKind<Manifest> = { schema: manifestSchema, version: 1, limit: 16 * 1024 ** 2 };

/** Largest size in bytes. A 10 GB image with a 64 GB disk takes 3 MB. */
export const manifestLimit = manifestKind.limit;

/** @throws Failure with one line that names the invalid field */
export function parseManifest(bytes: Buffer, name: string): Manifest {
  return parseDocument(manifestKind, bytes, name);
}

interface NamedFiles {
  readonly image: string;
  readonly version: number;
  readonly files: readonly Pick<ManifestFile, 'role' | 'name' | 'sha256'>[];
  readonly layout: string;
  readonly documents?: Partial<Record<DocumentRole, { readonly name: string }>>;
  readonly disk: { readonly backingFile?: string };
}

/** A version has three files, and a layered one its base too, each under its only possible name. */
function tryFindFileProblem({ image, version, files, layout, documents = {}, disk }: NamedFiles): string | undefined {
  const roles = ['image', 'kernel', 'initramfs', ...(layout === 'layered' ? ['base'] : [])];
  if (
    files
      .map((file) => file.role)
      .sort()
      .join() !== [...roles].sort().join()
  )
    return `must be ${roles.join(', ')}`;
  if (layout !== 'layered' && disk.backingFile !== undefined) return 'a flattened image must not have a backing file';
  for (const { role, name, sha256 } of files) {
    if (role === 'base') {
      if (!isBaseName(name, sha256) || disk.backingFile !== backingFileOf(name))
        return 'the base must be named after its SHA-256 and be the backing file';
    } else if (name !== versionFileName(image, version, role)) {
      return `the name of the ${role} must be ${versionFileName(image, version, role)}`;
    }
  }
  const misnamed = documentRoles.find(
    (role) => (documents[role]?.name ?? documentName(image, version, role)) !== documentName(image, version, role),
  );
  return misnamed === undefined
    ? undefined
    : `the name of the ${misnamed} must be ${documentName(image, version, misnamed)}`;
}
