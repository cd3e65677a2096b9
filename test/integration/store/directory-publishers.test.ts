import { join } from 'node:path';
import { describePublishers } from '../../fixtures/publishers.js';

describePublishers(
  'a directory',
  async (directory) =>
    Promise.resolve({
      place: { address: join(directory, 'store') },
      remove: async () => Promise.resolve(),
    }),
  { killed: 4, killsEach: 10 },
);
