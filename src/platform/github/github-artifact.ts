import { errorMessage } from '../errors.js';
import { printInJob, warnInJob } from './github.js';

/** The library retries for minutes, and a failed job should exit soon. */
const timeoutMs = 120_000;

/** Uploads files in a directory as one artifact of the job. If that fails, it is only a warning. */
export async function uploadArtifact(name: string, files: readonly string[], directory: string): Promise<void> {
  try {
    // Imported here, because few runs need these megabytes.
    const { default: client } = await import('@actions/artifact');
    await withinTime(client.uploadArtifact(name, [...files], directory));
    printInJob(`Uploaded the failure report as artifact ${name}`);
  } catch (error) {
    warnInJob(`Cannot upload the artifact ${name}: ${errorMessage(error)}`);
  }
}

async function withinTime(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the service took longer than ${timeoutMs / 1000} s`)), timeoutMs);
  });
  await Promise.race([work, timeUp]).finally(() => clearTimeout(timer));
}
