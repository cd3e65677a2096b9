import { errorMessage } from '../errors.js';
import { printInJob, warnInJob } from './github.js';

/** A job that has failed should end: the library by itself tries for minutes. */
const longestMs = 120_000;

/** Uploads files in a directory as one artifact of the job. A service that fails is a warning, and no more. */
export async function uploadArtifact(name: string, files: readonly string[], directory: string): Promise<void> {
  try {
    // Not at the top: few runs need these megabytes.
    const { default: client } = await import('@actions/artifact');
    await withinTime(client.uploadArtifact(name, [...files], directory));
    printInJob(`what happened is in the artifact ${name} of this run`);
  } catch (error) {
    warnInJob(`the artifact ${name} could not be uploaded: ${errorMessage(error)}`);
  }
}

async function withinTime(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the service took longer than ${longestMs / 1000} s`)), longestMs);
  });
  await Promise.race([work, timeUp]).finally(() => clearTimeout(timer));
}
