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
  /** The folder of the module, or one above it. */
  readonly source: string;
  /** The main package, relative to `source`: `./cmd/daemon`. */
  readonly packagePath: string;
  readonly version?: string;
  /** The string variable that gets `version`, such as `main.version`. */
  readonly versionVariable?: string;
}

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
  readonly shared?: SharedCache;
}

const halfAnHour = 1_800_000;

/** Compiles the daemon to `output`, an absolute path. @throws Failure with the compiler's lines as evidence */
export async function buildWithGo(build: GoBuild, output: string, ports: Ports): Promise<void> {
  const folder = `${output}.build`;
  const command = goBuildCommand(build, folder);
  await checkModule(build);
  await mkdir(folder);
  try {
    const compileWith = async (env: Command['env']): Promise<void> =>
      compile({ ...command, env: { ...command.env, ...env }, onLine: ports.log.detail }, build, ports);
    const { shared } = ports;
    if (shared === undefined) await compileWith({});
    else
      await withSharedGoCache(resolve(build.source, build.packagePath), { ...ports, shared }, async (GOCACHE) =>
        compileWith({ GOCACHE }),
      );
    const [binary] = await readdir(folder);
    if (binary === undefined) throw new Failure(`go build ${build.packagePath} made nothing`);
    await checkStamp(join(folder, binary), build);
    await rename(join(folder, binary), output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The command that compiles to a folder. Given a folder, Go refuses a package that is not `main` where it would
 * write an archive to a file. Symbols stay in: a crash in a sandbox can be looked into, for bytes that a host pulls once.
 * The commit stays out: in a monorepo each would make another daemon of the same code. With `-trimpath`, equal
 * sources make equal bytes.
 */
export function goBuildCommand(build: GoBuild, folder: string): Command {
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
      `${folder}/`,
      checkPackagePath(build.packagePath),
    ],
    cwd: build.source,
    env: { GOOS: 'linux', GOARCH: 'amd64', CGO_ENABLED: '0' },
    timeoutMs: halfAnHour,
  };
}

/** @throws UsageError unless it is a package by its folder, inside of the source: `.` or `./cmd/daemon`. */
export function checkPackagePath(packagePath: string): string {
  const [first, ...names] = packagePath.split('/');
  if (first === '.' && !packagePath.includes('...') && names.every((name) => /^[\w.-]+$/.test(name) && name !== '..'))
    return packagePath;
  throw new UsageError(`daemon-package ${quoteText(packagePath)} is not a folder inside of the source`, {
    mend: 'give it as ./cmd/daemon',
  });
}

/** @throws UsageError unless the linker's `-X` takes it as one word: an import path, a dot, a name. */
export function checkVersionVariable(variable: string): string {
  if (variable.length <= 300 && /^[\w][\w./~-]*\.[A-Za-z_]\w*$/.test(variable)) return variable;
  throw new UsageError(`daemon-version-variable ${quoteText(variable)} is not a Go variable`, {
    mend: 'give it as main.version or example.com/daemon/internal.Version',
  });
}

/** @throws UsageError unless the linker's `-X` and a header take it as one word. */
export function checkVersion(version: string): string {
  if (/^[A-Za-z0-9][\w.+~-]{0,127}$/.test(version)) return version;
  throw new UsageError(`daemon-version ${quoteText(version)} is not allowed`, {
    mend: 'use letters, digits and . _ + ~ - (at most 128), such as v1.2.3',
  });
}

async function checkModule({ source, packagePath }: GoBuild): Promise<void> {
  const folder = resolve(source, packagePath);
  if (!(await pathExists(folder))) {
    throw new Failure(`there is no package ${packagePath} in ${source}`, {
      mend: 'name the folder of the main package, such as ./cmd/daemon',
    });
  }
  if (await hasModule(folder)) return;
  throw new Failure(`there is no go.mod for ${folder}`, {
    mend: `go mod init in ${source}, or name the folder of the module`,
  });
}

async function hasModule(folder: string): Promise<boolean> {
  if (await pathExists(join(folder, 'go.mod'))) return true;
  return dirname(folder) !== folder && hasModule(dirname(folder));
}

async function compile(command: Command, { packagePath, source }: GoBuild, { processes }: Ports): Promise<void> {
  try {
    await processes.run(command);
  } catch (error) {
    if (!(error instanceof ToolError) || error.exitCode === undefined) throw error;
    const { evidence } = error;
    if (evidence.includes('go: no main packages to build')) {
      throw new Failure(`package ${packagePath} in ${source} is not a main package`, {
        mend: 'name the folder that has "package main"',
        cause: error,
      });
    }
    throw new Failure(`the daemon does not compile: go build ${packagePath} in ${source}`, { evidence, cause: error });
  }
}

async function checkStamp(binary: string, { version, versionVariable }: GoBuild): Promise<void> {
  if (version === undefined || versionVariable === undefined || (await hasGoVariable(binary, versionVariable))) return;
  throw new Failure(`the daemon has no variable ${versionVariable} to take the version`, {
    mend: 'name a string variable that the program uses, with its import path: main.version',
  });
}
