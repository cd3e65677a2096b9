import { openStore } from '../../../objects/open-store.js';
import type { ObjectStore } from '../../../objects/object-store.js';
import { silentLog } from '../../../platform/progress/log.js';
import { exerciseStore } from '../../../store/exercise-store.js';
import { probeStore } from '../../../store/probe-store.js';
import { unsafeStoreFix } from '../../unsafe-store.js';
import type { Check, DoctorPorts, DoctorRequest } from '../check.js';
import type { Finding } from '../finding.js';

export const storeCheck: Check = {
  name: 'store',
  appliesTo: ({ store }) => store !== undefined,
  check: async ({ publish, store: place }, ports) =>
    place === undefined ? [] : [await checkStore({ publish }, { ...ports, store: openStore(place, ports) })],
};

/** Makes every call to the store that a build makes. @throws Failure if the store cannot be written to at all */
export async function checkStore(
  { publish: { image, unsafeStore } }: Pick<DoctorRequest, 'publish'>,
  { owner, ...ports }: Pick<DoctorPorts, 'clock' | 'owner'> & { readonly store: ObjectStore },
): Promise<Finding> {
  const name = 'store';
  const defects = await probeStore({ image, owner }, { ...ports, log: silentLog });
  const failures = await exerciseStore({ image, owner }, ports);
  if (failures.length > 0) {
    return {
      name,
      state: 'broken',
      text: failures.map(({ message }) => message).join('; '),
      fix: failures.find(({ fix }) => fix !== undefined)?.fix,
    };
  }
  if (defects.length === 0) return { name, state: 'ok', text: 'can be written to, and its conditional writes work' };
  return {
    name,
    state: unsafeStore ? 'warning' : 'broken',
    text: `conditional writes do not work: ${defects.join('; ')}`,
    fix: unsafeStoreFix,
  };
}
