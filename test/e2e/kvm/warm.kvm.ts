import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { goldenDaemonVersion } from '../../fixtures/golden.js';
import { runWithCli, toTestLimit } from '../../fixtures/run-with-cli.js';

const withinMs = 60 * 60_000;
const script = join(import.meta.dirname, 'prove-warm.mjs');

/** What prove-warm.mjs prints. */
interface Outcome {
  readonly template: {
    readonly machineId: string;
    readonly hostKey: string;
    readonly hostname: string;
    readonly bytes: number;
    /** Of its document. */
    readonly identity: Readonly<Record<string, string>>;
  };
  readonly cloned: Readonly<Record<string, unknown>>;
  readonly clones: readonly Clone[];
  readonly again: { readonly version: string };
  readonly left: Readonly<Record<string, readonly string[]>>;
}

interface Clone {
  readonly name: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly records: readonly { readonly step: string; readonly values: Readonly<Record<string, string>> }[];
  readonly address: string;
  readonly version: string;
}

/** Run only by `npm run test:kvm`, if a real Cloud Hypervisor is on PATH. */
test(
  'clones of a template respond with identities of their own, and start again from their disks',
  async () => {
    check((await runWithCli({ script, withinMs })).outcome as Outcome);
  },
  toTestLimit(withinMs),
);

function check({ template, clones, again, left }: Outcome): void {
  expect(clones.map(({ name }) => name)).toEqual(['warm-a', 'warm-b']);
  for (const { name, facts, records, address, version } of clones) {
    expect(records.map(({ step }) => step)).toEqual([
      ...['start', 'reseeded', 'names', 'network', 'ssh-keys', 'daemon', 'ready', 'cloud-init', 'done'],
    ]);
    const valuesOf = (step: string): Readonly<Record<string, string>> =>
      records.find((record) => record.step === step)!.values;
    expect(facts).toMatchObject({
      hostname: name,
      'sandbox-id': name,
      'machine-id': valuesOf('names')['machine-id'],
      'boot-id': valuesOf('names')['boot-id'],
      'host-key': valuesOf('ssh-keys')['fingerprint'],
      mac: valuesOf('network')['mac'],
      address: valuesOf('network')['address'],
      failed: '',
    });
    expect(facts['authorized-key']).toMatch(new RegExp(`^ssh-ed25519 \\S+ ${name}$`));
    expect(valuesOf('cloud-init')['status']).toBe('done');
    expect(facts['boot-id']).not.toBe(facts['kernel-boot-id']);
    expect(facts['machine-id']).not.toBe(template.machineId);
    expect(facts['hostname']).not.toBe(template.hostname);
    expect(facts['host-key']).not.toBe(fingerprintOf(template.hostKey));
    expect(facts['address']).toMatch(new RegExp(`^${address}/`));
    expect(version).toContain(goldenDaemonVersion);
  }
  const [first, second] = clones.map(({ facts }) => facts);
  for (const name of ['hostname', 'machine-id', 'boot-id', 'host-key', 'mac', 'address', 'sandbox-id'])
    expect(first![name]).not.toBe(second![name]);
  // They are clones of one template.
  expect(first!['kernel-boot-id']).toBe(second!['kernel-boot-id']);
  expect(template.identity).toEqual({
    hostname: template.hostname,
    machineId: template.machineId,
    bootId: first!['kernel-boot-id'],
    fingerprint: fingerprintOf(template.hostKey),
  });
  expect(again.version).toContain(goldenDaemonVersion);
  expect(left).toEqual({ processes: [], taps: [], vms: [] });
}

function fingerprintOf(publicKey: string): string {
  const [type, blob] = publicKey.split(' ');
  expect(type).toBe('ssh-ed25519');
  return `SHA256:${createHash('sha256').update(Buffer.from(blob!, 'base64')).digest('base64').replace(/=+$/, '')}`;
}
