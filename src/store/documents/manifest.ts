import { z } from 'zod';
import { cmdlineText, kernelVersion } from '../../vmm/boot-rules.js';
import { diskOptions, releaseNumber } from '../../vmm/cloud-hypervisor-needs.js';
import { hashChunkTable } from '../../disk/disk-digest.js';
import { compressions, drivers, layouts } from '../../platform/choices.js';
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
  reference: text.describe('What the user asked for.'),
  url: text.exactOptional(),
  serial: text.exactOptional(),
  signingKey: text.exactOptional().describe('The fingerprint of the key that signed the base.'),
  format: z.enum(['qcow2', 'raw']),
  sha256: hexDigest,
  size: count,
}).describe('The image that this one was made from.');

const daemonSchema = fields({
  version: text.exactOptional(),
  sha256: hexDigest,
  size: count,
  goVersion: text.exactOptional(),
  modules: list(fields({ path: text, version: text, sum: text.exactOptional() })),
});

const fileSchema = fields({
  role: z.enum(['image', 'kernel', 'initramfs', 'base']),
  name: text.describe('A plain file name; a base lies in images/, all others in snapshots/.'),
  size: count,
  sha256: hexDigest,
  chunkSize: z.int().positive(),
  chunks: list(hexDigest).describe('The SHA-256 of each chunk of the file, in order; the last can be shorter.'),
  storeTag: text
    .exactOptional()
    .describe(
      'What the store called this content when it was published, its ETag: the next version copies from it while it is still that.',
    ),
}).refine((file) => file.chunks.length === Math.ceil(file.size / file.chunkSize), {
  path: ['chunks'],
  error: 'not one for each chunk of the file',
});

const documentSchema = fields({ name: text, size: count, sha256: hexDigest });

const diskSchema = fields({
  virtualSize: count.describe('Bytes of the disk that a guest sees.'),
  chunkSize: z.int().positive(),
  sha256: hexDigest.describe('Of one line "INDEX SHA256\\n" for each chunk, in order.'),
  chunks: list(fields({ index: count, sha256: hexDigest })).describe('The chunks that are not all zeros.'),
  backingFile: text.exactOptional().describe('For a layered image: the relative path of the base.'),
}).refine((disk) => hashChunkTable(disk.chunks) === disk.sha256, { path: ['sha256'], error: 'not that of the chunks' });

/** Facts about the image, and never text for a command line: a host derives that itself, see src/host/launch.ts. */
const needsSchema = fields({
  min: z.string().regex(releaseNumber, 'not the number of a release, such as 51.0'),
  diskOptions: list(
    z.enum(diskOptions, {
      error: ({ input }) => `${quoteText(String(input), 60)} is not one of ${diskOptions.join(', ')}`,
    }),
  ),
}).describe('The lowest release, and its --disk options.');

/** Everything about a version. What it says of its own files is checked against its name: a reader can rely on it. */
export const manifestSchema = fields({
  schema: z.literal(1),
  image: text.refine(isImageName, 'not the name of an image'),
  version: versionNumber,
  created: z.iso.datetime(),
  builder: builderSchema,
  fingerprint: hexDigest.describe('Of everything that went into the build; equal where nothing changed.'),
  base: baseSchema,
  daemon: daemonSchema,
  driver: z.enum(drivers),
  layout: z.enum(layouts),
  compression: z.enum(compressions),
  edits: list(text).describe('What was done to the base, one line each.'),
  distribution: fields({ id: text, version: text.exactOptional() })
    .exactOptional()
    .describe('What the image says it is, in os-release.'),
  packages: list(
    fields({
      name: text,
      version: text,
      architecture: text,
      source: fields({ name: text, version: text })
        .exactOptional()
        .describe('The source package, where its name or version is another one.'),
    }),
  ),
  pin: fields({
    snapshot: text.describe("The moment of the distribution's archives: 20260501T000000Z."),
    unpinned: list(text).describe('Packages that are not from it, such as "curl 8.5.0-2ubuntu10.6 amd64".'),
  })
    .exactOptional()
    .describe('Whether packages are those of a dated snapshot; absent where none was asked for.'),
  kernel: fields({ version: z.string().regex(kernelVersion, 'a kernel version that cannot be part of a file name') }),
  cmdline: cmdlineText.describe('The arguments that the kernel is to be started with.'),
  files: list(fileSchema),
  documents: fields({
    sbom: documentSchema.exactOptional().describe('The bill of materials, in SPDX 2.3.'),
    inventory: documentSchema.exactOptional().describe('The files that no package brings, and sizes by directory.'),
    aptState: documentSchema
      .exactOptional()
      .describe('What apt decides by in the image: the next build asks with it which updates are due.'),
  })
    .exactOptional()
    .describe('What is told about the version beside its files, in snapshots/; no host needs it.'),
  disk: diskSchema,
  cloudHypervisor: needsSchema,
  smoke: smokeReportSchema.nullable().describe('The proof that it boots; null where the smoke test was skipped.'),
  previous: versionNumber.exactOptional().describe('The version that the channel named when this one was built.'),
  changes: changesSchema.exactOptional(),
  storeDefects: list(text)
    .exactOptional()
    .describe('Why its store could not be relied on when it was published, though that was allowed.'),
}).superRefine((manifest, context) => {
  const problem = tryFindFileProblem(manifest);
  if (problem !== undefined) context.addIssue({ code: 'custom', path: ['files'], message: problem });
});

export type Manifest = z.infer<typeof manifestSchema>;
export type Builder = z.infer<typeof builderSchema>;
export type ManifestFile = Manifest['files'][number];
export type ManifestDocument = z.infer<typeof documentSchema>;

const manifestKind: DocumentKind<Manifest> = { schema: manifestSchema, version: 1, limit: 16 * 1024 ** 2 };

/** Bytes that a manifest can have: a 10 GB image with a 64 GB disk takes 3 MB. */
export const manifestLimit = manifestKind.limit;

/** @throws Failure with one line that names the field that is wrong. */
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

/** A version has its three files, a layered one its base as well, each under the one name that it can have. */
function tryFindFileProblem({ image, version, files, layout, documents = {}, disk }: NamedFiles): string | undefined {
  const roles = ['image', 'kernel', 'initramfs', ...(layout === 'layered' ? ['base'] : [])];
  if (
    files
      .map((file) => file.role)
      .sort()
      .join() !== [...roles].sort().join()
  )
    return `must be ${roles.join(', ')}`;
  if (layout !== 'layered' && disk.backingFile !== undefined) return 'a flattened image has no backing file';
  for (const { role, name, sha256 } of files) {
    if (role === 'base') {
      if (!isBaseName(name, sha256) || disk.backingFile !== backingFileOf(name))
        return 'the base must be named by its SHA-256, and by the backing file';
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
