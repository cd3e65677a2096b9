import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256Of, sha256OfFile } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import type { Processes } from '../platform/process/processes.js';
import type { CacheEntry, SharedCache } from '../platform/shared-cache.js';

interface Ports {
  readonly processes: Processes;
  readonly shared: SharedCache;
  readonly log: Log;
}

/**
 * Restores Go's build cache from earlier runs on other machines, and saves it for later ones.
 * `directory` is the package's; `build` gets the directory to use as GOCACHE.
 */
export async function withSharedGoCache<T>(
  directory: string,
  ports: Ports,
  build: (goCache: string) => Promise<T>,
): Promise<T> {
  const { prefix, ...entry } = await toCacheEntry(directory, ports);
  const found = await ports.shared.tryRestore({ ...entry, prefix }, ports);
  if (found !== undefined) {
    ports.log.info(
      `Restored Go's build cache from the shared cache (${found === entry.key ? 'same modules' : 'different modules'})`,
    );
    await removeCorrupt(entry.path, ports);
  }
  const built = await build(entry.path);
  if (found !== entry.key) await ports.shared.save(entry, ports);
  return built;
}

/** Most compiled code is that of modules, so toolchain and modules are the key. */
async function toCacheEntry(
  directory: string,
  { processes }: Ports,
): Promise<CacheEntry & { readonly prefix: string }> {
  const { stdout } = await processes.run({
    argv: ['go', 'env', '-json', 'GOCACHE', 'GOMOD', 'GOVERSION', 'GOWORK'],
    cwd: directory,
  });
  const {
    GOCACHE: defaultCache = '',
    GOMOD: module = '',
    GOVERSION: version = '',
    GOWORK: workspace = '',
  } = JSON.parse(stdout) as Partial<Record<string, string>>;
  const files = [module, join(dirname(module), 'go.sum'), ...(workspace === '' ? [] : [workspace, `${workspace}.sum`])];
  const contents = await Promise.all(files.map(async (file) => readFile(file, 'utf8').catch(() => '')));
  const prefix = `ch-golden-${version}-`;
  // Not the default cache, which also contains everything else that the machine compiled.
  return { key: `${prefix}${sha256Of(JSON.stringify(contents))}`, path: `${defaultCache}-ch-golden`, prefix };
}

/** Go names its outputs `<sha256>-d`, but does not verify them when it reads. Source: cmd/go/internal/cache. */
async function removeCorrupt(cache: string, { log }: Ports): Promise<void> {
  const entries = await readdir(cache, { recursive: true, withFileTypes: true });
  for (const { name, parentPath } of entries.filter((entry) => entry.isFile() && /^[0-9a-f]{64}-d$/.test(entry.name))) {
    const path = join(parentPath, name);
    if (`${await sha256OfFile(path)}-d` === name) continue;
    log.warn(`Removed corrupt build cache entry ${path}`);
    await rm(path, { force: true });
  }
}
