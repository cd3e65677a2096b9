import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Failure, ToolError, UsageError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { pathExists } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import type { Command, Processes } from '../platform/process/processes.js';
import type { SharedCache } from '../platform/shared-cache.js';
import { hasGoVariable } from './inspect-binary.js';
import { withSharedGoCache } from './shared-go-cache.js';

export interface GoBuild {
  /** The directory of the module, or one above it. */
  readonly source: string;
  /** The main package, relative to `source`: `./cmd/daemon`. */
  readonly packagePath: string;
  readonly version?: string | undefined;
  /** The string variable that gets `version`, such as `main.version`. */
  readonly versionVariable?: string | undefined;
}

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
  readonly shared?: SharedCache;
}

const halfAnHour = 1_800_000;

/** Compiles the daemon to `output`, an absolute path. @throws Failure with the compiler's lines as evidence */
export async function buildWithGo(build: GoBuild, output: string, ports: Ports): Promise<void> {
  const directory = `${output}.build`;
  const command = goBuildCommand(build, directory);
  await checkModule(build);
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
    if (binary === undefined) throw new Failure(`go build ${build.packagePath} made nothing`);
    await checkStamp(join(directory, binary), build);
    await rename(join(directory, binary), output);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * The command that compiles to a directory. Given a directory, Go refuses a package that is not `main` where it would
 * write an archive to a file. Symbols stay in: a crash in a sandbox can be looked into, for bytes that a host pulls once.
 * The commit stays out: in a monorepo each would make another daemon of the same code. With `-trimpath`, equal
 * sources make equal bytes.
 */
export function goBuildCommand(build: GoBuild, directory: string): Command {
  const { version, versionVariable } = build;
  const stamp =
    version === undefined || versionVariable === undefined
      ? ''
      : `-X ${checkVersionVariable(versionVariable)}=${checkVersion(version)}`;
  return {
    argv: [
      'go',
      'build',
      '-trimpath',
      '-buildvcs=false',
      `-ldflags=${stamp}`,
      '-o',
      `${directory}/`,
      checkPackagePath(build.packagePath),
    ],
    cwd: build.source,
    env: { GOOS: 'linux', GOARCH: 'amd64', CGO_ENABLED: '0' },
    timeoutMs: halfAnHour,
  };
}

/** @throws UsageError unless it is a package by its directory, inside of the source: `.` or `./cmd/daemon`. */
export function checkPackagePath(packagePath: string): string {
  const [first, ...names] = packagePath.split('/');
  if (first === '.' && !packagePath.includes('...') && names.every((name) => /^[\w.-]+$/.test(name) && name !== '..'))
    return packagePath;
  throw new UsageError(`daemon-package ${quoteText(packagePath)} is not a directory inside of the source`, {
    fix: 'give it as ./cmd/daemon',
  });
}

/** @throws UsageError unless the linker's `-X` takes it as one word: an import path, a dot, a name. */
export function checkVersionVariable(variable: string): string {
  if (variable.length <= 300 && /^[\w][\w./~-]*\.[A-Za-z_]\w*$/.test(variable)) return variable;
  throw new UsageError(`daemon-version-variable ${quoteText(variable)} is not a Go variable`, {
    fix: 'give it as main.version or example.com/daemon/internal.Version',
  });
}

/** @throws UsageError unless the linker's `-X` and a header take it as one word. */
export function checkVersion(version: string): string {
  if (/^[A-Za-z0-9][\w.+~-]{0,127}$/.test(version)) return version;
  throw new UsageError(`daemon-version ${quoteText(version)} is not allowed`, {
    fix: 'use letters, digits and . _ + ~ - (at most 128), such as v1.2.3',
  });
}

async function checkModule({ source, packagePath }: GoBuild): Promise<void> {
  const directory = resolve(source, packagePath);
  if (!(await pathExists(directory))) {
    throw new Failure(`there is no package ${packagePath} in ${source}`, {
      fix: 'name the directory of the main package, such as ./cmd/daemon',
    });
  }
  if (await hasModule(directory)) return;
  throw new Failure(`there is no go.mod for ${directory}`, {
    fix: `go mod init in ${source}, or name the directory of the module`,
  });
}

async function hasModule(directory: string): Promise<boolean> {
  if (await pathExists(join(directory, 'go.mod'))) return true;
  return dirname(directory) !== directory && hasModule(dirname(directory));
}

async function compile(command: Command, { packagePath, source }: GoBuild, { processes }: Ports): Promise<void> {
  try {
    await processes.run(command);
  } catch (error) {
    if (!(error instanceof ToolError) || error.exitCode === undefined) throw error;
    const { evidence } = error;
    if (evidence.includes('go: no main packages to build')) {
      throw new Failure(`package ${packagePath} in ${source} is not a main package`, {
        fix: 'name the directory that has "package main"',
        cause: error,
      });
    }
    throw new Failure(`the daemon does not compile: go build ${packagePath} in ${source}`, { evidence, cause: error });
  }
}

async function checkStamp(binary: string, { version, versionVariable }: GoBuild): Promise<void> {
  if (version === undefined || versionVariable === undefined || (await hasGoVariable(binary, versionVariable))) return;
  throw new Failure(`the daemon has no variable ${versionVariable} to take the version`, {
    fix: 'name a string variable that the program uses, with its import path: main.version',
  });
}
