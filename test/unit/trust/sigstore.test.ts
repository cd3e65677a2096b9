import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { formatIdentity, gitHubIssuer, type WorkflowSigner } from '../../../src/trust/github-identity.js';
import { verifyBundle, type TrustedIdentity } from '../../../src/trust/sigstore.js';
import {
  createSigstoreAuthority,
  repositoryId,
  type Json,
  type SigstoreAuthority,
} from '../../fixtures/sigstore-authority.js';

// Its source is in the README beside it.
const real = readFileSync(join(import.meta.dirname, '../../fixtures/sigstore/skill-forge.sigstore.json'));
const realSigner: WorkflowSigner = {
  issuer: gitHubIssuer,
  repository: 'https://github.com/pavelzw/skill-forge',
  workflow: 'https://github.com/pavelzw/skill-forge/.github/workflows/package.yml@refs/heads/main',
  ref: 'refs/heads/main',
};
const realIdentity: TrustedIdentity = {
  issuer: gitHubIssuer,
  repository: realSigner.repository,
  ref: 'refs/heads/main',
};

const name = 'ubuntu-base.3.sigstore.json';
const verify = (bytes: Buffer, ...identities: readonly TrustedIdentity[]) => verifyBundle(bytes, { identities }, name);

interface Bundle {
  mediaType: string;
  verificationMaterial: {
    certificate: { rawBytes: string };
    tlogEntries: (Record<string, unknown> & {
      inclusionPromise?: { signedEntryTimestamp: string };
      inclusionProof?: { hashes: string[]; treeSize: string; checkpoint: { envelope: string } };
      canonicalizedBody: string;
      integratedTime: string;
      logIndex: string;
      kindVersion: { kind: string };
    })[];
    timestampVerificationData?: { rfc3161Timestamps: { signedTimestamp: string }[] };
  };
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string }[] };
}

type Change = (bundle: Bundle) => void;

const changeBundle = (bytes: Buffer, change: Change): Buffer => {
  const bundle = JSON.parse(bytes.toString()) as Bundle;
  change(bundle);
  return Buffer.from(JSON.stringify(bundle));
};
/** Changes one byte of what a base64 text stands for, counted from its start or its end. */
const flip = (text: string, at: number): string => {
  const bytes = Buffer.from(text, 'base64');
  const place = at < 0 ? bytes.length + at : at;
  bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place);
  return bytes.toString('base64');
};
const entryOf = ({
  verificationMaterial: {
    tlogEntries: [entry],
  },
}: Bundle): Bundle['verificationMaterial']['tlogEntries'][number] => entry!;

describe('a real bundle of GitHub Actions', () => {
  test('is verified without network, and tells who signed and what', () => {
    expect(verify(real, realIdentity)).toMatchObject({
      signer: realSigner,
      statement: {
        subject: [{ digest: { sha256: '0024f57c1e6aa280b52c1475a792be2e56a89de71792b3ccbf2962fec92becc4' } }],
      },
    });
  });

  const workflow = 'https://github.com/pavelzw/skill-forge/.github/workflows/package.yml';
  test.each<[string, Partial<TrustedIdentity>]>([
    ['the workflow at any ref', { workflow }],
    ['the workflow at one ref', { workflow: `${workflow}@refs/heads/main` }],
    ['a pattern for the ref', { ref: 'refs/heads/*' }],
  ])('is accepted by %s', (_, accepted) => {
    expect(verify(real, { ...realIdentity, ...accepted }).signer).toEqual(realSigner);
  });

  test.each<[string, Partial<TrustedIdentity>]>([
    ['repository', { repository: 'https://github.com/pavelzw/skill-forge2' }],
    ['server', { repository: 'https://github.example/pavelzw/skill-forge' }],
    ['workflow', { workflow: 'https://github.com/pavelzw/skill-forge/.github/workflows/release.yml' }],
    ['beginning of a workflow', { workflow: workflow.slice(0, -1) }],
    ['workflow at another ref', { workflow: `${workflow}@refs/tags/v1` }],
    ['ref', { ref: 'refs/heads/release' }],
    ['pattern for the ref', { ref: 'refs/tags/*' }],
    ['issuer', { issuer: 'https://token.actions.example.ghe.com' }],
  ])('is rejected for another %s, with who was found and who was expected', (_, expected) => {
    const identity = { ...realIdentity, ...expected };
    expect(() => verify(real, identity)).toThrow(
      `${name} is signed by ${workflow}@refs/heads/main for https://github.com/pavelzw/skill-forge at refs/heads/main; expected: a signature by ${formatIdentity(identity)}`,
    );
  });

  test('is accepted if one of several identities is right', () => {
    expect(verify(real, { ...realIdentity, ref: 'refs/tags/*' }, realIdentity).signer).toEqual(realSigner);
  });
});

const invalid = (problem: string): string => `${name} is not a valid Sigstore bundle: ${problem}`;
const malformed = (problem: string): string => `${name} is not valid: ${problem}`;
const unparsable = invalid('the certificate, timestamp or log entry is malformed');
const material = 'verificationMaterial';

describe('a real bundle that was changed is rejected in one line', () => {
  const [untrusted, unpromised, unproven, otherEntry, unstamped] = [
    'the certificate was not issued by a trusted authority, or not valid at the time of signing',
    'the log entry has no valid inclusion promise from a trusted log',
    'the log entry has no valid inclusion proof from a trusted log',
    'the log entry is for a different signature',
    'no timestamp by a trusted authority',
  ].map(invalid) as [string, string, string, string, string];
  test.each<[string, string, Change]>([
    [
      'payload',
      otherEntry,
      ({ dsseEnvelope }) => {
        dsseEnvelope.payload = flip(dsseEnvelope.payload, 40);
      },
    ],
    [
      'payload type',
      invalid('the signature is for different content'),
      ({ dsseEnvelope }) => {
        dsseEnvelope.payloadType = 'text/plain';
      },
    ],
    [
      'signature',
      unstamped,
      ({
        dsseEnvelope: {
          signatures: [first],
        },
      }) => {
        first!.sig = flip(first!.sig, -1);
      },
    ],
    [
      'signature without its timestamp',
      otherEntry,
      (bundle) => {
        delete bundle.verificationMaterial.timestampVerificationData;
        bundle.dsseEnvelope.signatures[0]!.sig = flip(bundle.dsseEnvelope.signatures[0]!.sig, -1);
      },
    ],
    [
      'certificate',
      untrusted,
      ({ verificationMaterial: { certificate } }) => {
        certificate.rawBytes = flip(certificate.rawBytes, -1);
      },
    ],
    [
      'name in the certificate',
      untrusted,
      ({ verificationMaterial: { certificate } }) => {
        certificate.rawBytes = Buffer.from(
          Buffer.from(certificate.rawBytes, 'base64')
            .toString('latin1')
            .replaceAll('pavelzw/skill-forge', 'pavelzw/skill-forgo'),
          'latin1',
        ).toString('base64');
      },
    ],
    [
      'truncated certificate',
      unparsable,
      ({ verificationMaterial: { certificate } }) => {
        certificate.rawBytes = certificate.rawBytes.slice(0, 400);
      },
    ],
    [
      "log entry's body",
      unpromised,
      (bundle) => {
        entryOf(bundle).canonicalizedBody = flip(entryOf(bundle).canonicalizedBody, 60);
      },
    ],
    [
      "log entry's time",
      unpromised,
      (bundle) => {
        entryOf(bundle).integratedTime = '1790257126';
      },
    ],
    [
      "log entry's time, years later",
      untrusted,
      (bundle) => {
        entryOf(bundle).integratedTime = '1890257125';
      },
    ],
    [
      "log entry's number",
      unpromised,
      (bundle) => {
        entryOf(bundle).logIndex = '2939132934';
      },
    ],
    [
      'promise',
      unpromised,
      (bundle) => {
        entryOf(bundle).inclusionPromise!.signedEntryTimestamp = flip(
          entryOf(bundle).inclusionPromise!.signedEntryTimestamp,
          -1,
        );
      },
    ],
    [
      'a hash of the proof',
      unproven,
      (bundle) => {
        const { hashes } = entryOf(bundle).inclusionProof!;
        hashes[3] = flip(hashes[3]!, 3);
      },
    ],
    [
      'missing hash of the proof',
      unproven,
      (bundle) => {
        entryOf(bundle).inclusionProof!.hashes.pop();
      },
    ],
    [
      'checkpoint',
      unproven,
      (bundle) => {
        const { checkpoint } = entryOf(bundle).inclusionProof!;
        checkpoint.envelope = checkpoint.envelope.replace('2817228674', '2817228675');
      },
    ],
    [
      'kind of the log entry',
      otherEntry,
      (bundle) => {
        entryOf(bundle).kindVersion.kind = 'hashedrekord';
      },
    ],
    [
      'timestamp',
      unstamped,
      ({ verificationMaterial: { timestampVerificationData } }) => {
        const [first] = timestampVerificationData!.rfc3161Timestamps;
        first!.signedTimestamp = flip(first!.signedTimestamp, -1);
      },
    ],
    [
      'truncated timestamp',
      unparsable,
      ({ verificationMaterial: { timestampVerificationData } }) => {
        const [first] = timestampVerificationData!.rfc3161Timestamps;
        first!.signedTimestamp = first!.signedTimestamp.slice(0, 400);
      },
    ],
    [
      'no log entry',
      invalid('no log entry'),
      ({ verificationMaterial }) => {
        verificationMaterial.tlogEntries = [];
      },
    ],
    [
      'neither log entry nor timestamp',
      unstamped,
      ({ verificationMaterial }) => {
        verificationMaterial.tlogEntries = [];
        delete verificationMaterial.timestampVerificationData;
      },
    ],
    [
      'the same log entry twice',
      unstamped,
      ({ verificationMaterial }) => {
        verificationMaterial.tlogEntries.push(verificationMaterial.tlogEntries[0]!);
      },
    ],
    [
      'no proof',
      invalid('a part that version 0.3 needs is missing'),
      (bundle) => {
        delete entryOf(bundle).inclusionProof;
      },
    ],
    [
      'neither promise nor timestamp',
      unstamped,
      (bundle) => {
        delete entryOf(bundle).inclusionPromise;
        delete bundle.verificationMaterial.timestampVerificationData;
      },
    ],
  ])('%s', (_, message, change) => {
    expect(() => verify(changeBundle(real, change), realIdentity)).toThrow(
      expect.objectContaining({ name: 'Failure', message }),
    );
  });
});

describe('what is no bundle, or an odd one, is rejected in one line, soon', () => {
  const set =
    (...path: readonly string[]) =>
    (value: unknown): Change =>
    (bundle) => {
      const last = path.at(-1)!;
      path.slice(0, -1).reduce<Json>((at, key) => at[key] as Json, bundle as unknown as Json)[last] = value;
    };
  const nested = (depth: number): string =>
    Buffer.concat(
      Array.from({ length: depth }, (_, level) => {
        const length = (depth - level - 1) * 4;
        return Buffer.from([0x30, 0x82, length >> 8, length & 255]);
      }),
    ).toString('base64');
  // What follows "is not JSON" is Node's.
  const notJson = expect.stringContaining(`${name} is not JSON: `) as unknown as string;
  test.each<[string, string, Buffer]>([
    ['empty', notJson, Buffer.alloc(0)],
    ['not JSON', notJson, Buffer.from('PK!')],
    ['not UTF-8', notJson, Buffer.from([0x7b, 0xff, 0x7d])],
    ['truncated', notJson, real.subarray(0, 3000)],
    ['huge', `${name} has 2097153 bytes, more than the 2097152 allowed`, Buffer.alloc(2 * 1024 ** 2 + 1, ' ')],
    ['very many values', `${name} has more than 500000 values`, Buffer.from(`[${'0,'.repeat(600_000)}0]`)],
    [
      'deeply nested',
      malformed('Invalid input: expected object, received array'),
      Buffer.from('['.repeat(100_000) + ']'.repeat(100_000)),
    ],
    [
      'an array, as of several bundles',
      malformed('Invalid input: expected object, received array'),
      Buffer.from(`[${real.toString()}]`),
    ],
    ['null', malformed('Invalid input: expected object, received null'), Buffer.from('null')],
    [
      'of an older version',
      malformed(
        'mediaType: Invalid option: expected one of "application/vnd.dev.sigstore.bundle.v0.3+json"|' +
          '"application/vnd.dev.sigstore.bundle+json;version=0.3"',
      ),
      changeBundle(real, set('mediaType')('application/vnd.dev.sigstore.bundle+json;version=0.1')),
    ],
    [
      'of a signature without a statement',
      malformed('dsseEnvelope: Invalid input: expected object, received undefined'),
      changeBundle(real, (bundle) => {
        set('messageSignature')({ signature: 'AA==' })(bundle);
        delete (bundle as Partial<Bundle>).dsseEnvelope;
      }),
    ],
    [
      'of a key',
      malformed('verificationMaterial.certificate: Invalid input: expected object, received undefined'),
      changeBundle(real, set(material)({ publicKey: { hint: '' }, tlogEntries: [] })),
    ],
    [
      'with two signatures',
      malformed('dsseEnvelope.signatures: must have one signature'),
      changeBundle(real, ({ dsseEnvelope: { signatures } }) => {
        signatures.push(signatures[0]!);
      }),
    ],
    [
      'without a signature',
      malformed('dsseEnvelope.signatures: must have one signature'),
      changeBundle(real, set('dsseEnvelope', 'signatures')([])),
    ],
    [
      'with very many log entries',
      malformed('verificationMaterial.tlogEntries: more than 4'),
      changeBundle(real, ({ verificationMaterial: { tlogEntries } }) => {
        while (tlogEntries.length < 20) tlogEntries.push(tlogEntries[0]!);
      }),
    ],
    [
      'with a payload that is not base64',
      malformed('dsseEnvelope.payload: Invalid base64-encoded string'),
      changeBundle(real, set('dsseEnvelope', 'payload')('!')),
    ],
    [
      'with an empty payload',
      invalid('a part that version 0.3 needs is missing'),
      changeBundle(real, set('dsseEnvelope', 'payload')('')),
    ],
    [
      'with a negative number',
      malformed('verificationMaterial.tlogEntries[0].logIndex: not a number'),
      changeBundle(real, (bundle) => {
        entryOf(bundle).logIndex = '-1';
      }),
    ],
    [
      'with a checkpoint that names a regular expression',
      malformed(
        'verificationMaterial.tlogEntries[0].inclusionProof.checkpoint.envelope: ' +
          'has a signature by an unsupported name',
      ),
      changeBundle(real, (bundle) => {
        const { checkpoint } = entryOf(bundle).inclusionProof!;
        checkpoint.envelope = checkpoint.envelope.replace('— rekor.sigstore.dev', '— (.|.|.|.|.|.|.)*$x');
      }),
    ],
    [
      'with an empty certificate',
      invalid('a part that version 0.3 needs is missing'),
      changeBundle(real, set(material, 'certificate', 'rawBytes')('')),
    ],
    [
      'with a deeply nested certificate',
      unparsable,
      changeBundle(real, set(material, 'certificate', 'rawBytes')(nested(2300))),
    ],
    [
      'with a deeply nested timestamp',
      unparsable,
      changeBundle(
        real,
        set(material, 'timestampVerificationData', 'rfc3161Timestamps')([{ signedTimestamp: nested(6000) }]),
      ),
    ],
    [
      'with a huge certificate',
      malformed('verificationMaterial.certificate.rawBytes: Too big: expected string to have <=12288 characters'),
      changeBundle(real, set(material, 'certificate', 'rawBytes')('A'.repeat(20_000))),
    ],
  ])('%s', (_, message, bytes) => {
    const start = process.cpuUsage();
    expect(() => verify(bytes, realIdentity)).toThrow(expect.objectContaining({ name: 'Failure', message }));
    expect(process.cpuUsage(start).user).toBeLessThan(5_000_000);
  });
});

describe.each(['public', 'private'] as const)("a %s Sigstore instance of one's own", (kind) => {
  const signer: WorkflowSigner = {
    issuer: gitHubIssuer,
    repository: 'https://github.com/acme/images',
    ref: 'refs/tags/ubuntu-base.7',
    workflow: 'https://github.com/acme/images/.github/workflows/golden.yml@refs/tags/ubuntu-base.7',
  };
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {},
    subject: [{ name: 'ubuntu-base.7.manifest.json', digest: { sha256: 'ab'.repeat(32) } }],
  };
  const accepted = { issuer: gitHubIssuer, repository: signer.repository, ref: 'refs/tags/ubuntu-base.*' };
  let authority: SigstoreAuthority;
  let other: SigstoreAuthority;
  beforeAll(async () => {
    [authority, other] = [await createSigstoreAuthority(kind), await createSigstoreAuthority(kind)];
  });
  const attest = async (attested: Partial<Parameters<SigstoreAuthority['attest']>[0]> = {}): Promise<Buffer> =>
    Buffer.from(JSON.stringify(await authority.attest({ signer, statement, ...attested })));

  test('is trusted by its root, beside others', async () => {
    const bytes = await attest();
    expect(verify(bytes, { ...accepted, trustedRoots: [authority.root] })).toMatchObject({
      signer,
      statement: { subject: statement.subject },
    });
    expect(verify(bytes, { ...accepted, trustedRoots: [other.root, authority.root] }).signer).toEqual(signer);
    expect(verify(bytes, accepted, { ...accepted, trustedRoots: [authority.root] }).signer).toEqual(signer);
  });

  test('is not trusted by another root', async () => {
    const bytes = await attest();
    expect(() => verify(bytes, accepted)).toThrow(invalid(''));
    expect(() => verify(bytes, { ...accepted, trustedRoots: [other.root] })).toThrow(invalid(''));
    expect(() => verify(real, { ...realIdentity, trustedRoots: [authority.root] })).toThrow(invalid(''));
  });

  test('does not stand for another identity of the policy', async () => {
    const evil = { ...signer, repository: 'https://github.com/evil/images' };
    const bytes = await attest({ signer: evil });
    expect(() =>
      verify(bytes, accepted, {
        ...accepted,
        repository: 'https://github.com/acme/other',
        trustedRoots: [authority.root],
      }),
    ).toThrow(
      `${name} is signed by ${signer.workflow} for https://github.com/evil/images at refs/tags/ubuntu-base.7; expected: a signature by ` +
        'a workflow of https://github.com/acme/images at refs/tags/ubuntu-base.* or a workflow of https://github.com/acme/other at refs/tags/ubuntu-base.*',
    );
  });

  test.each<[string, string, () => Promise<Buffer>]>([
    [
      'names no repository',
      invalid('the certificate has no repository of a workflow run'),
      async () => attest({ without: [repositoryId] }),
    ],
    [
      'names a ref with a control character',
      invalid('the certificate has no ref of a workflow run'),
      async () => attest({ signer: { ...signer, ref: 'refs/\u001b[2J' } }),
    ],
    [
      'has another payload type',
      `${name} has the payload type "text/plain"; expected: application/vnd.in-toto+json`,
      async () => attest({ payloadType: 'text/plain' }),
    ],
    [
      'has a statement without a subject',
      malformed('subject: must have 1 to 1024 subjects'),
      async () => attest({ statement: { ...statement, subject: [] } }),
    ],
    [
      'has a statement that is none',
      malformed(
        '_type: Invalid option: expected one of "https://in-toto.io/Statement/v1"|"https://in-toto.io/Statement/v0.1"',
      ),
      async () => attest({ statement: { subject: [] } }),
    ],
  ])('signs nothing that %s', async (_, message, make) => {
    const bytes = await make();
    expect(() => verify(bytes, { ...accepted, trustedRoots: [authority.root] })).toThrow(
      expect.objectContaining({ name: 'Failure', message }),
    );
  });

  test('has to vouch for the time', async () => {
    const bytes = changeBundle(await attest(), ({ verificationMaterial }) => {
      delete verificationMaterial.timestampVerificationData;
      for (const entry of verificationMaterial.tlogEntries) delete entry.inclusionPromise;
    });
    expect(() => verify(bytes, { ...accepted, trustedRoots: [authority.root] })).toThrow(
      invalid('no timestamp by a trusted authority'),
    );
  });
});
