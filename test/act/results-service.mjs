// A stand-in for GitHub's results service: artifacts and caches as the current @actions/artifact and @actions/cache
// request them (Twirp with JSON), and the blob store that they upload to. act's own knows only older requests.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

/** Starts it on 127.0.0.1. `environment` is what the runner gives to actions. */
export async function startResultsService() {
  const state = { artifacts: new Map(), caches: [], blobs: new Map(), url: '' };
  const server = createServer((request, response) => {
    answer(request, state).then(
      ({ status = 200, json, bytes }) =>
        response.writeHead(status).end(bytes ?? (json === undefined ? '' : JSON.stringify(json))),
      (error) => response.writeHead(500).end(JSON.stringify({ code: 'internal', msg: String(error) })),
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.url = `http://127.0.0.1:${server.address().port}`;
  return {
    environment: {
      ACTIONS_RESULTS_URL: `${state.url}/`,
      ACTIONS_CACHE_SERVICE_V2: 'true',
      ACTIONS_RUNTIME_TOKEN: makeToken(),
    },
    /** The keys of the caches that are whole. */
    listCaches: () => state.caches.filter(({ finished }) => finished).map(({ key }) => key),
    /** The artifacts that are whole: name and zip. */
    listArtifacts: () =>
      [...state.artifacts]
        .filter(([, { finished }]) => finished)
        .map(([name, { blob }]) => [name, state.blobs.get(blob).bytes]),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(request, state) {
  const { pathname, searchParams } = new URL(request.url, state.url);
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  const [, kind, name = ''] = pathname.split('/');
  if (kind === 'blob') return answerBlob(request, state.blobs.get(name), searchParams, body);
  const method = methods[pathname.split('/').at(-1)];
  return method === undefined ? { status: 404 } : { json: method(JSON.parse(body), state) };
}

const methods = {
  CreateArtifact: ({ name }, { artifacts, blobs, url }) => {
    if (artifacts.has(name)) return { ok: false };
    const blob = makeBlob(blobs);
    artifacts.set(name, { blob, finished: false });
    return { ok: true, signed_upload_url: `${url}/blob/${blob}` };
  },
  FinalizeArtifact: ({ name }, { artifacts }) => {
    artifacts.get(name).finished = true;
    return { ok: true, artifact_id: '1' };
  },
  CreateCacheEntry: ({ key, version }, { caches, blobs, url }) => {
    if (caches.some((entry) => entry.key === key && entry.version === version)) return { ok: false };
    const blob = makeBlob(blobs);
    caches.push({ key, version, blob, finished: false });
    return { ok: true, signed_upload_url: `${url}/blob/${blob}` };
  },
  FinalizeCacheEntryUpload: ({ key, version }, { caches }) => {
    caches.find((entry) => entry.key === key && entry.version === version).finished = true;
    return { ok: true, entry_id: '1' };
  },
  GetCacheEntryDownloadURL: ({ key, restore_keys: prefixes = [], version }, { caches, url }) => {
    const kept = caches.filter((entry) => entry.finished && entry.version === version).reverse();
    const found =
      kept.find((entry) => entry.key === key) ??
      kept.find((entry) => prefixes.some((prefix) => entry.key.startsWith(prefix)));
    return found === undefined
      ? { ok: false }
      : { ok: true, matched_key: found.key, signed_download_url: `${url}/blob/${found.blob}` };
  },
};

function makeBlob(blobs) {
  const name = randomUUID();
  blobs.set(name, { blocks: new Map(), bytes: Buffer.alloc(0) });
  return name;
}

/** What Azure's client uses of a blob: blocks and their list, one put, and reads of ranges. */
function answerBlob(request, blob, query, body) {
  if (request.method === 'PUT') {
    const part = query.get('comp');
    if (part === 'block') blob.blocks.set(query.get('blockid'), body);
    else if (part === 'blocklist')
      blob.bytes = Buffer.concat(
        [...String(body).matchAll(/<Latest>([^<]+)<\/Latest>/g)].map(([, id]) => blob.blocks.get(id)),
      );
    else blob.bytes = body;
    return { status: 201 };
  }
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  return range === null
    ? { bytes: blob.bytes }
    : { status: 206, bytes: blob.bytes.subarray(Number(range[1]), Number(range[2]) + 1) };
}

/** The library reads the ids of the run from it, and leaves the signature to the service. */
function makeToken() {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${encode({ alg: 'none' })}.${encode({ scp: 'Actions.Results:run-id:job-id' })}.x`;
}
