import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { networkMatcher } from '../../kernel/addresses.ts';

/** Which addresses may be connected to (IANA's registries of special-purpose addresses; OWASP ASVS 13.2.4). */

const SPECIAL_V4: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Within the one block that is given out for global use. */
const SPECIAL_V6: readonly [string, number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
];

const special = new BlockList();
for (const [net, prefix] of SPECIAL_V4) special.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of SPECIAL_V6) special.addSubnet(net, prefix, 'ipv6');

const globalV6 = new BlockList();
globalV6.addSubnet('2000::', 3, 'ipv6');

/** False for every address of a machine or a network inside, however it is written, and for whatever is no address. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !special.check(address, 'ipv4');
  // IPv4 in IPv6's clothes, translated and local addresses are all outside the global block.
  return isIPv6(address) && globalV6.check(address, 'ipv6') && !special.check(address, 'ipv6');
}

/** Where clouds tell a machine its own secrets, apart from link-local addresses. */
const CLOUDS_V4 = ['100.100.100.200', '168.63.129.16', '192.0.0.192'];
const CLOUDS_V6 = ['fd00:ec2::/32', 'fd20:ce::254', 'fd00:c1::a9fe:a9fe', 'fd00:100::100:200', 'fd00:42::42'];

/**
 * What is never reached and no operator can open: this machine, whoever is on the same wire, everybody at once, addresses that
 * carry another one in themselves, and the secrets of clouds, one of which keeps them at an address that looks public. A list
 * for each family: Node.js takes IPv4 for the part of IPv6 that stands for it.
 */
const NEVER_V4 = networkMatcher([
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  ...CLOUDS_V4,
]);
const NEVER_V6 = networkMatcher(['::/8', '2001::/32', '2002::/16', 'fe80::/10', 'ff00::/8', ...CLOUDS_V6]);

/** Says whether an address may be connected to. Whatever is no address may not. */
export type MayReach = (address: string) => boolean;

/**
 * The public Internet, and the networks inside (addresses or CIDR ranges) that the operator has named; never what nobody can
 * open, however wide a range is.
 */
export function reachableAddresses(allowed: readonly string[]): MayReach {
  const isAllowed = networkMatcher(allowed);
  return (address) => {
    const family = isIP(address);
    if (family === 0 || address.includes('%')) return false;
    const isNever = family === 4 ? NEVER_V4 : NEVER_V6;
    return !isNever(address) && (isPublicAddress(address) || isAllowed(address));
  };
}
