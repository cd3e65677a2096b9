import { request } from 'node:http';
import { errorMessage } from '../platform/errors.js';
import { toPlainText } from '../platform/plain-text.js';

/** What we ask of the VMM: vmm/src/api/openapi/cloud-hypervisor.yaml. */
export interface CloudHypervisorApi {
  ping(): Promise<void>;
  /** The VMM's process, as it sees itself. */
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
}

/** Gives `work` a path that leads to a socket while it lasts. */
export type SocketReach = <T>(work: (socketPath: string) => Promise<T>) => Promise<T>;

export interface ApiTarget {
  readonly reach: SocketReach;
  /** For a whole answer. */
  readonly limitMs: number;
}

/** Bytes; the answer of `vm.info` has some thousand. */
const longestAnswer = 1024 ** 2;

/** The VMM's REST API. Everything throws an Error with the VMM's own words, or says that it did not answer in time. */
export function createApi(target: ApiTarget, signal: AbortSignal): CloudHypervisorApi {
  const get = async (action: string): Promise<string> => call(target, { method: 'GET', action }, signal);
  const put = async (action: string, body?: unknown): Promise<void> => {
    await call(target, { method: 'PUT', action, body }, signal);
  };
  return {
    ping: async () => {
      await get('vmm.ping');
    },
    vmmPid: async () => readPid(await get('vmm.ping')),
    createVm: async (config) => put('vm.create', config),
    bootVm: async () => put('vm.boot'),
    vmState: async () => readState(await get('vm.info')),
    vmCounters: async () => get('vm.counters'),
    pressPowerButton: async () => put('vm.power-button'),
    shutDownVm: async () => put('vm.shutdown'),
    shutDownVmm: async () => put('vmm.shutdown'),
  };
}

interface Call {
  readonly method: 'GET' | 'PUT';
  readonly action: string;
  readonly body?: unknown;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function call({ reach, limitMs }: ApiTarget, asked: Call, signal: AbortSignal): Promise<string> {
  const limit = AbortSignal.timeout(limitMs);
  try {
    const either = AbortSignal.any([signal, limit]);
    const { status, text } = await reach(async (socketPath) => exchange(socketPath, asked, either));
    if (status >= 200 && status < 300) return text;
    throw new Error(`${readMessages(text)} (${status})`);
  } catch (error) {
    signal.throwIfAborted();
    const reason = limit.aborted ? `no answer within ${limitMs / 1000} s` : errorMessage(error);
    throw new Error(`${asked.action}: ${reason}`, { cause: error });
  }
}

async function exchange(socketPath: string, { method, action, body }: Call, signal: AbortSignal): Promise<Answer> {
  const content = body === undefined ? '' : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        socketPath,
        method,
        path: `/api/v1/${action}`,
        signal,
        agent: false,
        // Its server takes a body by its length alone, not in chunks.
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
          if (text.length > longestAnswer) asked.destroy(new Error(`an answer of more than ${longestAnswer} bytes`));
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      },
    );
    asked.on('error', reject);
    asked.end(content);
  });
}

/** A list of messages, from the outermost to the cause, since v47; one text before. */
function readMessages(text: string): string {
  const parsed = tryParse(text);
  const messages = Array.isArray(parsed) ? parsed.filter((message) => typeof message === 'string') : [text];
  return toPlainText(messages.join(': '), 2000) || 'an empty answer';
}

function readState(text: string): string {
  const info = tryParse(text);
  if (typeof info === 'object' && info !== null && 'state' in info && typeof info.state === 'string') return info.state;
  throw new Error(`vm.info: no state in the answer: ${toPlainText(text, 200)}`);
}

function readPid(text: string): number {
  const answer = tryParse(text);
  if (typeof answer === 'object' && answer !== null && 'pid' in answer && typeof answer.pid === 'number')
    return answer.pid;
  throw new Error(`vmm.ping: no pid in the answer: ${toPlainText(text, 200)}`);
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
