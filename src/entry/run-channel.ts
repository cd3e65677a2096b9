import { describeChannelOutputs, moveChannel } from '../app/move-channel.js';
import { readChannelInputs } from '../inputs/channel-inputs.js';
import { createGitHubView, failJob, readActionInput, sayInJob, setActionOutput, writeJobSummary } from '../platform/github.js';
import { beginSession } from '../platform/session.js';
import { escapeMarkdown } from '../report/render-summary.js';

/** The channel action. A failure fails the job with an annotation; it is never thrown. */
export async function runChannel(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const view = createGitHubView();
  try {
    const report = await moveChannel(readChannelInputs(readActionInput), beginSession(view, environment));
    for (const [name, value] of Object.entries(describeChannelOutputs(report))) setActionOutput(name, value);
    for (const line of report.lines) sayInJob(line);
    await writeJobSummary(report.lines.map((line) => `- ${escapeMarkdown(`${report.image}: ${line}`)}`).join('\n'));
  } catch (error) {
    failJob(error);
  } finally {
    view.close();
  }
}
