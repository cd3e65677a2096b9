import { request } from 'node:http';
import { errorMessage } from '../platform/errors.js';
import { tryParseJson } from '../platform/json.js';
import { toPlainText } from '../platform/plain-text.js';

/** The part of the VMM's API that is used here: vmm/src/api/openapi/cloud-hypervisor.yaml. */
export interface CloudHypervisorApi {
  ping(): Promise<void>;
  /** The process ID of the VMM, in its own PID namespace. */
  vmmPid(): Promise<number>;
  createVm(config: object): Promise<void>;
  bootVm(): Promise<void>;
  /** Such as `Running`. */
  vmState(): Promise<string>;
  /** Bytes and packets of each device, as JSON. */
  vmCounters(): Promise<string>;
  pressPowerButton(): Promise<void>;
  shutDownVm(): Promise<void>;
  shutDownVmm(): Promise<void>;
  pauseVm(): Promise<void>;
  resumeVm(): Promise<void>;
  /** Writes the state of a paused VM to an existing directory, which the VMM can write to. */
  snapshotVm(directory: string): Promise<void>;
  /** Creates a paused VM from a snapshot. The VMM must have none. */
  restoreVm(snapshot: RestoreRequest): Promise<void>;
  addDisk(disk: HotPlugDisk): Promise<void>;
  addNet(net: HotPlugNet): Promise<void>;
  /** Asks the guest to give a device up. The device is gone once `listDeviceIds` no longer names it. */
  removeDevice(id: string): Promise<void>;
  listDeviceIds(): Promise<readonly string[]>;
}

/** How a restored VM gets its memory: all of it at once, or each page when it is first used. */
export type MemoryRestore = 'copy' | 'on-demand';

export interface RestoreRequest {
  readonly directory: string;
  readonly memory: MemoryRestore;
}

/** A read-only raw disk. */
export interface HotPlugDisk {
  readonly id: string;
  readonly path: string;
}

export interface HotPlugNet {
  readonly id: string;
  readonly tap: string;
  readonly macAddress: string;
}

const memoryRestoreModes = { copy: 'Copy', 'on-demand': 'OnDemand' } as const;

/** Gives `work` a path to a socket, valid until it returns. */
export type SocketReach = <T>(work: (socketPath: string) => Promise<T>) => Promise<T>;

export interface ApiTarget {
  readonly reach: SocketReach;
  /** For a complete response. */
  readonly limitMs: number;
}

/** The response of `vm.info` has some thousand bytes. */
const maxResponseBytes = 1024 ** 2;

/** The VMM's REST API. All calls throw an Error with the VMM's message, or after the time limit. */
export function createApi(target: ApiTarget, signal: AbortSignal): CloudHypervisorApi {
  const get = async (action: string): Promise<string> => call(target, { method: 'GET', action }, signal);
  const put = async (action: string, body?: unknown): Promise<void> => {
    await call(target, { method: 'PUT', action, body }, signal);
  };
  return {
    ping: async () => {
      await get('vmm.ping');
    },
    vmmPid: async () => parsePid(await get('vmm.ping')),
    createVm: async (config) => put('vm.create', config),
    bootVm: async () => put('vm.boot'),
    vmState: async () => parseState(await get('vm.info')),
    vmCounters: async () => get('vm.counters'),
    pressPowerButton: async () => put('vm.power-button'),
    shutDownVm: async () => put('vm.shutdown'),
    shutDownVmm: async () => put('vmm.shutdown'),
    pauseVm: async () => put('vm.pause'),
    resumeVm: async () => put('vm.resume'),
    snapshotVm: async (directory) => put('vm.snapshot', { destination_url: toUrl(directory) }),
    restoreVm: async ({ directory, memory }) =>
      put('vm.restore', { source_url: toUrl(directory), memory_restore_mode: memoryRestoreModes[memory] }),
    // The guest writes no disk that is added here: one queue, and never a format that has to be guessed.
    addDisk: async ({ id, path }) => put('vm.add-disk', { id, path, readonly: true, image_type: 'Raw', num_queues: 1 }),
    addNet: async ({ id, tap, macAddress }) => put('vm.add-net', { id, tap, mac: macAddress }),
    removeDevice: async (id) => put('vm.remove-device', { id }),
    listDeviceIds: async () => parseDeviceIds(await get('vm.info')),
  };
}

interface Call {
  readonly method: 'GET' | 'PUT';
  readonly action: string;
  readonly body?: unknown;
}

interface ApiResponse {
  readonly status: number;
  readonly text: string;
}

async function call({ reach, limitMs }: ApiTarget, request: Call, signal: AbortSignal): Promise<string> {
  const limit = AbortSignal.timeout(limitMs);
  try {
    const either = AbortSignal.any([signal, limit]);
    const { status, text } = await reach(async (socketPath) => send(socketPath, request, either));
    if (status >= 200 && status < 300) return text;
    throw new Error(`${parseMessages(text)} (${status})`);
  } catch (error) {
    signal.throwIfAborted();
    const reason = limit.aborted ? `no response within ${limitMs / 1000} s` : errorMessage(error);
    throw new Error(`${request.action}: ${reason}`, { cause: error });
  }
}

async function send(socketPath: string, { method, action, body }: Call, signal: AbortSignal): Promise<ApiResponse> {
  const content = body === undefined ? '' : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        socketPath,
        method,
        path: `/api/v1/${action}`,
        signal,
        agent: false,
        // Its server does not support chunked bodies.
        headers: {
          'Content-Length': Buffer.byteLength(content),
          ...(content === '' ? {} : { 'Content-Type': 'application/json' }),
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
          if (text.length > maxResponseBytes)
            outgoing.destroy(new Error(`a response of more than ${maxResponseBytes} bytes`));
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(content);
  });
}

/** Since v47, a list of messages from the outermost to the cause; before that, a text. */
function parseMessages(text: string): string {
  const parsed = tryParseJson(text);
  const messages = Array.isArray(parsed) ? parsed.filter((message) => typeof message === 'string') : [text];
  return toPlainText(messages.join(': '), 2000) || 'an empty response';
}

function parseState(text: string): string {
  const info = tryParseJson(text);
  if (typeof info === 'object' && info !== null && 'state' in info && typeof info.state === 'string') return info.state;
  throw new Error(`vm.info: no state in the response: ${toPlainText(text, 200)}`);
}

/** The VMM takes what follows the scheme as a path, which may be relative: url_to_path in vmm/src/migration/mod.rs. */
function toUrl(directory: string): string {
  return `file://${directory}`;
}

/** `device_tree` has an entry for each device until the guest has given it up. */
function parseDeviceIds(text: string): readonly string[] {
  const info = tryParseJson(text);
  if (typeof info === 'object' && info !== null && 'device_tree' in info) {
    const tree: unknown = info.device_tree;
    if (typeof tree === 'object' && tree !== null) return Object.keys(tree);
  }
  throw new Error(`vm.info: no device_tree in the response: ${toPlainText(text, 200)}`);
}

function parsePid(text: string): number {
  const ping = tryParseJson(text);
  if (typeof ping === 'object' && ping !== null && 'pid' in ping && typeof ping.pid === 'number') return ping.pid;
  throw new Error(`vmm.ping: no pid in the response: ${toPlainText(text, 200)}`);
}
