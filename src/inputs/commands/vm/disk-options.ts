import { diskFiles, type DiskFormat } from '../../../host/launch.js';
import { knownDefects } from '../../../vmm/known-defects.js';
import { invalidInput } from '../../parse.js';
import type { Options } from '../options.js';

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** The arguments of commander's `option`. */
export const allowKnownDefect = [
  '--allow-known-defect <id>',
  'Accept a Cloud Hypervisor defect that corrupts the disk, by its ID; can be repeated',
  collect,
  [] as readonly string[],
] as const;

/** @throws UsageError */
export function parseDiskFormat(value: string): DiskFormat {
  const format = (Object.keys(diskFiles) as DiskFormat[]).find((known) => known === value);
  if (format !== undefined) return format;
  throw invalidInput('disk', value, `use one of ${Object.keys(diskFiles).join(', ')}`);
}

/** `#8245` and `8245` are the same. @throws UsageError */
export function readAllowedDefects(options: Options): readonly string[] {
  return (options['allowKnownDefect'] as readonly string[]).map((value) => {
    const id = value.replace(/^#/, '');
    if (knownDefects.some((known) => known.id === id)) return id;
    throw invalidInput('allow-known-defect', value, `use one of ${knownDefects.map((known) => known.id).join(', ')}`);
  });
}
