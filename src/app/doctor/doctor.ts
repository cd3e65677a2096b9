import { constants } from 'node:fs';
import { access, mkdir, stat, statfs } from 'node:fs/promises';
import { parseReference } from '../../base/base-reference.js';
import { compressionSince, relativeBackingSince } from '../../vmm/cloud-hypervisor-needs.js';
import type { BuildInputs } from '../../inputs/build-inputs.js';
import type { Clock } from '../../platform/clock.js';
import { errorMessage, Failure } from '../../platform/errors.js';
import type { Log } from '../../platform/progress/log.js';
import type { Processes } from '../../platform/process/processes.js';
import { minRelease } from '../../smoke/cloud-hypervisor/needs.js';
import { examineBase } from './examine-base.js';
import { examineDriver, type DriverNeeds } from './examine-driver.js';
import { examineFiles, type CopiedFile } from './examine-files.js';
import { examineNamespace } from './examine-namespace.js';
import { examineVmm, type VmmNeeds } from './examine-vmm.js';
import type { Finding } from './finding.js';
import { judgeFuse, judgeMachine } from './judge-host.js';
import { estimateCache, estimateWork, judgeSpace, type DirectoryFacts, type SpaceNeeds } from './judge-space.js';
import { judgeTool, listTools, type Tool, type ToolFacts, type ToolNeeds } from './judge-tools.js';
import { openState } from './open-state.js';

export interface DoctorRequest extends VmmNeeds {
  readonly cacheDirectory: string;
  readonly space: Omit<SpaceNeeds, 'baseSize'>;
  readonly driver: DriverNeeds;
  readonly tools: Omit<ToolNeeds, 'driver'>;
  /** Where the base is, if it is a file of this machine. */
  readonly basePath?: string;
  /** What `files` copies into the image. */
  readonly copied: readonly CopiedFile[];
}

interface Ports {
  readonly processes: Processes;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Looks at this machine for what a build needs: within seconds, and before any work. */
export async function examineMachine(request: DoctorRequest, ports: Ports): Promise<readonly Finding[]> {
  const { driver = 'inject', findings: driverFindings } = await examineDriver(request.driver, ports);
  const [tools, vmm, fuse, namespace, space, base, copied] = await Promise.all([
    Promise.all(
      listTools({ ...request.tools, driver }).map(async (tool) => judgeTool(tool, await readTool(tool, ports))),
    ),
    request.tools.smoke ? examineVmm(request, ports) : [],
    openState('/dev/fuse').then(judgeFuse),
    examineNamespace({ kind: 'mount', sudo: false, state: 'broken' }, ports),
    examineSpace(request),
    request.basePath === undefined ? [] : examineBase(request.basePath, request.workDirectory, ports),
    examineFiles(request.copied, ports),
  ]);
  return [
    judgeMachine(process.platform, process.arch),
    ...driverFindings,
    ...vmm,
    fuse,
    namespace,
    ...space,
    ...base,
    ...copied,
    ...tools,
  ];
}

/** @throws Failure where something that a build needs is broken, with every finding and its fix. */
export async function assertHealthyMachine(inputs: BuildInputs, ports: Ports & { readonly log: Log }): Promise<void> {
  const findings = await examineMachine({ ...describeNeeds(inputs), proveKvm: inputs.smoke.requireKvm }, ports);
  for (const { name, text, fix } of findings.filter((finding) => finding.state === 'warning')) {
    ports.log.warn(`${name}: ${text}${fix === undefined ? '' : `; ${fix}`}`);
  }
  const broken = findings.filter((finding) => finding.state === 'broken');
  const [first] = broken;
  if (first === undefined) return;
  throw new Failure(
    broken.length === 1
      ? formatFinding(first)
      : `${broken.length} things that a build needs are not there: ${broken.map(({ name }) => name).join(', ')}`,
    {
      evidence:
        broken.length === 1
          ? []
          : broken.map((finding) => `${formatFinding(finding)}${finding.fix === undefined ? '' : `; ${finding.fix}`}`),
      fix: broken.length === 1 ? (first.fix ?? 'ch-golden doctor') : 'ch-golden doctor names the command for each',
    },
  );
}

/** One sentence: a text need not go on where its name ends. */
export function formatFinding({ name, text }: Finding): string {
  return `${name}: ${text}`;
}

/** What a build with these inputs needs of the machine. */
export function describeNeeds({
  base,
  changes,
  daemon,
  directories,
  image,
  smoke,
}: Omit<BuildInputs, 'store'>): DoctorRequest {
  const reference = parseReference(base.reference);
  const copied = smoke.disk === 'copy';
  const isLayered = image.layout === 'layered';
  const isPlain = copied || (image.compression === 'none' && !isLayered);
  return {
    workDirectory: directories.work,
    cacheDirectory: directories.cache,
    vmm: smoke.vmm,
    network: smoke.network,
    requireKvm: smoke.requireKvm,
    minCloudHypervisor: isPlain ? minRelease : isLayered ? relativeBackingSince : compressionSince,
    proveKvm: true,
    space: {
      base: reference.kind,
      diskSize: image.diskSize,
      layout: image.layout,
      isCompressed: image.compression !== 'none',
      clones: smoke.enabled ? smoke.clones : 0,
      copied,
    },
    driver: {
      wanted: image.driver,
      programs: changes.packages.length > 0 || changes.upgrade !== 'none' || changes.run !== undefined,
    },
    tools: {
      builder: daemon.request.builder,
      base: reference.kind,
      isRoot: process.getuid?.() === 0,
      smoke: smoke.enabled,
      bridge: smoke.network !== 'isolated',
    },
    copied: changes.files,
    ...(reference.kind === 'path' ? { basePath: reference.path } : {}),
  };
}

async function readTool({ program, ask }: Tool, { processes, signal }: Ports): Promise<ToolFacts> {
  const path = await processes.tryFind(program);
  if (path === undefined || ask === undefined) return { path };
  try {
    const { stdout, stderr } = await processes.run({ argv: [path, ...ask], timeoutMs: 30_000 });
    return { path, said: `${stdout}\n${stderr}` };
  } catch {
    signal.throwIfAborted();
    return { path };
  }
}

/** Directories on one filesystem share what is free. */
async function examineSpace({
  workDirectory,
  cacheDirectory,
  space,
  basePath,
}: DoctorRequest): Promise<readonly Finding[]> {
  const baseSize =
    basePath === undefined
      ? undefined
      : await stat(basePath).then(
          ({ size }) => size,
          () => undefined,
        );
  const needs = { ...space, ...(baseSize === undefined ? {} : { baseSize }) };
  const [work, cache] = [await readDirectory(workDirectory), await readDirectory(cacheDirectory)];
  const [forWork, forCache] = [estimateWork(needs), estimateCache(needs)];
  const isShared = 'device' in work && 'device' in cache && work.device === cache.device;
  return [
    judgeSpace('work directory', workDirectory, work, isShared ? [...forWork, ...forCache] : forWork),
    judgeSpace('cache directory', cacheDirectory, cache, isShared ? [] : forCache),
  ];
}

async function readDirectory(directory: string): Promise<DirectoryFacts & { readonly device?: number }> {
  try {
    await mkdir(directory, { recursive: true });
    await access(directory, constants.W_OK);
    const { bavail, bsize } = await statfs(directory);
    return { free: bavail * bsize, device: (await stat(directory)).dev };
  } catch (error) {
    return { trouble: errorMessage(error) };
  }
}
