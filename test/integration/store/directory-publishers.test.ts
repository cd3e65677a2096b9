import { join } from 'node:path';
import { describePublishers } from '../../fixtures/publishers.js';

describePublishers(
  'a folder',
  async (folder) =>
    Promise.resolve({
      place: { address: join(folder, 'store') },
      remove: async () => Promise.resolve(),
    }),
  { killed: 4, killsEach: 10 },
);
