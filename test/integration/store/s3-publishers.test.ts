import { describePublishers } from '../../fixtures/publishers.js';
import { startS3Server } from '../../fixtures/s3-server.js';

describePublishers(
  'versitygw',
  async () => {
    const server = await startS3Server();
    const { bucket, ...place } = await server.makeBucket();
    const environment = {
      AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
    };
    Object.assign(process.env, environment);
    return { place: { ...place, address: `s3://${bucket}/team` }, environment, remove: async () => server.stop() };
  },
  { killed: 4, killsEach: 6 },
);
