import { readdir, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { failureFiles } from '../app/collect-failure.js';
import { errorMessage } from '../platform/errors.js';
import { warnInJob } from '../platform/github/github.js';
import { uploadArtifact } from '../platform/github/github-artifact.js';
import { formatCommand } from '../platform/process/processes.js';
import type { RunReport } from '../report/run-report.js';

export interface Capsule {
  readonly report: RunReport;
  /** Where the report is, and what was collected after a failure. */
  readonly directory: string;
  /** Unique for this run. */
  readonly owner: string;
  /** What repeats the build. */
  readonly command: readonly string[];
  /** What was built. */
  readonly commit: string | undefined;
}

const rebuildFile = 'rebuild.sh';
const contents: readonly string[] = ['report.json', 'report.html', 'boot.svg', ...failureFiles];

/** Uploads what a person needs to find out what happened, as an artifact of the job. Where that cannot be, it warns. */
export async function uploadCapsule(capsule: Capsule): Promise<void> {
  const { report, directory, owner } = capsule;
  try {
    await writeFile(join(directory, rebuildFile), renderRebuild(capsule), { mode: 0o755 });
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    // The directory is the user's, and may have more in it.
    const ours = files.filter((file) => contents.includes(file.slice(directory.length + 1).split(sep)[0] ?? ''));
    // Jobs of one matrix may not have artifacts of one name.
    await uploadArtifact(`ch-golden-${report.outcome}-${report.image}-${owner.slice(0, 8)}`, ours, directory);
  } catch (error) {
    warnInJob(`what happened could not be uploaded: ${errorMessage(error)}`);
  }
}

function renderRebuild({ command, commit }: Capsule): string {
  return [
    '#!/bin/sh',
    `# Repeats the build, and publishes nothing. Run it where the job ran: in a checkout${commit === undefined ? '' : ` of ${commit}`}.`,
    '# Where daemon-env has dots, put the values.',
    '# More flags may follow: with --smoke=false --output-folder=OUT it makes what replay.sh needs.',
    `exec ${formatCommand(command)} "$@"`,
    '',
  ].join('\n');
}
