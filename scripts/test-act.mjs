// Runs golden-image.yml with act, on this machine, with a real S3 server and a stand-in for GitHub's results service:
//   npm run test:act            node scripts/test-act.mjs --all | WORDS OF A NAME
// What it needs of dist/ is built before. CH_GOLDEN_ACT_ROOT names another checkout that has a dist/.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readZip } from '../test/act/read-zip.mjs';
import { startResultsService } from '../test/act/results-service.mjs';
import { startSigstore } from '../test/act/sigstore-service.mjs';
import { startS3 } from './s3-server.mjs';
import { getAct, getNode24Directory } from './workflow-tools.mjs';

/** Only what looks like a secret is masked: this looks like a token of GitHub's. */
const plantedSecret = `ghp_${'swordfish4711'.repeat(2)}0123456789`;

const root = process.env.CH_GOLDEN_ACT_ROOT ?? join(import.meta.dirname, '..');
const cacheDirectory = process.env.CH_GOLDEN_TEST_CACHE ?? join(tmpdir(), 'ch-golden-test-cache');
const bucket = 'golden';
const longestRunMs = 60 * 60_000;

// ── what the runs need ───────────────────────────────────────────────────────────────────────────

/** A repository as a user's: the workflow, and a daemon's source. */
function makeRepository(directory) {
  mkdirSync(join(directory, '.github', 'workflows'), { recursive: true });
  copyFileSync(join(root, '.github/workflows/golden-image.yml'), join(directory, '.github/workflows/golden-image.yml'));
  cpSync(join(root, 'examples', 'daemon'), join(directory, 'apps', 'daemon'), { recursive: true });
  const git = (...words) =>
    assert.equal(
      spawnSync('git', ['-C', directory, '-c', 'user.name=test', '-c', 'user.email=test@localhost', ...words]).status,
      0,
    );
  git('init', '--quiet', '--initial-branch=main');
  git('remote', 'add', 'origin', 'https://github.com/my-org/my-repo.git');
  git('add', '.');
  git('commit', '--quiet', '--message=first');
}

/** The action as GitHub's runner unpacks it: what is committed, without the sources. */
function makeAction(directory) {
  for (const name of ['action.yml', 'dist', 'channel'])
    if (existsSync(join(root, name))) cpSync(join(root, name), join(directory, name), { recursive: true });
}

/** Which local directory stands for which action of the workflow. */
function mapActions(action) {
  const { jobs } = parse(readFileSync(join(root, '.github/workflows/golden-image.yml'), 'utf8'));
  const used = new Set(
    Object.values(jobs)
      .flatMap(({ steps }) => steps)
      .map(({ uses }) => uses)
      .filter(Boolean),
  );
  return [...used]
    .filter((uses) => !uses.startsWith('actions/checkout@'))
    .flatMap((uses) => {
      const [name, ref] = uses.split('@');
      const [owner, repository] = name.split('/');
      const directory = owner === 'daytona' ? action : join(root, 'test', 'act', 'stubs', repository);
      return ['--local-repository', `${owner}/${repository}@${ref}=${directory}`];
    });
}

/** An S3 server that dies with this process. */
/** The base that all test suites share, made from packages where it is not there yet. */
function getBase() {
  const find = () => {
    const directory = join(cacheDirectory, 'bootstrap');
    const names = existsSync(directory) ? readdirSync(directory).filter((name) => name.startsWith('bookworm-')) : [];
    const [entry] = names.map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')));
    return entry === undefined
      ? undefined
      : { sha256: entry.sha256, path: join(cacheDirectory, 'sha256', entry.sha256) };
  };
  const found = find();
  if (found !== undefined && existsSync(found.path)) return found;
  const made = spawnSync(
    process.execPath,
    [
      join(root, 'dist/cli/index.js'),
      'build',
      '--dry-run',
      '--smoke',
      'false',
      '--base-image',
      'bootstrap:bookworm',
      '--cache-folder',
      cacheDirectory,
      '--daemon-source',
      join(root, 'examples/daemon'),
      '--store',
      join(cacheDirectory, 'no-store'),
    ],
    { stdio: 'inherit' },
  );
  assert.equal(made.status, 0, 'the base could not be made');
  return find();
}

async function serveFile(path) {
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    response.writeHead(200, { 'content-length': statSync(path).size });
    createReadStream(path).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/base.qcow2`,
    countRequests: () => requests,
    stop: () => server.closeAllConnections() ?? server.close(),
  };
}

/**
 * Writes a workflow of examples/ into the repository, as a user copies it: with this store, and the workflow that it
 * calls from the same repository. @returns its path
 */
function copyExample(world, name, changes) {
  const path = `.github/workflows/example-${name}`;
  let text = readFileSync(join(root, 'examples/workflows', name), 'utf8');
  const called = 'daytona/ch-golden-action/.github/workflows/golden-image.yml@COMMIT';
  for (const [from, to] of [...changes, [called, './.github/workflows/golden-image.yml']]) {
    assert.ok(from === called || text.includes(from), `${name} has no ${from}`);
    text = text.replaceAll(from, to);
  }
  writeFileSync(join(world.repository, path), text);
  return path;
}

// ── one run of the workflow ──────────────────────────────────────────────────────────────────────

/** Runs the workflow; `settings` are inputs of the action. Answers with its exit code and its log. */
async function runWorkflow(
  world,
  {
    workflow = '.github/workflows/golden-image.yml',
    event = 'workflow_dispatch',
    payload = {},
    settings,
    services = world.results.environment,
    more = [],
    expected = 0,
  },
) {
  const directory = mkdtempSync(join(world.directory, 'run-'));
  writeFileSync(join(directory, 'event.json'), JSON.stringify(payload));
  // Another runner: it has the directories of the one before, and nothing in them.
  const runner = join(world.directory, 'runner');
  rmSync(runner, { recursive: true, force: true });
  const artifacts = join(directory, 'artifacts');
  mkdirSync(artifacts);
  const variables = {
    GOLDEN_IMAGE: JSON.stringify({
      ...world.settings,
      'cache-folder': join(runner, 'cache'),
      'work-folder': join(runner, 'work'),
      ...settings,
    }),
    GOLDEN_AWS_ROLE: 'arn:aws:iam::123456789012:role/publisher',
  };
  const child = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', '--', getAct(), event],
      ...['--eventpath', join(directory, 'event.json'), '--workflows', workflow],
      ...['--platform', 'self-hosted=-self-hosted', '--platform', 'ubuntu-24.04=-self-hosted'],
      ...['--concurrent-jobs', '1', '--no-cache-server', '--action-cache-path', join(world.directory, 'actions')],
      ...world.actions,
      ...Object.entries(variables).flatMap(([name, value]) => ['--var', `${name}=${value}`]),
      ...Object.entries({ ...services, ...world.sigstore.environment, TEST_ARTIFACTS: artifacts }).flatMap(
        ([name, value]) => ['--env', `${name}=${value}`],
      ),
      ...['--secret', `GOLDEN_SIGN_KEY=${world.keys.privatePem}`],
      ...more,
    ],
    {
      cwd: world.repository,
      // act runs actions with the Node that it finds, whatever their `using` says.
      env: {
        ...withoutCredentials(process.env),
        PATH: `${getNode24Directory()}:${process.env.PATH}`,
        XDG_CACHE_HOME: join(world.directory, 'xdg'),
        ...(settings.cache === 'github' ? { GOCACHE: world.goCache } : {}),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: longestRunMs,
    },
  );
  const parts = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => parts.push(part));
  const status = await new Promise((resolve) => child.once('close', resolve));
  const log = Buffer.concat(parts).toString('utf8');
  const kept = join(tmpdir(), 'ch-golden-act.log');
  writeFileSync(kept, log);
  assert.equal(
    status,
    expected,
    `act ended with ${status}, not ${expected} (${kept}):\n${log.split('\n').slice(-60).join('\n')}`,
  );
  return { log, leftInWork: existsSync(join(runner, 'work')) ? readdirSync(join(runner, 'work')) : [] };
}

function withoutCredentials(environment) {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(AWS_|ACTIONS_|GITHUB_|INPUT_)/.test(name)),
  );
}

function says(log, pattern) {
  assert.ok(pattern.test(log), `the log does not say ${pattern}:\n${log.split('\n').slice(-80).join('\n')}`);
}

function saysNot(log, pattern) {
  assert.ok(!pattern.test(log), `the log says ${pattern}`);
}

/** What the S3 server has on its disk. */
function listStore(world) {
  const directory = join(world.s3Directory, bucket, 'fleet', 'snapshots');
  return existsSync(directory) ? readdirSync(directory).sort() : [];
}

function readObject(world, name) {
  return readFileSync(join(world.s3Directory, bucket, 'fleet', 'snapshots', name));
}

/** By the public key: what the workflow's secret signs. */
function assertSigned(world, type, name) {
  const { verifyDocument, parsePublicKey } = world.sigstore.trust;
  verifyDocument(type, readObject(world, name), [parsePublicKey(world.keys.publicPem, 'the public key')], name);
}

/** The manifest of a version, by the key and by the workflow's bundle. */
function assertVersionSigned(world, version) {
  const { assertVouchesFor, parseEnvelope, parsePublicKey, parseStatement } = world.sigstore.trust;
  const { parseTrustedRoots, verifyAnyBundle, verifySignatures } = world.sigstore.trust;
  const sha256 = createHash('sha256')
    .update(readObject(world, `${version}.manifest.json`))
    .digest('hex');
  const envelope = parseEnvelope(readObject(world, `${version}.dsse.json`), 'the envelope');
  verifySignatures(envelope, [parsePublicKey(world.keys.publicPem, 'the public key')], 'the envelope');
  assertVouchesFor(parseStatement(envelope.payload, 'the envelope'), sha256, 'the envelope');
  const roots = parseTrustedRoots(readFileSync(world.sigstore.trustedRoot, 'utf8'), 'the trusted root');
  assertVouchesFor(
    verifyAnyBundle(readObject(world, `${version}.sigstore.json`), roots, 'the bundle').statement,
    sha256,
    'the bundle',
  );
}

/** No log has the key that signs: it has one line between the first and the last. */
function assertKeyHidden(world, log) {
  const [, body] = world.keys.privatePem.split('\n');
  for (let start = 0; start + 12 <= body.length; start += 1) {
    assert.ok(!log.includes(body.slice(start, start + 12)), 'the log has a part of the key');
  }
}

/** Which version each channel of an image names. */
function readChannels(world, image) {
  const { channels } = JSON.parse(
    readFileSync(join(world.s3Directory, bucket, 'fleet', 'snapshots', `${image}.index.json`), 'utf8'),
  );
  return Object.fromEntries(Object.entries(channels).map(([name, { version }]) => [name, version]));
}

// ── the tests ────────────────────────────────────────────────────────────────────────────────────

const tag = { event: 'push', payload: { ref: 'refs/tags/ubuntu-base.7', repository: { default_branch: 'main' } } };

// These run only with --all. The first boots for four minutes what e2e boots as well, the others call the workflow that
// the tests before have run.
const booted = 'an image that has booted is published';
const released = 'the example release.yml publishes, signs, attests and promotes';
const fleet = 'the example fleet.yml builds each image of its matrix';
const long = [booted, released, fleet];
const tests = {
  'a run cannot publish on the channel that its promotion moves': async (world) => {
    for (const [settings, message] of [
      [{ channel: 'stable' }, /channel stable is what promote-to moves, after its reviewers have agreed/],
      [{ channel: 'Stable', 'promote-to': 'none' }, /invalid channel: use lower-case letters/],
    ]) {
      const { log } = await runWorkflow(world, { settings, expected: 1 });
      says(log, message);
      saysNot(log, /Export ubuntu-base|Build daemon|role arn/);
    }
    assert.deepEqual(listStore(world), []);
  },
  'a tag ubuntu-base.7 publishes version 7, with outputs, a summary, an attestation, and post': async (world) => {
    const { log, leftInWork } = await runWorkflow(world, { ...tag, settings: { smoke: 'false', cache: 'github' } });
    says(log, /\| version: 7$/m);
    says(log, /\| image: s3:\/\/golden\/fleet\/snapshots\/ubuntu-base\.7\.qcow2$/m);
    says(log, /Channel candidate points to ubuntu-base\.7/);
    says(log, /Success - Main daytona\/ch-golden-action\/channel@v1/);
    says(log, /Summary - .*Published/);
    says(log, /Success - Post daytona\/ch-golden-action@v1/);
    // No AWS role in the job that builds.
    says(log, /\[golden image\/plan *\] .*role arn/);
    says(log, /\[golden image\/publish *\] .*role arn/);
    saysNot(log, /\[golden image\/build *\] .*role arn/);
    says(log, /ubuntu-base\.7: signed by key [0-9a-f]{16}/);
    says(
      log,
      /ubuntu-base\.7: signed by https:\/\/github\.com\/daytona\/ch-golden-action\/.* for https:\/\/github\.com\/my-org\/my-repo at refs\/tags\/ubuntu-base\.7/,
    );
    const image = readFileSync(join(world.s3Directory, bucket, 'fleet/snapshots/ubuntu-base.7.qcow2'));
    says(
      log,
      new RegExp(
        `attested s3://golden/fleet/snapshots/ubuntu-base\\.7\\.qcow2 as sha256:${createHash('sha256').update(image).digest('hex')}`,
      ),
    );
    const manifest = readObject(world, 'ubuntu-base.7.manifest.json');
    says(
      log,
      new RegExp(
        `attested ubuntu-base\\.7\\.manifest\\.json as sha256:${createHash('sha256').update(manifest).digest('hex')}`,
      ),
    );
    saysNot(log, /testsecret12345/);
    assertKeyHidden(world, log);
    assert.deepEqual(leftInWork, []);
    assert.deepEqual(readChannels(world, 'ubuntu-base'), { candidate: 7, stable: 7 });
    assertVersionSigned(world, 'ubuntu-base.7');
    // The promotion has written it last.
    assertSigned(world, 'index', 'ubuntu-base.index.json');
    assert.deepEqual(
      world.results
        .listCaches()
        .map((key) => key.replace(/-go\d.*/, '-go'))
        .sort(),
      [`ch-golden-base-${world.base.sha256}`, 'ch-golden-go'].sort(),
    );
    assert.deepEqual(world.results.listArtifacts(), [], 'nothing failed');
  },
  'another runner gets base and compiled code from the cache, finds nothing changed, publishes and attests nothing':
    async (world) => {
      const [store, downloads] = [listStore(world), world.server.countRequests()];
      rmSync(`${world.goCache}-ch-golden`, { recursive: true });
      const { log } = await runWorkflow(world, { settings: { smoke: 'false', cache: 'github' } });
      says(log, /Base [0-9a-f]{12}: from the shared cache, verified/);
      says(log, /Restored Go's build cache from the shared cache \(same modules\)/);
      says(log, /\| version: 7$/m);
      says(log, /Nothing changed/);
      saysNot(log, /attested|golden image\/promote/);
      // The build hands on nothing: publish gets what plan has copied.
      const uploads = [...log.matchAll(/uploaded golden-[0-9a-f]{8}-(\w+) with (\d+) bytes/g)];
      assert.deepEqual(
        uploads.map(([, name]) => name),
        ['store'],
      );
      assert.ok(Number(uploads[0][2]) < 5_000_000, uploads[0][0]);
      assert.deepEqual(listStore(world), [...store, 'ubuntu-base.heartbeat.json'].sort());
      assertSigned(world, 'heartbeat', 'ubuntu-base.heartbeat.json');
      assertSigned(world, 'index', 'ubuntu-base.index.json');
      assert.equal(world.server.countRequests(), downloads, 'the base was downloaded again');
    },
  'a bundle that no trusted Sigstore instance vouches for is not stored, and nothing is promoted': async (world) => {
    const { log } = await runWorkflow(world, {
      settings: { smoke: 'false', 'image-name': 'unproven', 'trusted-root': '' },
      expected: 1,
    });
    says(log, /Channel candidate points to unproven\.1/);
    says(log, /attested unproven\.1\.manifest\.json as sha256:[0-9a-f]{64}/);
    says(log, /bundle ".*attestation\.json" is not a valid Sigstore bundle: /);
    saysNot(log, /stable: 1/);
    assert.ok(!listStore(world).includes('unproven.1.sigstore.json'));
    assert.deepEqual(readChannels(world, 'unproven'), { candidate: 1 });
    assertSigned(world, 'index', 'unproven.index.json');
  },
  'a daemon that crashes fails the job, publishes nothing, and what happened is an artifact without secrets': async (
    world,
  ) => {
    const store = listStore(world);
    const { log } = await runWorkflow(world, {
      settings: { 'daemon-env': 'DAYTONA_SANDBOX_ID=%H\nEXAMPLE_DAEMON_CRASH=' + plantedSecret, clones: '1' },
      expected: 1,
    });
    says(log, /Failure - Main daytona\/ch-golden-action@v1/);
    says(log, /Summary - .*Failed/);
    says(log, /Success - Post daytona\/ch-golden-action@v1/);
    says(log, /told to crash at start: EXAMPLE_DAEMON_CRASH=\*\*\*/);
    saysNot(log, /attested|swordfish4711/);
    assert.deepEqual(
      listStore(world).filter((name) => !name.endsWith('.claim')),
      store.filter((name) => !name.endsWith('.claim')),
    );
    const [[name, zip], ...others] = world.results.listArtifacts();
    assert.deepEqual(others, []);
    assert.match(name, /^ch-golden-failed-ubuntu-base-[0-9a-f]{8}$/);
    const files = readZip(zip);
    assert.equal(JSON.parse(files.get('report.json')).outcome, 'failed');
    assert.match(String(files.get('rebuild.sh')), /exec ch-golden build --dry-run --daemon-source=apps\/daemon/);
    assert.match(String(files.get('rebuild.sh')), /EXAMPLE_DAEMON_CRASH=\.\.\./);
    assert.match(String(files.get('replay.sh')), /^exec qemu-system-x86_64 -name smoke-1 /m);
    // The planted value is in the image, and may so be on the disk of the VM as well.
    assert.doesNotMatch(String(files.get('contents.txt')), /NOT COLLECTED: (?!the disk of the VM: )/);
    for (const path of [
      'report.html',
      'failure.txt',
      'tools.txt',
      'launch.txt',
      'seed.iso',
      'qemu-img-info.json',
      'qemu-img-check.json',
      'qemu-img-map.json',
    ])
      assert.ok(files.has(path), `no ${path}`);
    assert.ok(
      [...files.keys()].some((path) => path.startsWith('consoles/')),
      `no console in ${[...files.keys()].join(', ')}`,
    );
    for (const [path, bytes] of files)
      assert.ok(!bytes.includes('swordfish4711'), `${path} has the value of daemon-env`);
    for (const bytes of [log, ...files.values()]) assertKeyHidden(world, String(bytes));
  },
  'a cache and an artifact service that are down are warnings, and no more': async (world) => {
    const dead = { ...world.results.environment, ACTIONS_RESULTS_URL: 'http://127.0.0.1:9/' };
    const { log } = await runWorkflow(world, {
      settings: { smoke: 'false', cache: 'github', artifact: 'always' },
      services: dead,
    });
    says(log, /Success - Main daytona\/ch-golden-action@v1/);
    says(log, /\| version: 7$/m);
    says(log, /::warning.*Failed to restore/);
    says(log, /::warning.*Cannot upload the artifact ch-golden-unchanged-ubuntu-base-[0-9a-f]{8}: /);
  },
  'the example own-job.yml publishes into a directory of its runner': async (world) => {
    const store = join(world.directory, 'own-store');
    const runner = join(world.directory, 'runner');
    const inputs = {
      'base-image': world.settings['base-image'],
      'base-sha256': world.base.sha256,
      'disk-size': '6G',
      smoke: 'false',
      'cache-folder': join(runner, 'cache'),
      'work-folder': join(runner, 'work'),
    };
    const workflow = copyExample(world, 'own-job.yml', [
      ['/var/lib/cloud-hypervisor', store],
      [
        'require-kvm: true',
        Object.entries(inputs)
          .map(([name, value]) => `${name}: '${value}'`)
          .join('\n          '),
      ],
    ]);
    const { log } = await runWorkflow(world, {
      workflow,
      event: 'push',
      payload: { ref: 'refs/heads/main', repository: { default_branch: 'main' } },
      settings: {},
    });
    says(log, new RegExp(`\\| ubuntu-base\\.1 is at ${store}/snapshots/ubuntu-base\\.1\\.qcow2$`, 'm'));
    assert.ok(existsSync(join(store, 'snapshots/ubuntu-base.1.manifest.json')));
  },
  [released]: async (world) => {
    const workflow = copyExample(world, 'release.yml', [
      ['s3://my-golden-images/fleet', world.settings.store],
      ['eu-central-1', world.settings.region],
    ]);
    const { log } = await runWorkflow(world, {
      workflow,
      settings: { smoke: 'false', 'image-name': 'released' },
    });
    says(log, /Channel candidate points to released\.1/);
    assert.deepEqual(readChannels(world, 'released'), { candidate: 1, stable: 1 });
    assertVersionSigned(world, 'released.1');
    assertKeyHidden(world, log);
  },
  [fleet]: async (world) => {
    const workflow = copyExample(world, 'fleet.yml', [
      ['s3://my-golden-images/fleet', world.settings.store],
      ['eu-central-1', world.settings.region],
      ['base: noble', `base: ${world.settings['base-image']}`],
    ]);
    const { log } = await runWorkflow(world, {
      workflow,
      settings: { smoke: 'false', attest: 'false' },
      // The others differ in base and size only.
      more: ['--matrix', 'image:ubuntu-base.large'],
    });
    says(log, /Channel candidate points to ubuntu-base\.large\.1/);
    assert.deepEqual(readChannels(world, 'ubuntu-base.large'), { candidate: 1, stable: 1 });
    saysNot(log, /jammy-base\.1/);
  },
  [booted]: async (world) => {
    const { log } = await runWorkflow(world, { settings: { 'image-name': 'booted', artifact: 'always' } });
    says(log, /\| version: 1$/m);
    says(log, /2 clones returned 200 on \/health/);
    says(log, /Summary - .*Published/);
    assert.ok(listStore(world).includes('booted.1.manifest.json'));
    const [, zip] = world.results.listArtifacts().find(([name]) => name.startsWith('ch-golden-published-booted-'));
    assert.equal(JSON.parse(readZip(zip).get('report.json')).version, 1);
  },
};

async function prepareWorld(directory) {
  const [repository, action, s3Directory] = ['repository', 'action', 's3'].map((name) => join(directory, name));
  makeRepository(repository);
  makeAction(action);
  const base = getBase();
  const [server, results, s3] = [
    await serveFile(base.path),
    await startResultsService(),
    await startS3(s3Directory, bucket),
  ];
  const sigstore = await startSigstore(join(directory, 'sigstore'));
  const keys = sigstore.trust.createKeyPair();
  const settings = {
    'daemon-source': 'apps/daemon',
    'base-image': server.url,
    'base-sha256': base.sha256,
    'disk-size': '6G',
    store: `s3://${bucket}/fleet`,
    endpoint: s3.endpoint,
    region: 'us-east-1',
    'force-path-style': 'true',
    'trusted-root': sigstore.trustedRoot,
    'smoke-timeout': '40m',
  };
  const stop = async () => {
    s3.stop();
    server.stop();
    sigstore.stop();
    await results.stop();
  };
  return {
    directory,
    repository,
    s3Directory,
    goCache: join(directory, 'go-build'),
    base,
    server,
    results,
    sigstore,
    keys,
    settings,
    actions: mapActions(action),
    stop,
  };
}

const runsAll = process.argv.includes('--all');
const chosen = process.argv.slice(2).filter((word) => word !== '--all');
const directory = mkdtempSync(join(tmpdir(), 'ch-golden-act-'));
const counts = { passed: 0, failed: 0 };
try {
  const world = await prepareWorld(directory);
  for (const [name, run] of Object.entries(tests)) {
    const isChosen = chosen.length > 0 ? chosen.some((word) => name.includes(word)) : runsAll || !long.includes(name);
    if (!isChosen) continue;
    const begin = Date.now();
    const error = await run(world).then(
      () => undefined,
      (thrown) => thrown,
    );
    counts[error === undefined ? 'passed' : 'failed'] += 1;
    console.log(`${error === undefined ? '✔' : '✖'} ${name} (${Math.round((Date.now() - begin) / 1000)} s)`);
    if (error !== undefined) console.error(error.stack);
  }
  await world.stop();
} catch (error) {
  counts.failed += 1;
  console.error(error.stack);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
console.log(`act: ${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);
