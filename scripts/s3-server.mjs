// A real S3 server on 127.0.0.1 that is killed with this process.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer as createSocket } from 'node:net';
import { join } from 'node:path';
import { getVersitygw } from './workflow-tools.mjs';

export const credentials = { AWS_ACCESS_KEY_ID: 'testkey', AWS_SECRET_ACCESS_KEY: 'testsecret12345' };

export async function findFreePort() {
  const socket = createSocket();
  await new Promise((resolve) => socket.listen(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise((resolve) => socket.close(resolve));
  return port;
}

/** Serves the directory, with one bucket in it. */
export async function startS3(directory, bucket) {
  mkdirSync(join(directory, bucket), { recursive: true });
  const address = `127.0.0.1:${await findFreePort()}`;
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', '--', getVersitygw(), '--port', address, '--quiet', 'posix', directory],
    {
      stdio: 'ignore',
      env: {
        ...process.env,
        ROOT_ACCESS_KEY: credentials.AWS_ACCESS_KEY_ID,
        ROOT_SECRET_KEY: credentials.AWS_SECRET_ACCESS_KEY,
      },
    },
  );
  const exited = new Promise((_, reject) =>
    child.once('exit', (code) => reject(new Error(`versitygw failed with exit code ${code}`))),
  );
  exited.catch(() => undefined);
  const isUp = async () => {
    while (
      !(await fetch(`http://${address}`).then(
        () => true,
        () => false,
      ))
    )
      await new Promise((resolve) => setTimeout(resolve, 50));
  };
  await Promise.race([isUp(), exited]);
  return { endpoint: `http://${address}`, stop: () => child.kill('SIGKILL') };
}
