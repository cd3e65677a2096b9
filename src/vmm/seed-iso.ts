import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Processes } from '../platform/process/processes.js';

/** All dates in the ISO, so that the same seed gives the same file. */
const seedDate = '2020010100000000';

/**
 * Formats a value as YAML 1.1: JSON with escapes for the characters that PyYAML, the parser of cloud-init, rejects or
 * reads as line breaks.
 */
export function toYaml(value: unknown): string {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `${JSON.stringify(value, undefined, 2).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, escape)}\n`;
}

/**
 * Writes the files of cloud-init's NoCloud data source, by name, to an ISO filesystem, which cloud-init finds by its
 * label.
 */
export async function writeSeedIso(
  files: Readonly<Record<string, string | Buffer>>,
  { directory, iso }: { readonly directory: string; readonly iso: string },
  processes: Processes,
): Promise<void> {
  await writeFiles(files, directory);
  await processes.run({
    argv: [
      'xorriso',
      '-as',
      'mkisofs',
      '-quiet',
      '-volid',
      'cidata',
      '-joliet',
      '-rational-rock',
      '-uid',
      '0',
      '-gid',
      '0',
      `--modification-date=${seedDate}`,
      '--set_all_file_dates',
      seedDate,
      '-output',
      iso,
      directory,
    ],
  });
}

/** Writes a seed with the files of another one, and more of them. `directory` is for the files. */
export async function addToSeedIso(
  files: Readonly<Record<string, string | Buffer>>,
  { directory, from, to }: { readonly directory: string; readonly from: string; readonly to: string },
  processes: Processes,
): Promise<void> {
  await writeFiles(files, directory);
  const names = Object.keys(files);
  const maps = names.flatMap((name) => ['-map', join(directory, name), `/${name}`]);
  const paths = names.map((name) => `/${name}`);
  const owned = ['-chown', '0', ...paths, '--', '-chgrp', '0', ...paths, '--'];
  await processes.run({ argv: ['xorriso', '-indev', from, '-outdev', to, '-joliet', 'on', ...maps, ...owned] });
}

async function writeFiles(files: Readonly<Record<string, string | Buffer>>, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
}
