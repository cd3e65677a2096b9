import { isIPv4 } from 'node:net';
import type { Command } from 'commander';
import type { VmNetwork } from '../../../host/vm/cloud-init.js';
import type { CreateVmRequest } from '../../../host/vm/create-vm.js';
import { parseMacAddress } from '../../../host/vm/network/mac-address.js';
import { interfaceName } from '../../../host/vm/record-schema.js';
import { tryFindAddressProblem } from '../../../host/vm/static-address.js';
import { UsageError } from '../../../platform/errors.js';
import { quoteText } from '../../../platform/format.js';
import type { RawInputs } from '../../definitions.js';
import { invalidInput } from '../../parse.js';

type NetworkOptions = Pick<CreateVmRequest, 'tap' | 'bridge' | 'macAddress' | 'network'>;

export function addNetworkOptions(command: Command): Command {
  return command
    .optionsGroup('Network:')
    .option('--tap <interface>', 'Tap to attach; without --tap or --bridge the VM has no network')
    .option('--bridge <interface>', 'Bridge to attach to, through a tap that vm start creates and vm stop deletes')
    .option('--network <network>', 'dhcp, or ADDRESS/PREFIX,GATEWAY[,DNS...]; needs --tap or --bridge', 'dhcp')
    .option(
      '--mac <address>',
      "MAC address. Defaults to one derived from the host's machine ID, the root directory and the name",
    );
}

/** Readers of the options about a VM's network, for `readAll`. They throw UsageError. */
export function networkReaders(raw: RawInputs): { readonly [K in keyof NetworkOptions]-?: () => NetworkOptions[K] } {
  return {
    tap: () => parseInterface('tap', raw('tap')),
    bridge: () => readBridge(raw('bridge'), raw('tap')),
    macAddress: () => (raw('mac') === '' ? undefined : parseMacAddress(raw('mac'))),
    network: () => readNetwork(raw('network'), raw('tap') !== '' || raw('bridge') !== ''),
  };
}

function readBridge(name: string, tap: string): string | undefined {
  const bridge = parseInterface('bridge', name);
  if (bridge !== undefined && tap !== '')
    throw new UsageError('bridge is set together with tap', { fix: 'remove one: --bridge creates a tap itself' });
  return bridge;
}

function parseInterface(option: string, name: string): string | undefined {
  if (name === '') return undefined;
  if (interfaceName.test(name)) return name;
  throw invalidInput(option, name, 'use the name of an interface: at most 15 letters, digits, dots, - and _');
}

function readNetwork(text: string, isConnected: boolean): VmNetwork {
  if (text === 'dhcp') return 'dhcp';
  const [address = '', gateway = '', ...nameservers] = text.split(',');
  const [ip = '', prefix = '', ...rest] = address.split('/');
  if (
    rest.length > 0 ||
    !isIPv4(ip) ||
    !/^([1-9]|[12]\d|3[0-2])$/.test(prefix) ||
    ![gateway, ...nameservers].every((one) => isIPv4(one))
  ) {
    throw invalidInput(
      'network',
      text,
      'use dhcp, or ADDRESS/PREFIX,GATEWAY[,DNS...] such as 192.168.100.10/24,192.168.100.1,192.168.100.1',
    );
  }
  const unusable = tryFindAddressProblem({ address: ip, prefix: Number(prefix), gateway });
  if (unusable !== undefined)
    throw new UsageError(`network ${quoteText(text)}: ${unusable.problem}`, { fix: unusable.fix });
  if (!isConnected)
    throw new UsageError('network is set without tap or bridge', { fix: 'name one of them: --bridge br0' });
  return { address, gateway, nameservers };
}
