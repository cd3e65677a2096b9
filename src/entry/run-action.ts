import { describeOutputs } from '../app/describe-outputs.js';
import { runBuild } from '../app/run-build.js';
import { readBuildInputs } from '../inputs/build-inputs.js';
import {
  createGitHubView, describeBuilder, failJob, jobState, readActionInput, setActionOutput, showToolVersions, writeJobSummary,
} from '../platform/github.js';
import { beginSession, defaultFolders } from '../platform/session.js';
import { renderSummary } from '../report/render-summary.js';

type Environment = Readonly<Record<string, string | undefined>>;

const toolVersions = [['qemu-img', '--version'], ['qemu-system-x86_64', '--version'], ['go', 'version'], ['uname', '-srm']] as const;

/** The main step of the action. A failure fails the job with an annotation; it is never thrown. */
export async function runAction(environment: Environment): Promise<void> {
  const view = createGitHubView();
  try {
    const inputs = readBuildInputs(readActionInput, defaultFolders(environment));
    // Before any work: what post clears must be known when main is killed.
    jobState.saveWorkFolder(inputs.folders.work);
    await showToolVersions(toolVersions);
    const ports = { ...beginSession(view, environment), builder: describeBuilder(environment) };
    await runBuild(inputs, ports, async (report) => {
      for (const [name, value] of Object.entries(describeOutputs(report))) setActionOutput(name, value);
      if (inputs.summary) await writeJobSummary(renderSummary(report));
    });
  } catch (error) {
    failJob(error);
  } finally {
    view.close();
  }
}
