import { constants } from 'node:fs';
import { chmod, copyFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createDirectories } from '../platform/fs/create-directories.js';
import { Failure } from '../platform/errors.js';
import { formatBytes, formatCount, quoteText } from '../platform/format.js';
import type { Log } from '../platform/progress/log.js';
import type { Processes } from '../platform/process/processes.js';
import type { SharedCache } from '../platform/shared-cache.js';
import { withoutUndefined } from '../platform/without-undefined.js';
import type { Daemon } from './daemon.js';
import { buildWithGo } from './go-builder.js';
import { inspectBinary, type InspectedBinary } from './inspect-binary.js';
import { buildWithNx } from './nx-builder.js';

/**
 * Where the daemon comes from. `GET /version` must report `version`; only the Go builder can stamp it.
 * `buildEnvironment` names additional variables that are passed to the build.
 */
export type DaemonRequest =
  | {
      readonly builder: 'go';
      readonly source: string;
      readonly packagePath: string;
      readonly version?: string | undefined;
      readonly versionVariable?: string | undefined;
      readonly buildEnvironment?: readonly string[] | undefined;
      readonly outputDirectory: string;
    }
  | {
      readonly builder: 'nx';
      readonly source: string;
      readonly buildEnvironment?: readonly string[] | undefined;
      readonly version?: string | undefined;
      readonly outputDirectory: string;
    }
  | {
      readonly builder: 'prebuilt';
      readonly binary: string;
      readonly version?: string | undefined;
      readonly outputDirectory: string;
    };

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
  /** Keeps Go's build cache between machines. */
  readonly shared?: SharedCache | undefined;
}

/** Creates `outputDirectory/daemon-amd64` and checks it. @throws Failure if it does not build or is unsuitable */
export async function buildDaemon(request: DaemonRequest, ports: Ports): Promise<Daemon> {
  if (request.builder !== 'prebuilt') await checkSource(request.source);
  await createDirectories(request.outputDirectory);
  const path = resolve(request.outputDirectory, 'daemon-amd64');
  await createBinary(request, path, ports);
  await chmod(path, 0o755);
  const inspected = await inspect(request, path);
  ports.log.info(formatDaemon(inspected));
  return { ...inspected.daemon, ...withoutUndefined({ version: request.version }) };
}

async function checkSource(source: string): Promise<void> {
  const found = await stat(source).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new Failure(`daemon source ${quoteText(source)} is not a directory`);
}

async function createBinary(request: DaemonRequest, output: string, ports: Ports): Promise<void> {
  switch (request.builder) {
    case 'go':
      return buildWithGo(request, output, ports);
    case 'nx':
      return buildWithNx(request, output, ports);
    case 'prebuilt':
      return copyPrebuilt(request.binary, output);
  }
}

async function copyPrebuilt(binary: string, output: string): Promise<void> {
  const found = await stat(binary).catch(() => undefined);
  if (found === undefined) throw new Failure(`daemon ${quoteText(binary)} does not exist`);
  if (!found.isFile()) throw new Failure(`daemon ${quoteText(binary)} is not a file`);
  await copyFile(binary, output, constants.COPYFILE_FICLONE);
}

async function inspect(request: DaemonRequest, path: string): Promise<InspectedBinary> {
  try {
    return await inspectBinary(path);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const origin =
      request.builder === 'prebuilt'
        ? quoteText(request.binary)
        : `built by ${request.builder} in ${quoteText(request.source)}`;
    throw new Failure(`daemon ${origin} ${error.message}`, withoutUndefined({ fix: error.fix, cause: error }));
  }
}

function formatDaemon({ daemon, revision }: InspectedBinary): string {
  const facts = [
    formatBytes(daemon.size),
    `sha256 ${daemon.sha256.slice(0, 12)}`,
    ...(daemon.goVersion === undefined
      ? ['no Go build info (modules unknown)']
      : [daemon.goVersion, formatCount(daemon.modules.length, 'module')]),
    ...(revision === undefined ? [] : [`commit ${revision.slice(0, 12)}`]),
  ];
  return `Daemon binary: ${facts.join(', ')}`;
}
