import { BlockList } from 'node:net';

interface StaticAddress {
  readonly address: string;
  readonly prefix: number;
  readonly gateway: string;
}

interface AddressProblem {
  readonly problem: string;
  readonly fix: string;
}

/** Why a guest cannot use an IPv4 address with this gateway; undefined if it can. */
export function tryFindAddressProblem({ address, prefix, gateway }: StaticAddress): AddressProblem | undefined {
  const network = `${address}/${prefix}`;
  for (const [name, value] of [
    ['address', address],
    ['gateway', gateway],
  ] as const) {
    const use = tryNameUse(value, prefix);
    if (use !== undefined)
      return { problem: `the ${name} ${value} is ${use} of ${network}`, fix: `use the ${name} of a single machine` };
  }
  if (gateway === address)
    return { problem: `the VM and the gateway both have the address ${address}`, fix: 'use different addresses' };
  const subnet = new BlockList();
  subnet.addSubnet(address, prefix);
  if (subnet.check(gateway)) return undefined;
  return { problem: `the gateway ${gateway} is outside of ${network}`, fix: 'correct the prefix or the gateway' };
}

/** What an address is instead of that of a machine. A /31 has two machines and nothing else: RFC 3021. */
function tryNameUse(address: string, prefix: number): string | undefined {
  if (prefix > 30) return undefined;
  const host = toNumber(address) % 2 ** (32 - prefix);
  if (host === 0) return 'the network address';
  return host === 2 ** (32 - prefix) - 1 ? 'the broadcast address' : undefined;
}

function toNumber(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}
