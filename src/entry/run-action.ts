import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { withSigner } from '../app/load-signer.js';
import { toOutputs } from '../app/build/outputs.js';
import { runBuild } from '../app/build/run-build.js';
import { readBuildInputs, type BuildInputs } from '../inputs/build-inputs.js';
import { toBuildCommand } from '../inputs/build-command.js';
import { secretInputs } from '../inputs/signing-inputs.js';
import {
  createGitHubView,
  readBuilder,
  dropActionInput,
  failJob,
  jobState,
  maskInJob,
  readActionInput,
  setActionOutput,
  logToolVersions,
  tryReadTag,
  writeJobSummary,
} from '../platform/github/github.js';
import { createGitHubCache } from '../platform/github/github-cache.js';
import { beginSession, defaultDirectories } from '../platform/session.js';
import { renderSummary } from '../report/render-summary.js';
import type { RunReport } from '../report/run-report.js';
import { uploadCapsule } from './upload-capsule.js';

type Environment = Readonly<Record<string, string | undefined>>;

const toolVersions = [
  ['qemu-img', '--version'],
  ['qemu-system-x86_64', '--version'],
  ['go', 'version'],
  ['uname', '-srm'],
] as const;

/** The main step of the action. A failure fails the job with an annotation; it is never thrown. */
export async function runAction(environment: Environment): Promise<void> {
  const view = createGitHubView();
  try {
    const inputs = await withReportDirectory(
      readBuildInputs(readActionInput, defaultDirectories(environment), tryReadTag(environment)),
      environment,
    );
    secretInputs.forEach(dropActionInput);
    // Before any work: what post clears must be known when main is killed.
    jobState.saveWorkDirectory(inputs.directories.work);
    await logToolVersions(toolVersions);
    listBuildSecrets(inputs, environment).forEach(maskInJob);
    const session = await withSigner(inputs.signing, beginSession(view, environment), maskInJob);
    const shared = inputs.cache === 'github' ? { shared: createGitHubCache(session.signal) } : {};
    const ports = { ...session, ...shared, builder: readBuilder(environment) };
    await runBuild(inputs, ports, async (report) => {
      for (const [name, value] of Object.entries(toOutputs(report))) setActionOutput(name, value);
      if (inputs.summary) await writeJobSummary(renderSummary(report));
      const { report: directory } = inputs.directories;
      if (directory === undefined || !wantsCapsule(inputs, report)) return;
      await uploadCapsule({
        report,
        directory,
        owner: ports.owner,
        command: toBuildCommand(readActionInput),
        commit: ports.builder.commit,
      });
    });
  } catch (error) {
    failJob(error);
  } finally {
    view.close();
  }
}

/** The values of variables that are passed to the build of the daemon. */
function listBuildSecrets({ daemon: { request } }: BuildInputs, environment: Environment): readonly string[] {
  const names = request.builder === 'prebuilt' ? [] : (request.buildEnvironment ?? []);
  return names.map((name) => environment[name] ?? '').filter((value) => value !== '');
}

/** What will be uploaded needs a directory, even if no input names one. */
async function withReportDirectory(
  inputs: BuildInputs,
  { RUNNER_TEMP: temporary = tmpdir() }: Environment,
): Promise<BuildInputs> {
  if (inputs.artifact === 'never') return inputs;
  const report = inputs.directories.report ?? (await mkdtemp(join(temporary, 'ch-golden-report-')));
  return { ...inputs, directories: { ...inputs.directories, report: resolve(report) } };
}

/** A cancelled job has seconds left: no time for an upload. */
function wantsCapsule({ artifact }: BuildInputs, { outcome }: RunReport): boolean {
  return outcome === 'failed' ? artifact !== 'never' : artifact === 'always' && outcome !== 'cancelled';
}
