import { hostname } from 'node:os';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { program, readRelease } from '../vmm/cloud-hypervisor-release.js';
import { errorMessage, Failure, hasCode } from '../platform/errors.js';
import { syncDirectory, writeFileAtomically } from '../platform/fs/files.js';
import { sanitizeLine } from '../platform/format.js';
import { withoutUndefined } from '../platform/without-undefined.js';
import type { ObjectStore } from '../objects/object-store.js';
import { formatHost, hostLimit, type HostFacts } from '../store/fleet/host-document.js';
import { hostKey } from '../store/names.js';
import { createKeyPair, parseSigningKey, type SigningKey } from '../trust/keys.js';
import { tryReadSmallFile } from './host-files.js';
import { listLocalVersions, tryReadCurrent } from './local-versions.js';
import type { HostPorts } from './ports.js';
import { readVmRecord } from './vm/vm-record.js';
import { listVmNames } from './vm/vm-state.js';

/** The key of this host. It signs nothing but the host's reports. */
const keyFile = 'host.key';
/** When this host reported itself last, where, and what. */
const stateFile = '.host-report.json';
const smallFileLimit = 64 * 1024;
const intervalMs = 3600 * 1000;

const stateSchema = z.object({ uri: z.string(), at: z.number(), inUse: z.string() });

type Ports = Pick<HostPorts, 'processes' | 'clock'> & {
  readonly store: ObjectStore;
  readonly owner: string;
};

/**
 * Reports this host to a store, at most once an hour unless its versions changed. The caller has asked whether it
 * wants that. @returns whether it was due @throws Failure if the store cannot be written
 */
export async function reportHost(root: string, ports: Ports): Promise<boolean> {
  const { store, clock, owner } = ports;
  const facts = await readFacts(root, ports);
  const inUse = facts.inUse.map(({ image, version }) => `${image}.${version}`).join(' ');
  const key = await loadHostKey(root);
  const name = hostKey(key.id);
  const uri = store.uri(name);
  const path = join(root, stateFile);
  const last = await tryReadState(path);
  const elapsed = last === undefined ? Infinity : clock.now() - last.at;
  if (last?.uri === uri && last.inUse === inUse && elapsed >= 0 && elapsed < intervalMs) return false;
  const current = await store.read(name, hostLimit);
  const outcome = await store.compareAndSwap(name, current?.tag, formatHost(facts, key), {
    owner,
    cacheControl: 'no-cache',
  });
  if (outcome === 'lost') throw new Failure(`${uri} was changed in the meantime`);
  await writeFileAtomically(path, `${JSON.stringify({ uri, at: clock.now(), inUse })}\n`, 0o600);
  return true;
}

async function tryReadState(path: string): Promise<z.infer<typeof stateSchema> | undefined> {
  try {
    const bytes = await tryReadSmallFile({ path, limit: smallFileLimit, owned: true });
    return bytes === undefined ? undefined : stateSchema.parse(JSON.parse(bytes.toString()));
  } catch {
    return undefined;
  }
}

async function readFacts(root: string, { processes, clock }: Ports): Promise<HostFacts> {
  const { versions } = await listLocalVersions(root);
  const inUse: { image: string; version: number; created: string }[] = [];
  for (const { image, version, manifest } of versions)
    if ((await tryReadCurrent(root, image)) === version) inUse.push({ image, version, created: manifest.created });
  const counts = new Map<string, { image: string; version: number; count: number }>();
  for (const name of await listVmNames(root)) {
    const record = await readVmRecord(root, name).catch(() => undefined);
    if (record === undefined) continue;
    const { image, version } = record;
    const known = counts.get(`${image}.${version}`) ?? { image, version, count: 0 };
    counts.set(`${image}.${version}`, { ...known, count: known.count + 1 });
  }
  const hasVmm = (await processes.tryFind(program)) !== undefined;
  return withoutUndefined({
    name: sanitizeLine(hostname(), 253),
    reported: new Date(clock.now()).toISOString(),
    vmm: hasVmm ? (await readRelease(processes)).text : undefined,
    inUse: inUse.sort((one, other) => one.image.localeCompare(other.image, 'en')),
    vms: [...counts.values()],
  });
}

/** Creates the key if there is none. @throws Failure if others can change it, or it is no key */
async function loadHostKey(root: string): Promise<SigningKey> {
  const path = join(root, keyFile);
  const known = await tryReadKey(path);
  if (known !== undefined) return known;
  const { privatePem } = createKeyPair();
  try {
    await using file = await open(path, 'wx', 0o600);
    await file.writeFile(privatePem);
    await file.sync();
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw new Failure(`cannot create ${path}: ${errorMessage(error)}`, { cause: error });
  }
  await syncDirectory(root);
  const created = await tryReadKey(path);
  if (created !== undefined) return created;
  throw new Failure(`${path} was removed in the meantime`);
}

async function tryReadKey(path: string): Promise<SigningKey | undefined> {
  const bytes = await tryReadSmallFile({ path, limit: smallFileLimit, owned: true });
  return bytes === undefined ? undefined : parseSigningKey(bytes.toString(), path);
}
