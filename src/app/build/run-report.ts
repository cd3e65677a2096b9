import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchArguments, overlayCommand } from '../../host/launch.js';
import { CancelledError, errorMessage, Failure } from '../../platform/errors.js';
import { formatCommand } from '../../platform/process/processes.js';
import type { StepRow } from '../../platform/progress/steps.js';
import type { RunReport } from '../../report/run-report.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import { tryGetChannel } from '../../store/index/store-index.js';
import type { BuildOutcome } from './build-image.js';

/** The report of a build that succeeded. */
export function toRunReport(outcome: BuildOutcome, image: string, timeline: readonly StepRow[]): RunReport {
  const { saved: kept, pushed: registry } = outcome;
  const common = { schema: 1, image, timeline, ...withoutUndefined({ kept, registry }) } as const;
  switch (outcome.kind) {
    case 'unchanged': {
      const { manifest, manifestSha256 } = outcome.same;
      const { version } = manifest;
      return {
        ...common,
        outcome: 'unchanged',
        version,
        manifest,
        manifestSha256,
        files: outcome.uris,
        reason: `${outcome.isRequested ? '' : 'Nothing changed: '}${image}.${version} ${outcome.why}`,
      };
    }
    case 'proven':
      return {
        ...common,
        outcome: outcome.facts.smoke === null ? 'built' : 'proven',
        facts: outcome.facts,
        reason: `Built ${outcome.facts.smoke === null ? '' : 'and booted '}${image}; nothing published (dry run)`,
      };
    case 'published': {
      const { manifest, manifestSha256, uris, index, sentBytes } = outcome.published;
      return {
        ...common,
        outcome: 'published',
        version: manifest.version,
        manifest,
        manifestSha256,
        sentBytes,
        ...(tryGetChannel(index, outcome.channel)?.version === manifest.version ? { channel: outcome.channel } : {}),
        reason: `Published ${image}.${manifest.version} (${outcome.why})`,
        files: uris,
        launch: listLaunchArguments({ ...manifest, ...uris }),
      };
    }
  }
}

/** The report of a build that failed. */
export function toFailureReport(error: unknown, image: string, timeline: readonly StepRow[]): RunReport {
  const failed = timeline.find((row) => row.outcome === 'failed');
  const message = errorMessage(error);
  return {
    schema: 1,
    outcome: error instanceof CancelledError ? 'cancelled' : 'failed',
    image,
    reason: failed === undefined ? message : `${failed.title}: ${message}`,
    failure: {
      message,
      evidence: error instanceof Failure ? error.evidence : [],
      ...withoutUndefined({ fix: error instanceof Failure ? error.fix : undefined }),
    },
    timeline,
  };
}

interface Launchable {
  readonly image: string;
  readonly kernel: string;
  readonly initramfs: string;
  readonly cmdline: string;
}

/** The path behind a `file://` URI. */
export function tryGetLocalPath(uri: string): string | undefined {
  return uri.startsWith('file://') ? fileURLToPath(uri) : undefined;
}

/**
 * The guide's "Creating VM Overlays" for this version: the command that creates an overlay, and the one that boots it.
 */
function listLaunchArguments({ image, kernel, initramfs, cmdline }: Launchable): readonly string[] {
  const local = (uri: string): string => tryGetLocalPath(uri) ?? basename(uri);
  return [
    formatCommand(overlayCommand(local(image))),
    formatCommand([
      'cloud-hypervisor',
      ...launchArguments({ kernelPath: local(kernel), initramfsPath: local(initramfs), cmdline }),
      '--cpus',
      'boot=2',
      '--memory',
      'size=1G',
      '--serial',
      'tty',
      '--console',
      'off',
    ]),
  ];
}
