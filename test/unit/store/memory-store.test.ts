import { createMemoryState, createMemoryStore } from '../../fixtures/memory-store.js';
import { describeObjectStore } from '../../fixtures/store-contract.js';

/** The fake that other tests rely on is a store. */
describeObjectStore('the store in memory', async () => {
  const state = createMemoryState();
  return Promise.resolve({
    connect: async () => Promise.resolve(createMemoryStore(state)),
    remove: async () => Promise.resolve(),
  });
});
