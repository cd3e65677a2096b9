import { isIPv4 } from 'node:net';
import { Failure } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';

/** What a clone of a warm template is told about itself: the file `identity` in its seed. */
export interface IdentityRequest {
  readonly instanceId: string;
  readonly hostname: string;
  /** In lower case. The guest finds its card by it. */
  readonly macAddress: string;
  /** An IPv4 address in CIDR notation, or how to get one. */
  readonly address: string;
  readonly gateway?: string | undefined;
  readonly nameservers: readonly string[];
}

/** The version of the file, of its records, and of what both mean. */
export const identityProtocol = 1;

/** The file in the root of the seed. */
export const identityFile = 'identity';
/** The file with the random bytes, and how many it has. */
export const entropyFile = 'entropy';
export const entropyBytes = 64;

/** Paths in the guest. Everything below `directory` is part of each golden image. */
export const warmGuest = {
  directory: '/usr/local/lib/ch-golden',
  /** Run in a template before its snapshot. */
  prepareTemplate: '/usr/local/lib/ch-golden/prepare-template',
  /** Exists in a template, and in a clone until it has names of its own. */
  marker: '/run/ch-golden/template',
  /** Names of the timers that were stopped. */
  heldTimers: '/run/ch-golden/timers',
  /** Names of the services that were stopped, but for the daemon. */
  heldServices: '/run/ch-golden/services',
  /** What configures the template's network cards. */
  networkOwner: '/run/ch-golden/network-owner',
} as const;

/** The guest checks values by the same pattern. */
const value = /^[A-Za-z0-9.:/,_-]{1,253}$/;
/** HOST_NAME_MAX is 64 with its end. No dot at the start: the guest makes paths of neither. */
const name = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
/** In lower case. */
export const macPattern = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;

/** @throws Failure for a value that the guest would reject */
export function renderIdentity(request: IdentityRequest): string {
  const { instanceId, hostname, macAddress, address, gateway, nameservers } = request;
  const lines: readonly (readonly [string, string, boolean])[] = [
    ['protocol', String(identityProtocol), true],
    ['instance-id', instanceId, name.test(instanceId)],
    ['hostname', hostname, name.test(hostname)],
    ['mac', macAddress, macPattern.test(macAddress)],
    ['address', address, address === 'dhcp' || isIPv4Network(address)],
    ...(gateway === undefined ? [] : [['gateway', gateway, isIPv4(gateway)] as const]),
    ...(nameservers.length === 0 ? [] : [['dns', nameservers.join(','), nameservers.every(isIPv4)] as const]),
  ];
  const invalid = lines.find(([, text, isValid]) => !isValid || !value.test(text));
  if (invalid !== undefined)
    throw new Failure(`invalid ${invalid[0]} ${quoteText(invalid[1])} in the identity of a clone`);
  return lines.map(([key, text]) => `${key}=${text}\n`).join('');
}

function isIPv4Network(text: string): boolean {
  const [address = '', prefix = '', ...rest] = text.split('/');
  return rest.length === 0 && isIPv4(address) && /^[1-9]\d?$/.test(prefix) && Number(prefix) <= 32;
}

/** The steps of a clone, in order. */
export const cloneSteps = [
  'start',
  'reseeded',
  'names',
  'network',
  'ssh-keys',
  'daemon',
  'ready',
  'cloud-init',
  'done',
] as const;

export type CloneStep = (typeof cloneSteps)[number];

/** How cloud-init's stages ended. `missing`: the image has no cloud-init. */
export const cloudInitStatuses = ['done', 'degraded', 'error', 'disabled', 'missing'] as const;

/** What makes a guest different from others. */
export interface IdentityValues {
  readonly hostname: string;
  /** 32 hexadecimal digits. */
  readonly machineId: string;
  /** A UUID. */
  readonly bootId: string;
  /** Of an SSH host key, as ssh-keygen prints it; undefined without an SSH server. */
  readonly fingerprint: string | undefined;
}

/** A line that the guest wrote to its console for us. */
export type IdentityRecord = {
  /** The guest's time since its boot. It continues in a clone where the template's stopped. */
  readonly uptimeSeconds: number;
} & (
  | ({ readonly step: 'template-ready' } & IdentityValues)
  | { readonly step: 'start' | 'reseeded' | 'ready' | 'done' }
  | ({ readonly step: 'names' } & Omit<IdentityValues, 'fingerprint'>)
  | { readonly step: 'network'; readonly macAddress: string; readonly address: string }
  | ({ readonly step: 'ssh-keys' } & Pick<IdentityValues, 'fingerprint'>)
  /** Undefined: the daemon has no DAYTONA_SANDBOX_ID. */
  | { readonly step: 'daemon'; readonly sandboxId: string | undefined }
  | { readonly step: 'cloud-init'; readonly status: (typeof cloudInitStatuses)[number] }
  | { readonly step: 'failed'; readonly failedStep: 'template-ready' | CloneStep; readonly reason: string }
);

type RecordOf<Step extends IdentityRecord['step']> = Extract<IdentityRecord, { readonly step: Step }>;

/** The record of a step, of which a guest writes one. */
export function findRecord<Step extends IdentityRecord['step']>(
  records: readonly IdentityRecord[],
  step: Step,
): RecordOf<Step> | undefined {
  return records.find((record): record is RecordOf<Step> => record.step === step);
}

/** Bytes of a line without its end. */
const maxLineBytes = 512;
const prefix = `ch-golden/${identityProtocol} `;

/**
 * A record, or undefined for a line that is none: other programs write to the console too.
 * @throws Failure for a record with missing or invalid values
 */
export function parseIdentityRecord(line: string): IdentityRecord | undefined {
  if (!line.startsWith(prefix)) return undefined;
  const [step = '', uptime = '', ...pairs] = line.slice(prefix.length).split(' ');
  const parse = parsers.get(step);
  if (parse === undefined) return undefined;
  const fields = line.length > maxLineBytes ? undefined : tryParseFields(pairs);
  const parsed = fields === undefined ? undefined : parse(fields);
  if (parsed === undefined || !/^\d{1,9}\.\d{2}$/.test(uptime))
    throw new Failure(`the guest wrote an invalid record: ${quoteText(line, 200)}`);
  return { uptimeSeconds: Number(uptime), ...parsed };
}

type Fields = ReadonlyMap<string, string>;
/** A record without its time. Distributes over the union. */
type Parsed<T = IdentityRecord> = T extends unknown ? Omit<T, 'uptimeSeconds'> : never;

const recordValue = /^[A-Za-z0-9.:/,_+=-]{1,253}$/;

function tryParseFields(pairs: readonly string[]): Fields | undefined {
  const fields = new Map<string, string>();
  for (const pair of pairs) {
    const [, key, text] = /^([a-z][a-z0-9-]{0,31})=(.*)$/.exec(pair) ?? [];
    if (key === undefined || text === undefined || fields.has(key) || !recordValue.test(text)) return undefined;
    fields.set(key, text);
  }
  return fields;
}

const bare = ['start', 'reseeded', 'ready', 'done'] as const;
/** How the values of an identity are written. */
export const identityPatterns = {
  hostname: name,
  machineId: /^[0-9a-f]{32}$/,
  bootId: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  fingerprint: /^SHA256:[A-Za-z0-9+/]{43}$/,
} as const satisfies Readonly<Record<keyof IdentityValues, RegExp>>;

const parsers: ReadonlyMap<string, (fields: Fields) => Parsed | undefined> = new Map<
  string,
  (fields: Fields) => Parsed | undefined
>([
  ...bare.map((step) => [step, (): Parsed => ({ step })] as const),
  ['template-ready', parseTemplateReady],
  ['names', parseNames],
  ['network', parseNetwork],
  ['ssh-keys', parseSshKeys],
  ['daemon', parseDaemon],
  ['cloud-init', parseCloudInit],
  ['failed', parseFailed],
]);

function parseTemplateReady(fields: Fields): Parsed | undefined {
  const [names, keys] = [tryParseNames(fields), tryParseFingerprint(fields)];
  return names === undefined || keys === undefined ? undefined : { step: 'template-ready', ...names, ...keys };
}

function parseNames(fields: Fields): Parsed | undefined {
  const names = tryParseNames(fields);
  return names === undefined ? undefined : { step: 'names', ...names };
}

function tryParseNames(fields: Fields): Omit<IdentityValues, 'fingerprint'> | undefined {
  const [hostname, machineId, bootId] = [fields.get('hostname'), fields.get('machine-id'), fields.get('boot-id')];
  if (hostname === undefined || machineId === undefined || bootId === undefined) return undefined;
  return identityPatterns.hostname.test(hostname) &&
    identityPatterns.machineId.test(machineId) &&
    identityPatterns.bootId.test(bootId)
    ? { hostname, machineId, bootId }
    : undefined;
}

function parseNetwork(fields: Fields): Parsed | undefined {
  const macAddress = fields.get('mac') ?? '';
  const address = fields.get('address') ?? '';
  return macPattern.test(macAddress) && isIPv4Network(address) ? { step: 'network', macAddress, address } : undefined;
}

function parseSshKeys(fields: Fields): Parsed | undefined {
  const keys = tryParseFingerprint(fields);
  return keys === undefined ? undefined : { step: 'ssh-keys', ...keys };
}

function tryParseFingerprint(fields: Fields): Pick<IdentityValues, 'fingerprint'> | undefined {
  const fingerprint = fields.get('fingerprint');
  return fingerprint === undefined || identityPatterns.fingerprint.test(fingerprint) ? { fingerprint } : undefined;
}

function parseDaemon(fields: Fields): Parsed | undefined {
  const sandboxId = fields.get('sandbox-id');
  return sandboxId === undefined || value.test(sandboxId) ? { step: 'daemon', sandboxId } : undefined;
}

function parseCloudInit(fields: Fields): Parsed | undefined {
  const status = cloudInitStatuses.find((one) => one === fields.get('status'));
  return status === undefined ? undefined : { step: 'cloud-init', status };
}

function parseFailed(fields: Fields): Parsed | undefined {
  const failedStep = (['template-ready', ...cloneSteps] as const).find((step) => step === fields.get('step'));
  const reason = fields.get('reason') ?? '';
  return failedStep !== undefined && /^[a-z0-9-]{1,64}$/.test(reason)
    ? { step: 'failed', failedStep, reason }
    : undefined;
}

export interface IdentityReader {
  /**
   * The records that these bytes complete. None after `done`, `template-ready` of a template, or `failed`.
   * @throws Failure for an invalid record, and for one out of order
   */
  read(bytes: Uint8Array): readonly IdentityRecord[];
}

/** Reads what a guest writes to its console, in chunks of any size. Keeps at most one line. */
export function createIdentityReader(of: 'template' | 'clone'): IdentityReader {
  const steps: readonly string[] = of === 'template' ? ['template-ready'] : cloneSteps;
  const lines = createLineSplitter();
  let next = 0;
  return {
    read: (bytes) => {
      const records: IdentityRecord[] = [];
      for (const line of lines(bytes)) {
        const expected = steps[next];
        const record = expected === undefined ? undefined : parseIdentityRecord(line);
        if (record === undefined) continue;
        if (record.step !== expected && record.step !== 'failed')
          throw new Failure(`the guest wrote the record ${record.step} instead of ${expected ?? 'nothing'}`);
        next = record.step === 'failed' ? steps.length : next + 1;
        records.push(record);
      }
      return records;
    },
  };
}

/** Complete lines without their ends. One that is longer than a record can be is cut right after that length. */
function createLineSplitter(): (bytes: Uint8Array) => Iterable<string> {
  const longest = maxLineBytes + '\r'.length;
  let partial = '';
  return function* (bytes) {
    for (let start = 0; start < bytes.length; ) {
      const found = bytes.indexOf(0x0a, start);
      const end = found === -1 ? bytes.length : found;
      const wanted = Math.max(0, longest + 1 - partial.length);
      partial += Buffer.from(bytes.subarray(start, Math.min(end, start + wanted))).toString('latin1');
      if (found === -1) return;
      // A terminal writes \r\n.
      const line = partial.replace(/\r$/, '');
      partial = '';
      start = end + 1;
      yield line;
    }
  };
}
