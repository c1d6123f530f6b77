import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Whether a host is this machine for certain: a Unix socket, `localhost` or a loopback address (RFC 1122, section 3.2.1.3;
 * RFC 4291, section 2.5.3). Any other name counts as another machine, whatever it resolves to at the moment.
 */
export function isThisMachine(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (bare.startsWith('/') || bare === 'localhost') return true;
  const family = isIP(bare);
  // A BlockList compares an IPv4-mapped address (::ffff:127.0.0.1) as the IPv4 address that it is.
  return family !== 0 && loopback.check(bare, family === 4 ? 'ipv4' : 'ipv6');
}
