import { BlockList, isIP } from 'node:net';

/** Internet addresses as people and proxies write them. */

const MAPPED_DOTTED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const MAPPED_HEXADECIMAL = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/**
 * One spelling for each address: IPv6 compressed and lower case (RFC 5952), IPv4 mapped into IPv6 as the IPv4 that it
 * is, no zone. Undefined for what is no address.
 */
export function canonicalAddress(text: string): string | undefined {
  const [address = ''] = text.split('%', 1);
  const family = isIP(address);
  if (family !== 6) return family === 4 ? address : undefined;
  const dotted = MAPPED_DOTTED.exec(address)?.[1];
  if (dotted !== undefined) return dotted;
  // The URL standard's host serializer writes IPv6 as RFC 5952 asks.
  const compressed = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = MAPPED_HEXADECIMAL.exec(compressed);
  if (mapped === null) return compressed;
  const [high, low] = [Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** Verdicts that are kept: the addresses of proxies come again with every request. */
const MOST_KEPT = 1_000;

/** Whether a canonical address is in one of the networks, which are addresses or CIDR ranges. */
export function networkMatcher(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [text = '', prefix] = network.split('/');
    const address = canonicalAddress(text);
    if (address === undefined) throw new Error(`"${network}" is no address or range`);
    const wasMapped = isIP(text) === 6 && isIP(address) === 4;
    const bits = prefix === undefined ? undefined : Number(prefix) - (wasMapped ? 96 : 0);
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, bits, familyOf(address));
  }
  const kept = new Map<string, boolean>();
  return (address) => {
    const known = kept.get(address);
    if (known !== undefined) return known;
    const contained = list.check(address, familyOf(address));
    if (kept.size < MOST_KEPT) kept.set(address, contained);
    return contained;
  };
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
