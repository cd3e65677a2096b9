// A Sigstore instance of the test's own, for the stand-in of actions/attest: act has no OIDC token that the public
// instance would accept. The workflow gets its trusted root, and verifies the bundles in full; with the public root
// they are rejected.
import { transformFileSync } from '@swc/core';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const checkout = join(import.meta.dirname, '../..');
const sources = [
  'src/trust',
  'src/platform',
  'test/fixtures/sigstore-authority.ts',
  'test/fixtures/attest-manifest.ts',
];

/** What GitHub would put into the certificate of a job of the reusable workflow. */
const calledWorkflow = 'https://github.com/daytona/ch-golden-action/.github/workflows/golden-image.yml@refs/tags/v1';

/** Starts it on 127.0.0.1, and gives our own code that verifies signatures, compiled into `directory`. */
export async function startSigstore(directory) {
  compile(directory);
  const load = async (path) => import(pathToFileURL(join(directory, path)).href);
  const [{ createSigstoreAuthority }, { attestSubjects, testWorkflow }] = await Promise.all(
    ['sigstore-authority', 'attest-manifest'].map((name) => load(`test/fixtures/${name}.js`)),
  );
  const authority = await createSigstoreAuthority('public');
  const trustedRoot = join(directory, 'trusted-root.json');
  writeFileSync(trustedRoot, JSON.stringify(authority.rootJson));
  const server = createServer((request, response) => {
    const { 'x-repository': repository, 'x-ref': ref } = request.headers;
    const signer = { ...testWorkflow, repository, ref, workflow: calledWorkflow };
    answer(request, async (subjects) => attestSubjects(authority, subjects, undefined, signer)).then(
      (bundle) => response.writeHead(200).end(bundle),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    environment: { TEST_SIGSTORE_URL: `http://127.0.0.1:${server.address().port}` },
    trustedRoot,
    trust: Object.assign(
      {},
      ...(await Promise.all(
        ['dsse', 'keys', 'signed-document', 'statement', 'sigstore', 'trusted-root'].map((name) =>
          load(`src/trust/${name}.js`),
        ),
      )),
    ),
    stop: () => server.closeAllConnections() ?? server.close(),
  };
}

/** The body has checksums as `sha256sum` prints them, a line for each subject. */
async function answer(request, attest) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const lines = Buffer.concat(parts)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
  return attest(
    lines.map((line) => /^([0-9a-f]{64}) [ *](.+)$/.exec(line)).map(([, sha256, name]) => ({ name, sha256 })),
  );
}

function compile(directory) {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  symlinkSync(join(checkout, 'node_modules'), join(directory, 'node_modules'));
  const files = sources.flatMap((path) =>
    path.endsWith('.ts')
      ? [path]
      : readdirSync(join(checkout, path), { recursive: true })
          .filter((name) => name.endsWith('.ts'))
          .map((name) => join(path, name)),
  );
  for (const file of files) {
    const { code } = transformFileSync(join(checkout, file), {
      jsc: { target: 'es2022', parser: { syntax: 'typescript' }, experimental: { keepImportAttributes: true } },
      module: { type: 'es6' },
    });
    const target = join(directory, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
  }
}
