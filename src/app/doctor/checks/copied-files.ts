import { errorMessage } from '../../../platform/errors.js';
import { listAttributes } from '../../../platform/list-attributes.js';
import type { Check, DoctorPorts } from '../check.js';
import type { Finding } from '../finding.js';

/** A file that the input `files` copies. */
interface CopiedFile {
  readonly source: string;
  readonly path: string;
}

export const copiedFilesCheck: Check = {
  name: 'files',
  appliesTo: ({ changes }) => changes.files.length > 0,
  check: async ({ changes }, ports) => checkCopiedFiles(changes.files, ports),
};

/** Content, mode and owner of a file are copied. Anything else would be lost silently. */
export async function checkCopiedFiles(
  files: readonly CopiedFile[],
  ports: Pick<DoctorPorts, 'processes' | 'signal'>,
): Promise<readonly Finding[]> {
  const name = 'files';
  try {
    const attributes = await listAttributes(
      files.map(({ source }) => source),
      ports,
    );
    return files.flatMap((file, index) => checkAttributes(file, attributes[index] ?? []));
  } catch (error) {
    ports.signal.throwIfAborted();
    return [{ name, state: 'warning', text: `extended attributes cannot be read: ${errorMessage(error)}` }];
  }
}

function checkAttributes(file: CopiedFile, lost: readonly string[]): readonly Finding[] {
  if (lost.length === 0) return [];
  return [
    {
      name: 'files',
      state: 'warning',
      text: `${file.source} is copied without ${lost.map(formatAttribute).join(', ')}`,
      fix: `set it in the image with a run script: ${formatCommands(file, lost)}`,
    },
  ];
}

function formatAttribute(name: string): string {
  if (name === 'security.capability') return `its capabilities (${name})`;
  return name.startsWith('system.posix_acl') ? `its ACL (${name})` : `its attribute ${name}`;
}

function formatCommands({ path }: CopiedFile, lost: readonly string[]): string {
  const commands = [
    ...(lost.includes('security.capability') ? [`setcap … ${path}`] : []),
    ...(lost.some((name) => name.startsWith('system.posix_acl')) ? [`setfacl … ${path}`] : []),
    ...(lost.some((name) => name.startsWith('user.')) ? [`setfattr … ${path}`] : []),
  ];
  return commands.join(' && ') || `setfattr … ${path}`;
}
