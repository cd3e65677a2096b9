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
  /** Contains the report, and diagnostics of a failed run. */
  readonly directory: string;
  /** Unique for this run. */
  readonly owner: string;
  /** The command that repeats the build. */
  readonly command: readonly string[];
  /** The commit that was built. */
  readonly commit: string | undefined;
}

const rebuildFile = 'rebuild.sh';
const contents: readonly string[] = ['report.json', 'report.html', 'boot.svg', ...failureFiles];

/** Uploads the report and the diagnostics as an artifact of the job. If that fails, it is only a warning. */
export async function uploadCapsule(capsule: Capsule): Promise<void> {
  const { report, directory, owner } = capsule;
  try {
    await writeFile(join(directory, rebuildFile), renderRebuildScript(capsule), { mode: 0o755 });
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    // The user chose the directory, so it may contain other files.
    const known = files.filter((file) => contents.includes(file.slice(directory.length + 1).split(sep)[0] ?? ''));
    // Jobs of one matrix need different names for their artifacts.
    await uploadArtifact(`ch-golden-${report.outcome}-${report.image}-${owner.slice(0, 8)}`, known, directory);
  } catch (error) {
    warnInJob(`Cannot upload the report: ${errorMessage(error)}`);
  }
}

function renderRebuildScript({ command, commit }: Capsule): string {
  const checkout = commit === undefined ? 'a checkout' : `a checkout of ${commit}`;
  return [
    '#!/bin/sh',
    `# Repeats the build without publishing. Run it in ${checkout}, like the job.`,
    '# Replace the dots in daemon-env with the values.',
    '# You can append flags. --smoke=false --output-folder=OUT creates the files that replay.sh needs.',
    `exec ${formatCommand(command)} "$@"`,
    '',
  ].join('\n');
}
