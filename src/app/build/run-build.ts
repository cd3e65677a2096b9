import { join } from 'node:path';
import { createDirectories } from '../../platform/fs/create-directories.js';
import type { BuildInputs } from '../../inputs/build-inputs.js';
import { writeFileAtomically } from '../../platform/fs/files.js';
import { createRedactor, redactFailure, redactTexts } from '../../platform/secrets/redact.js';
import { toFailure } from '../../platform/fs/system-errors.js';
import { renderHtml } from '../../report/render-html.js';
import type { RunReport } from '../../report/run-report.js';
import { buildImage } from './build-image.js';
import type { BuildPorts } from './build-steps.js';
import { clearFailure, listAllSecrets } from '../collect-failure.js';
import { toFailureReport, toRunReport } from './run-report.js';
import { writeBoot } from '../write-boot.js';

/**
 * Builds an image. Writes the report, also of a failure, if the user requested one.
 * @param onReport called with the report, also before a failure is rethrown
 */
export async function runBuild(
  inputs: BuildInputs,
  ports: BuildPorts,
  onReport?: (report: RunReport) => Promise<void>,
): Promise<RunReport> {
  const { image } = inputs.publish;
  const publishReport = async (report: RunReport): Promise<void> => {
    await writeReport(report, inputs.directories.report);
    await onReport?.(report);
  };
  try {
    if (inputs.directories.report !== undefined) await clearFailure(inputs.directories.report);
    const outcome = await buildImage(inputs, ports);
    const report = toRunReport(outcome, image, ports.steps.timeline());
    await publishReport(report);
    return report;
  } catch (thrown) {
    const error = toFailure(thrown);
    const redactor = createRedactor(listAllSecrets(inputs, ports));
    await publishReport(redactTexts(toFailureReport(error, image, ports.steps.timeline()), redactor));
    throw redactFailure(error, redactor);
  }
}

async function writeReport(report: RunReport, directory: string | undefined): Promise<void> {
  if (directory === undefined) return;
  await createDirectories(directory);
  await writeFileAtomically(join(directory, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  await writeFileAtomically(join(directory, 'report.html'), renderHtml(report));
  if (report.outcome !== 'unchanged') await writeBoot((report.manifest ?? report.facts)?.smoke, directory);
}
