import type { Clock } from '../../platform/clock.js';
import { errorMessage, Failure } from '../../platform/errors.js';
import { sanitizeLine } from '../../platform/format.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import type { ObjectStore } from '../../objects/object-store.js';
import type { StoreIndex } from '../index/store-index.js';
import { readIndex } from '../index/update-index.js';
import { hostKey, hostsPrefix, tryParseHostKey } from '../names.js';
import { hostLimit, parseHost, type HostDocument } from './host-document.js';

/** A host that has reported itself, newest facts. */
export interface FleetHost {
  readonly id: string;
  readonly name: string;
  readonly reported: string;
  readonly ageMs: number;
  readonly vmm?: string;
  readonly inUse: readonly FleetVersion[];
  readonly vms: readonly (Omit<FleetVersion, 'created'> & { readonly count: number })[];
}

interface FleetVersion {
  readonly image: string;
  readonly version: number;
  /** When it was built. */
  readonly created: string;
  /** Why it must not be used, as the store says now. */
  readonly revoked?: string;
}

export interface Fleet {
  /** Those with a revoked version first, then by name. */
  readonly hosts: readonly FleetHost[];
  /** Objects that no host with their key has written. */
  readonly untrusted: readonly { readonly key: string; readonly problem: string }[];
  /** Whether there are more than are read. */
  readonly truncated: boolean;
}

interface Ports {
  readonly store: ObjectStore;
  readonly clock: Clock;
}

const mostHosts = 20_000;
const mostImages = 100;
/** Clocks differ. */
const maxAheadMs = 3600 * 1000;

/** Reads what hosts have reported to a store. Everything there is untrusted until its signature is verified. */
export async function readFleet({ store, clock }: Ports): Promise<Fleet> {
  const documents: HostDocument[] = [];
  const untrusted: { key: string; problem: string }[] = [];
  let truncated = false;
  for await (const { key } of store.list(hostsPrefix)) {
    truncated = documents.length + untrusted.length >= mostHosts;
    if (truncated) break;
    try {
      const document = await tryReadHost(key, store);
      if (document !== undefined) documents.push(assertNotFromFuture(document, clock.now()));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      untrusted.push({ key: sanitizeLine(key), problem: sanitizeLine(errorMessage(error)) });
    }
  }
  const images = new Set(documents.flatMap(({ inUse, vms }) => [...inUse, ...vms].map(({ image }) => image)));
  const indexes = new Map<string, StoreIndex>();
  for (const image of [...images].slice(0, mostImages)) indexes.set(image, await readIndex(image, store));
  const hosts = documents.map((document) => toFleetHost(document, indexes, clock.now()));
  return { hosts: hosts.sort(compareHosts), untrusted, truncated };
}

/** Undefined if it was removed meanwhile. */
async function tryReadHost(key: string, store: ObjectStore): Promise<HostDocument | undefined> {
  const id = tryParseHostKey(key);
  if (id === undefined) throw new Failure('its file name is not a key ID');
  const content = await store.read(key, hostLimit);
  return content === undefined ? undefined : parseHost(content.bytes, id, store.uri(key));
}

function assertNotFromFuture(document: HostDocument, now: number): HostDocument {
  if (Date.parse(document.reported) <= now + maxAheadMs) return document;
  throw new Failure(`it is dated in the future: ${document.reported}`);
}

function toFleetHost(document: HostDocument, indexes: ReadonlyMap<string, StoreIndex>, now: number): FleetHost {
  const { id, name, reported, vmm } = document;
  const mark = <T extends { readonly image: string; readonly version: number }>(one: T): T & { revoked?: string } => {
    const revocation = indexes.get(one.image)?.revoked[one.version];
    return revocation === undefined ? one : { ...one, revoked: sanitizeLine(revocation.reason) };
  };
  const ageMs = Math.max(0, now - Date.parse(reported));
  return withoutUndefined({
    ...{ id, name: sanitizeLine(name), reported, ageMs, vmm },
    inUse: document.inUse.map(mark),
    vms: document.vms.map(mark),
  });
}

function compareHosts(one: FleetHost, other: FleetHost): number {
  return Number(hasRevoked(other)) - Number(hasRevoked(one)) || one.name.localeCompare(other.name, 'en');
}

export function hasRevoked({ inUse, vms }: FleetHost): boolean {
  return [...inUse, ...vms].some(({ revoked }) => revoked !== undefined);
}

/** Hosts to forget: one by its ID, or all that have not reported for so long. */
export type ForgetRequest = { readonly id: string } | { readonly olderThanMs: number };

/** Removes reports from a store. A host that still reports itself comes back. @returns the IDs */
export async function forgetHosts(request: ForgetRequest, { store, clock }: Ports): Promise<readonly string[]> {
  const ids =
    'id' in request ? await findHost(request.id, store) : await findSilent(request.olderThanMs, { store, clock });
  await store.deleteMany(ids.map(hostKey));
  return ids;
}

async function findHost(id: string, store: ObjectStore): Promise<readonly string[]> {
  return (await store.head(hostKey(id))) === undefined ? [] : [id];
}

async function findSilent(olderThanMs: number, ports: Ports): Promise<readonly string[]> {
  const { hosts } = await readFleet(ports);
  return hosts.filter(({ ageMs }) => ageMs > olderThanMs).map(({ id }) => id);
}
