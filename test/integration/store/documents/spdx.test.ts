import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ToolError } from '../../../../src/platform/errors.js';
import { formatDocument } from '../../../../src/platform/document.js';
import { documentKey } from '../../../../src/store/names.js';
import { publishTestVersion } from '../../../fixtures/host-versions.js';
import { createMemoryState, createMemoryStore } from '../../../fixtures/memory-store.js';
import { createTestProcesses } from '../../../fixtures/ports.js';
import { getSpdxTools, spdxToolsWithinMs, validateSpdx } from '../../../fixtures/spdx-tools.js';

const processes = createTestProcesses();
let directory: string;
let sbom: Record<string, unknown> & { packages: Record<string, unknown>[] };

beforeAll(async () => {
  await getSpdxTools(processes);
  directory = await mkdtemp(join(tmpdir(), 'spdx-'));
  const state = createMemoryState();
  await publishTestVersion(createMemoryStore(state));
  sbom = JSON.parse(String(state.objects.get(documentKey('ubuntu-base', 1, 'spdx.json')))) as typeof sbom;
}, spdxToolsWithinMs);
afterAll(async () => rm(directory, { recursive: true }));

async function validate(document: object): Promise<void> {
  const path = join(directory, 'sbom.spdx.json');
  await writeFile(path, formatDocument(document));
  await validateSpdx(path, processes);
}

test('the SBOM of a published version is valid SPDX 2.3', async () => {
  await expect(validate(sbom)).resolves.toBeUndefined();
});

test('and the validator finds what is not', async () => {
  const [first, ...others] = sbom.packages;
  const failure = await validate({ ...sbom, packages: [{ ...first, SPDXID: 'SPDXRef-a+b' }, ...others] }).catch(
    (error: unknown) => error,
  );
  expect((failure as ToolError).evidence.join('\n')).toMatch(/SPDXRef-a\+b/);
});
