import { toPullOutputs } from '../app/pull-outputs.js';
import { pullImage } from '../app/pull-image.js';
import { readPullInputs } from '../inputs/pull-inputs.js';
import { createGitHubView, failJob, readActionInput, setActionOutput } from '../platform/github/github.js';
import { beginSession } from '../platform/session.js';

/** The pull action. A failure fails the job with an annotation; it is never thrown. */
export async function runPull(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const view = createGitHubView();
  try {
    await pullImage(readPullInputs(readActionInput), beginSession(view, environment), (report) => {
      for (const [name, value] of Object.entries(toPullOutputs(report))) setActionOutput(name, value);
    });
  } catch (error) {
    failJob(error);
  } finally {
    view.close();
  }
}
