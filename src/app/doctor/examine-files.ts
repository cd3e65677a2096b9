import { errorMessage } from '../../platform/errors.js';
import { listAttributes } from '../../platform/list-attributes.js';
import type { Processes } from '../../platform/process/processes.js';
import type { Finding } from './finding.js';

/** What `files` copies, and where it goes. */
export interface CopiedFile {
  readonly source: string;
  readonly path: string;
}

interface Ports {
  readonly processes: Processes;
  readonly signal: AbortSignal;
}

/** Content, mode and owner of a file are copied: names what else it has, and would lose without a word. */
export async function examineFiles(files: readonly CopiedFile[], ports: Ports): Promise<readonly Finding[]> {
  const name = 'files';
  try {
    const attributes = await listAttributes(
      files.map(({ source }) => source),
      ports,
    );
    return files.flatMap((file, index): readonly Finding[] => {
      const lost = attributes[index] ?? [];
      return lost.length === 0
        ? []
        : [
            {
              name,
              state: 'warning',
              text: `${file.source} loses in the image: ${lost.map(nameAttribute).join(', ')}`,
              fix: explainRestore(file, lost),
            },
          ];
    });
  } catch (error) {
    ports.signal.throwIfAborted();
    return [
      {
        name,
        state: 'warning',
        text: `whether files have extended attributes could not be read: ${errorMessage(error)}`,
      },
    ];
  }
}

function nameAttribute(name: string): string {
  if (name === 'security.capability') return `its capabilities (${name})`;
  return name.startsWith('system.posix_acl') ? `its ACL (${name})` : name;
}

function explainRestore({ path }: CopiedFile, lost: readonly string[]): string {
  const commands = [
    ...(lost.includes('security.capability') ? [`setcap … ${path}`] : []),
    ...(lost.some((name) => name.startsWith('system.posix_acl')) ? [`setfacl … ${path}`] : []),
    ...(lost.some((name) => name.startsWith('user.')) ? [`setfattr … ${path}`] : []),
  ];
  return `set it again in the image by a script that run names: ${commands.join(' && ') || `setfattr … ${path}`}`;
}
