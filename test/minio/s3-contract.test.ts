import { describeS3Store } from '../fixtures/s3-contract.js';

describeS3Store('minio');
