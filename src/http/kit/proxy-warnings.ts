import { canonicalAddress } from '../../kernel/addresses.ts';
import type { Logger } from '../../log.ts';
import type { ForeignProtocol } from './door.ts';

/**
 * What the log says of proxies that are not set up as Gatehouse needs it: once for each address and mistake, so that
 * neither a busy proxy nor a stranger can fill the log.
 */
export interface ProxyWarnings {
  /** Requests came by plain http from an address that is not in TRUSTED_PROXIES. */
  untrusted(address: string, sentForwarding: boolean): void;
  /** A trusted proxy does not say, or contradicts, by which protocol its client came. */
  unclearProtocol(address: string, problem: string): void;
  /** A trusted proxy says that it has taken a prefix off the path. */
  prefix(address: string): void;
  /** The first bytes of a connection are those of another protocol than HTTP/1.1. */
  foreignProtocol(protocol: ForeignProtocol, address: string): void;
}

/** Of so many addresses and mistakes the log tells; after them, one line says that there are more. */
const MOST_TOLD = 50;

const SETUP = 'examples/proxies shows a setup that works';

export function createProxyWarnings(log: Pick<Logger, 'warn'>): ProxyWarnings {
  const told = new Set<string>();
  const once = (kind: string, address: string, message: string) => {
    const key = `${kind} ${address}`;
    if (told.has(key) || told.size > MOST_TOLD) return;
    told.add(key);
    if (told.size > MOST_TOLD) log.warn('more proxies that are set up wrongly are not logged');
    else log.warn({ proxy: address }, message);
  };
  return {
    untrusted: (address, sentForwarding) =>
      once(
        'untrusted',
        address,
        `TRUSTED_PROXIES does not hold ${address}, from which plain http came ${
          sentForwarding ? 'with' : 'without'
        } forwarding headers; it was refused. If this is your proxy, put the address, or its network, into TRUSTED_PROXIES`,
      ),
    unclearProtocol: (address, problem) =>
      once(
        'protocol',
        address,
        `the proxy ${address} ${problem}; it was refused. The proxy that ends TLS has to set X-Forwarded-Proto to https, ` +
          `and proxies behind it have to leave it so; ${SETUP}`,
      ),
    prefix: (address) =>
      once(
        'prefix',
        address,
        `the proxy ${address} sends X-Forwarded-Prefix, which is ignored: Gatehouse needs a host name of its own and is ` +
          'served at its root, so the proxy must not take a prefix off the path',
      ),
    foreignProtocol: (protocol, given) => {
      const address = canonicalAddress(given) ?? 'unknown';
      once(
        protocol,
        address,
        `${protocol} came from ${address} to a port for plain HTTP/1.1; it was refused. If this is your proxy, ` +
          `${REMEDY[protocol]}`,
      );
    },
  };
}

const REMEDY: Record<ForeignProtocol, string> = {
  'the PROXY protocol':
    'switch it off there (nginx: proxy_protocol, HAProxy: send-proxy); the client’s address goes into X-Forwarded-For',
  TLS: 'let it speak http:// to Gatehouse: TLS ends at the proxy',
  'HTTP/2': 'let it speak HTTP/1.1 to Gatehouse',
};
