import { withSigner } from '../app/load-signer.js';
import { toChannelOutputs, runChannelOperation } from '../app/move-channel.js';
import { readChannelInputs } from '../inputs/channel-inputs.js';
import { secretInputs } from '../inputs/signing-inputs.js';
import {
  createGitHubView,
  dropActionInput,
  failJob,
  maskInJob,
  readActionInput,
  readBuilder,
  printInJob,
  setActionOutput,
  writeJobSummary,
} from '../platform/github/github.js';
import { beginSession, defaultDirectories } from '../platform/session.js';
import { escapeMarkdown } from '../report/render-summary.js';

/** The channel action. A failure fails the job with an annotation; it is never thrown. */
export async function runChannel(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const view = createGitHubView();
  try {
    const inputs = readChannelInputs(readActionInput);
    secretInputs.forEach(dropActionInput);
    const session = await withSigner(inputs.signing, beginSession(view, environment), maskInJob);
    const report = await runChannelOperation(inputs, {
      ...session,
      builder: readBuilder(environment),
      directories: defaultDirectories(environment),
    });
    for (const [name, value] of Object.entries(toChannelOutputs(report))) setActionOutput(name, value);
    for (const line of report.lines) printInJob(line);
    await writeJobSummary(report.lines.map((line) => `- ${escapeMarkdown(`${report.image}: ${line}`)}`).join('\n'));
  } catch (error) {
    failJob(error);
  } finally {
    view.close();
  }
}
