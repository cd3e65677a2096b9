import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Failure, ToolError, UsageError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { pathExists } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import type { Command, Processes } from '../platform/process/processes.js';
import type { SharedCache } from '../platform/shared-cache.js';
import { buildFailure } from './build-failure.js';
import { ldflagsArguments } from './go-flags.js';
import { inspectGoVariable } from './go-variable.js';
import { withSharedGoCache } from './shared-go-cache.js';

export interface GoBuild {
  /** The directory of the module, or one above it. */
  readonly source: string;
  /** The main package, relative to `source`: `./cmd/daemon`. */
  readonly packagePath: string;
  readonly version?: string | undefined;
  /** The string variable to set to `version`, e.g. `main.version`. */
  readonly versionVariable?: string | undefined;
  /** Names of additional variables that are passed to the compiler. */
  readonly buildEnvironment?: readonly string[] | undefined;
}

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
  readonly shared?: SharedCache | undefined;
}

const halfAnHour = 1_800_000;

/** Compiles the daemon to `output`, an absolute path. @throws Failure with the compiler's lines as evidence */
export async function buildWithGo(build: GoBuild, output: string, ports: Ports): Promise<void> {
  const directory = `${output}.build`;
  await checkModule(build);
  const command = goBuildCommand(build, directory, await readGoFlags(build, ports));
  await mkdir(directory);
  try {
    const compileWith = async (env: Command['env']): Promise<void> =>
      compile({ ...command, env: { ...command.env, ...env }, onLine: ports.log.detail }, build, ports);
    const { shared } = ports;
    if (shared === undefined) await compileWith({});
    else
      await withSharedGoCache(resolve(build.source, build.packagePath), { ...ports, shared }, async (GOCACHE) =>
        compileWith({ GOCACHE }),
      );
    const [binary] = await readdir(directory);
    if (binary === undefined) throw new Failure(`go build ${build.packagePath} produced no binary`);
    await checkStamp(join(directory, binary), build, ports);
    await rename(join(directory, binary), output);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * The command that compiles into a directory. With a directory as output, Go rejects packages other than `main`
 * instead of writing an archive. Symbols stay in, so that crashes in a sandbox can be debugged. The commit stays out:
 * in a monorepo, every commit would change the bytes of the same code. `-trimpath` makes builds reproducible.
 */
export function goBuildCommand(build: GoBuild, directory: string, goFlags = ''): Command {
  const stamp = tryGetStamp(build);
  const ldflags =
    stamp === undefined
      ? []
      : ldflagsArguments(`-X ${checkVersionVariable(stamp.variable)}=${checkVersion(stamp.version)}`, goFlags);
  return {
    argv: [
      'go',
      'build',
      '-trimpath',
      '-buildvcs=false',
      ...ldflags,
      '-o',
      `${directory}/`,
      checkPackagePath(build.packagePath),
    ],
    cwd: build.source,
    env: { GOOS: 'linux', GOARCH: 'amd64', CGO_ENABLED: '0' },
    inherit: build.buildEnvironment,
    timeoutMs: halfAnHour,
  };
}

/** The version to set and its variable, if there is one. */
function tryGetStamp({ version, versionVariable }: GoBuild): { version: string; variable: string } | undefined {
  return version === undefined || versionVariable === undefined ? undefined : { version, variable: versionVariable };
}

/** GOFLAGS of the environment or of `go env -w`. They matter only if this program adds flags. */
async function readGoFlags(build: GoBuild, { processes }: Ports): Promise<string> {
  if (tryGetStamp(build) === undefined) return '';
  return (await processes.run({ argv: ['go', 'env', 'GOFLAGS'], cwd: build.source })).stdout;
}

/** @throws UsageError unless it names a package by a directory inside the source: `.` or `./cmd/daemon`. */
export function checkPackagePath(packagePath: string): string {
  const [first, ...names] = packagePath.split('/');
  if (first === '.' && !packagePath.includes('...') && names.every((name) => /^[\w.-]+$/.test(name) && name !== '..'))
    return packagePath;
  throw new UsageError(`daemon-package ${quoteText(packagePath)} is not a directory inside the source`, {
    fix: 'use the form ./cmd/daemon',
  });
}

/** @throws UsageError unless the linker's `-X` takes it as one argument: an import path, a dot, a name. */
export function checkVersionVariable(variable: string): string {
  if (variable.length <= 300 && /^[\w][\w./~-]*\.[A-Za-z_]\w*$/.test(variable)) return variable;
  throw new UsageError(`daemon-version-variable ${quoteText(variable)} is not a Go variable`, {
    fix: 'use the form main.version or example.com/daemon/internal.Version',
  });
}

/** @throws UsageError unless the linker's `-X` and a header take it as one argument. */
export function checkVersion(version: string): string {
  if (/^[A-Za-z0-9][\w.+~-]{0,127}$/.test(version)) return version;
  throw new UsageError(`invalid daemon-version ${quoteText(version)}`, {
    fix: 'use letters, digits and . _ + ~ - (at most 128), such as v1.2.3',
  });
}

async function checkModule({ source, packagePath }: GoBuild): Promise<void> {
  const directory = resolve(source, packagePath);
  if (!(await pathExists(directory))) {
    throw new Failure(`package ${quoteText(packagePath)} does not exist in ${quoteText(source)}`, {
      fix: 'set daemon-package to the directory of the main package, e.g. ./cmd/daemon',
    });
  }
  if (await hasModule(directory)) return;
  throw new Failure(`no go.mod in ${quoteText(directory)} or a directory above it`, {
    fix: `run go mod init in ${source}, or set daemon-source to the module's directory`,
  });
}

async function hasModule(directory: string): Promise<boolean> {
  if (await pathExists(join(directory, 'go.mod'))) return true;
  return dirname(directory) !== directory && hasModule(dirname(directory));
}

async function compile(
  command: Command,
  { packagePath, source, buildEnvironment }: GoBuild,
  { processes }: Ports,
): Promise<void> {
  try {
    await processes.run(command);
  } catch (error) {
    if (!(error instanceof ToolError) || error.exitCode === undefined) throw error;
    const { evidence } = error;
    if (evidence.includes('go: no main packages to build')) {
      throw new Failure(`package ${quoteText(packagePath)} in ${quoteText(source)} is not a main package`, {
        fix: 'set daemon-package to the directory that contains "package main"',
        cause: error,
      });
    }
    throw buildFailure(`go build ${packagePath} in ${quoteText(source)} failed`, error, buildEnvironment);
  }
}

/**
 * The linker prints nothing if setting a variable has no effect.
 * @throws Failure if the daemon cannot report the version
 */
async function checkStamp(binary: string, build: GoBuild, { log }: Ports): Promise<void> {
  const { variable } = tryGetStamp(build) ?? {};
  if (variable === undefined) return;
  switch (await inspectGoVariable(binary, variable)) {
    case 'constant':
      return;
    case 'unknown':
      log.warn(`The binary has no symbols, so only the smoke test can tell whether ${variable} has the version`);
      return;
    case 'missing':
      throw new Failure(`the daemon has no variable ${variable} for its version`, {
        fix: 'set daemon-version-variable to a string variable that the program uses, e.g. main.version',
      });
    case 'computed':
      throw new Failure(`the daemon computes ${variable} when it starts, which replaces the version set by the build`, {
        fix: `declare ${variable} without a value or with a constant, e.g. var version = "dev"`,
      });
  }
}
