import type { PushInputs } from '../inputs/push-inputs.js';
import { Failure } from '../platform/errors.js';
import { formatBytes, formatCount } from '../platform/format.js';
import type { Session } from '../platform/session.js';
import type { Log } from '../platform/progress/log.js';
import { formatRepository } from '../registry/reference.js';
import { createRegistryClient, type RegistryClient } from '../registry/registry-client.js';
import { renderChanges } from '../report/render-changes.js';
import { readIndex } from '../store/index/update-index.js';
import { openSource } from '../store/oci/open-source.js';
import { containerDiskTag, pushContainerDisk } from '../store/oci/container-disk.js';
import { isNewer, pushIndex, pushReferrers } from '../store/oci/push-documents.js';
import { pushVersion, tagManifest, type PushedVersion, type PushPorts } from '../store/oci/push-version.js';
import { createRegistryReader } from '../store/oci/registry-reader.js';
import { findVersion, type FoundVersion } from '../store/read-versions.js';
import { tryFetchManifest } from '../registry/manifests.js';
import { retryTransient } from '../platform/retry.js';

export interface PushReport {
  readonly image: string;
  readonly version: number;
  readonly format: PushInputs['format'];
  /** `ghcr.io/org/ubuntu-base@sha256:…`: what other tools pull. */
  readonly reference: string;
  /** Of the manifest in the registry. */
  readonly digest: string;
  readonly tags: readonly string[];
  /** Bytes of layers that were sent. */
  readonly sentBytes: number;
  /** Bytes of layers that the registry had already. */
  readonly presentBytes: number;
  /** False if the registry had everything. */
  readonly changed: boolean;
}

/** Pushes a version of a store to a repository of an OCI registry. The store stays the authority for versions. */
export async function pushImage(inputs: PushInputs, session: Session): Promise<PushReport> {
  const { image, wanted, repository } = inputs;
  return session.steps.run(`push ${image}`, async (log) => {
    const from = openSource(inputs.store, session);
    const client = createRegistryClient(repository, { access: 'push' }, { ...session, log });
    const ports = { ...session, log, from, client };
    const found = await retryTransient(ports, async () => findVersion(image, wanted, from));
    assertUsable(found);
    const report =
      inputs.format === 'containerdisk'
        ? await pushDisk(found, inputs, ports)
        : await pushWithDocuments(found, inputs, ports);
    logReport(report, repository, log);
    return report;
  });
}

function assertUsable({ manifest: { image, version }, revocation }: FoundVersion): void {
  if (revocation === undefined) return;
  throw new Failure(`version ${version} of ${image} is revoked: ${revocation.reason}`, {
    fix: 'push a different version: ch-golden list. Pushing it also copies the index, so hosts learn of the revocation',
  });
}

async function pushWithDocuments(found: FoundVersion, inputs: PushInputs, ports: PushPorts): Promise<PushReport> {
  const { manifest } = found;
  const existing = createRegistryReader(ports.client);
  const isOutdated = await isNewer(manifest.image, existing, ports);
  const pushed = await pushVersion(found, await listAlike(found, ports), ports);
  const { previous, changes } = manifest;
  const changelog =
    changes === undefined
      ? undefined
      : [`${manifest.image}.${previous ?? '?'} → ${manifest.image}.${manifest.version}`]
          .concat(renderChanges(changes, Infinity))
          .join('\n');
  const subject = pushed.manifest;
  const added = await pushReferrers({ manifest, subject, changelog: withEnd(changelog) }, ports);
  const names = [...new Set([...(isOutdated ? [] : found.channels), ...inputs.tags])];
  const tagged = await setTags(names, pushed.manifest.digest, ports);
  const isIndexNew = !isOutdated && (await pushIndex(manifest.image, ports));
  const changed = pushed.changed || tagged || isIndexNew || added > 0;
  return toReport(found, { ...pushed, changed }, { tags: [String(manifest.version), ...names], inputs, ports });
}

function withEnd(text: string | undefined): string | undefined {
  return text === undefined ? undefined : `${text}\n`;
}

async function pushDisk(found: FoundVersion, inputs: PushInputs, ports: PushPorts): Promise<PushReport> {
  const pushed = await pushContainerDisk(found, ports);
  const tags = [...new Set([...found.channels, ...inputs.tags])].map(containerDiskTag);
  const tagged = await setTags(tags, pushed.manifest.digest, ports);
  const changed = pushed.changed || tagged || pushed.sentBytes > 0;
  const all = [containerDiskTag(found.manifest.version), ...tags];
  return toReport(found, { ...pushed, changed }, { tags: all, inputs, ports });
}

/** @returns whether any tag did not point to the manifest */
async function setTags(tags: readonly string[], digest: string, ports: PushPorts): Promise<boolean> {
  const found = await retryTransient(ports, async () => tryFetchManifest(ports.client, digest));
  if (found === undefined) throw new Failure(`${nameOf(ports.client)}@${digest} is missing: it was just pushed`);
  let changed = false;
  for (const tag of tags) changed = (await tagManifest({ bytes: found.bytes, tag }, ports)) || changed;
  return changed;
}

/** Versions whose layers the registry may have: the previous one, and the newest. */
async function listAlike({ manifest }: FoundVersion, { from }: PushPorts): Promise<readonly number[]> {
  const { live } = await readIndex(manifest.image, from);
  const others = live.map(({ version }) => version).filter((version) => version !== manifest.version);
  const older = others.filter((version) => version < manifest.version);
  const best = [manifest.previous, older.at(-1), others.at(-1)].filter((version) => version !== undefined);
  return [...new Set(best)];
}

interface ReportParts {
  readonly tags: readonly string[];
  readonly inputs: PushInputs;
  readonly ports: PushPorts;
}

function toReport(
  { manifest: { image, version } }: FoundVersion,
  { manifest: { digest }, sentBytes, presentBytes, changed }: PushedVersion,
  { tags, inputs, ports }: ReportParts,
): PushReport {
  const reference = `${nameOf(ports.client)}@${digest}`;
  return { image, version, format: inputs.format, reference, digest, tags, sentBytes, presentBytes, changed };
}

function nameOf({ repository: { host, name } }: RegistryClient): string {
  return `${host}/${name}`;
}

function logReport(report: PushReport, repository: PushInputs['repository'], log: Log): void {
  const { image, version, sentBytes, presentBytes, tags, changed } = report;
  const to = formatRepository(repository);
  if (!changed) log.info(`Nothing to push: ${to} already has ${image}.${version}`);
  else
    log.info(
      `Pushed ${image}.${version} to ${to} (${formatCount(tags.length, 'tag')}: ${tags.join(', ')}): ` +
        `sent ${formatBytes(sentBytes)}, ${formatBytes(presentBytes)} already there`,
    );
}
