import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDirectoryStore } from '../../../src/objects/directory/directory-store.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { describeObjectStore } from '../../fixtures/store-contract.js';

describeObjectStore('the directory store', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'directory-store-'));
  return {
    connect: async () =>
      Promise.resolve(createDirectoryStore(join(directory, 'store'), { processes: createTestProcesses() })),
    remove: async () => rm(directory, { recursive: true }),
  };
});
