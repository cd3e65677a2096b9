import { join, resolve } from 'node:path';
import { Failure } from '../../platform/errors.js';
import { cloneSteps, entropyBytes, entropyFile, identityFile, identityProtocol } from '../../vmm/identity-records.js';
import { toLaunch } from '../launch.js';
import { tryGetBase } from '../local-versions.js';
import type { HostPorts } from '../ports.js';
import { getLocalVersion } from '../vm/create-vm.js';
import { assertNotRevokedHere } from '../vm/new-disk.js';
import { findTemplate } from './choose-template.js';
import { deviceIds, hashedFiles, templateFiles, type TemplateSize } from './template-document.js';
import { daemonPort } from './template-seed.js';

export interface DescribeRequest extends TemplateSize {
  readonly root: string;
  readonly image: string;
  /** A version on this host; by default the one in use. */
  readonly version?: number | undefined;
}

/**
 * Everything that a program needs to start clones of a template itself. Keys are only added to a schema; a change of
 * their meaning is a new one.
 * @throws Failure if no template fits this host, or its version is revoked
 */
export async function describeTemplate(request: DescribeRequest, ports: HostPorts): Promise<unknown> {
  const root = resolve(request.root);
  const local = await getLocalVersion(root, request);
  await assertNotRevokedHere(local, { root, allowRevoked: false }, ports);
  const { found, reason } = await findTemplate(root, { local, size: request }, ports);
  if (found === undefined) {
    const { version } = local;
    const fix = `ch-golden host warm --version ${version} --cpus ${request.cpus} --memory ${request.memoryMiB}M`;
    throw new Failure(`cannot describe a template of ${local.image}.${version}: ${reason}`, { fix });
  }
  const { template, directory } = found;
  const { key, image, version, vmmRelease, inputs, identity } = template;
  const launch = toLaunch(local);
  const base = tryGetBase(local);
  const reads = [launch.imagePath, ...(base === undefined ? [] : [base])];
  const files = hashedFiles.map((name) => [name, { path: join(directory, name), ...template.files[name] }] as const);
  return {
    schema: 1,
    template: { key, image, version, vmmRelease, inputs, identity, directory, files: Object.fromEntries(files) },
    disk: {
      format: 'qcow2',
      backingFile: join(directory, templateFiles.disk),
      reads,
    },
    // JSON pointers into config.json. The values of null are the caller's.
    config: {
      file: join(directory, templateFiles.config),
      set: {
        '/payload': { kernel: launch.kernelPath, initramfs: launch.initramfsPath, cmdline: launch.cmdline },
        '/disks/0/path': null,
        '/console/file': null,
        '/serial': null,
      },
      beside: [templateFiles.state, templateFiles.memory],
    },
    seed: {
      label: 'CIDATA',
      files: ['meta-data', 'user-data', 'network-config', identityFile, entropyFile],
      identity: ['protocol', 'instance-id', 'hostname', 'mac', 'address', 'gateway', 'dns'],
      protocol: identityProtocol,
      entropyBytes,
    },
    steps: listSteps(),
    records: { file: '/console/file', prefix: `ch-golden/${identityProtocol} `, order: cloneSteps, failure: 'failed' },
  };
}

/** Requests of the VMM's API, and what to wait for. The values of null are the caller's. */
function listSteps(): readonly Readonly<Record<string, unknown>>[] {
  return [
    { request: 'vm.restore', body: { source_url: null, memory_restore_mode: 'Copy' } },
    { request: 'vm.resume' },
    {
      request: 'vm.add-disk',
      body: { id: deviceIds.seed, path: null, readonly: true, image_type: 'Raw', num_queues: 1 },
    },
    { record: 'names' },
    { request: 'vm.add-net', body: { id: deviceIds.net, tap: null, mac: null } },
    { record: 'ready' },
    { get: `http://ADDRESS:${daemonPort}/version`, status: 200 },
  ];
}
