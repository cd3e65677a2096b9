import { z } from 'zod';
import { maxAptFileBytes, listAptDirectory, maxAptFiles, readAptFiles, tryReadAptFile } from './config-files.js';
import type { GuestFiles } from '../disk/guest-files.js';
import { Failure } from '../platform/errors.js';
import { listSigners, parseSources, type SourcesFile } from './sources.js';

const mebibyte = 1024 ** 2;
const maxStatusBytes = 16 * mebibyte;

const configuration = z.object({ name: z.string().max(255), text: z.string().max(maxAptFileBytes) }).readonly();

/**
 * What apt bases its decisions on, read from an image. apt.conf is left out because it can name programs to run,
 * and auth.conf because it holds passwords.
 */
export const aptStateSchema = z
  .object({
    schema: z.literal(1),
    /** dpkg's native architecture comes first. */
    architectures: z
      .array(z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/))
      .min(1)
      .max(10)
      .readonly(),
    /** Content of dpkg's status file. */
    status: z.string().max(maxStatusBytes),
    /** Which packages were installed automatically. */
    extendedStates: z.string().max(maxStatusBytes).optional(),
    sources: z
      .array(configuration)
      .max(maxAptFiles + 1)
      .readonly(),
    /** Unchanged, in the order in which apt reads them. */
    preferences: z
      .array(configuration)
      .max(maxAptFiles + 1)
      .readonly(),
    /** Public keys in base64: those trusted for all sources, and those that a source names. */
    keyrings: z
      .array(
        z
          .object({ path: z.string().max(4096), trusted: z.boolean(), content: z.base64().max(2 * maxAptFileBytes) })
          .readonly(),
      )
      .max(2 * maxAptFiles)
      .readonly(),
  })
  .readonly();

export type AptState = z.infer<typeof aptStateSchema>;

/**
 * Undefined if the image has no dpkg or no apt.
 * @throws Failure if one of their files is too large, or a package source is malformed
 */
export async function readAptState(files: GuestFiles): Promise<AptState | undefined> {
  const status = await files.tryReadText('/var/lib/dpkg/status');
  const native = findNative(status ?? '');
  if (status === undefined || native === undefined || (await files.tryResolve('/etc/apt')) === undefined)
    return undefined;
  const extendedStates = await files.tryReadText('/var/lib/apt/extended_states');
  const foreign = ((await files.tryReadText('/var/lib/dpkg/arch')) ?? '')
    .split('\n')
    .filter((line) => line !== '' && line !== native);
  const sources = await readAptFiles(files, 'sources');
  const { success, data, error } = aptStateSchema.safeParse({
    schema: 1,
    architectures: [native, ...foreign],
    status,
    ...(extendedStates === undefined ? {} : { extendedStates }),
    sources,
    preferences: await readAptFiles(files, 'preferences'),
    keyrings: await readKeyrings(files, sources),
  });
  if (success) return data;
  throw new Failure(
    `the image's apt state cannot be recorded: invalid ${error.issues[0]?.path.join('.') ?? 'content'}`,
    {
      cause: error,
    },
  );
}

/** The architecture of the package dpkg. */
function findNative(status: string): string | undefined {
  const dpkg = status.split(/\n\n+/).find((paragraph) => paragraph.startsWith('Package: dpkg\n'));
  return /^Architecture: (\S+)$/m.exec(dpkg ?? '')?.[1];
}

async function readKeyrings(files: GuestFiles, sources: readonly SourcesFile[]): Promise<AptState['keyrings']> {
  const trusted = [
    '/etc/apt/trusted.gpg',
    ...(await listAptDirectory(files, '/etc/apt/trusted.gpg.d', /^[\w.+-]+\.(gpg|asc)$/)),
  ];
  const named = parseSources(sources)
    .flatMap(({ options }) => listSigners(options['Signed-By'] ?? ''))
    .filter((signer) => signer.startsWith('/'));
  const all = [
    ...trusted.map((path) => ({ path, trusted: true })),
    ...[...new Set(named)].map((path) => ({ path, trusted: false })),
  ];
  const contents = await Promise.all(all.map(async ({ path }) => tryReadAptFile(files, path)));
  return all.flatMap((keyring, index) => {
    const content = contents[index];
    return content !== undefined && holdsPublicKeys(content)
      ? [{ ...keyring, content: content.toString('base64') }]
      : [];
  });
}

/**
 * A source can name any file of the image as its keyring. Only public keys are read: RFC 9580, sections 4.2, 5, 6.2.
 */
export function holdsPublicKeys(content: Buffer): boolean {
  const publicKeyTag = 6;
  const first = content[0] ?? 0;
  if ((first & 0x80) !== 0) return ((first & 0x40) === 0 ? (first >> 2) & 0x0f : first & 0x3f) === publicKeyTag;
  return isArmored(content) && !content.includes('PRIVATE KEY BLOCK');
}

export function isArmored(content: Buffer): boolean {
  return content.includes('-----BEGIN PGP PUBLIC KEY BLOCK-----');
}
