import type { ObjectReader } from '../../objects/object-store.js';
import { openReader, type StorePlace, type OpenStorePorts } from '../../objects/open-store.js';
import { UsageError } from '../../platform/errors.js';
import { isRegistryAddress, parseRegistryAddress } from '../../registry/reference.js';
import { createRegistryClient } from '../../registry/registry-client.js';
import { createRegistryReader } from './registry-reader.js';

/** As `openReader`, also from a repository of an OCI registry: `oci://HOST/NAME`. @throws UsageError */
export function openSource(place: StorePlace, ports: OpenStorePorts & { readonly signal: AbortSignal }): ObjectReader {
  if (!isRegistryAddress(place.address)) return openReader(place, ports);
  if (place.endpoint !== undefined || place.region !== undefined)
    throw new UsageError('endpoint or region is set, but the store is an OCI registry', { fix: 'unset them' });
  return createRegistryReader(createRegistryClient(parseRegistryAddress(place.address), { access: 'pull' }, ports));
}
