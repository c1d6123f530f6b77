import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type Koa from 'koa';
import { canonicalAddress, networkMatcher } from '../../kernel/addresses.ts';

/**
 * From which address and by which protocol a request came: believed from the configured proxies only (RFC 9700, section 4.13).
 * This file leaves what depends on it (limits by address, the audit trail) to those who read `ctx.ip` behind it.
 */

export interface ForwardingOptions {
  /** Addresses and CIDR ranges, as the configuration checked them. */
  readonly trustedProxies: readonly string[];
  readonly issuer: string;
  /** Told of a trusted proxy that has taken a prefix off the path (`X-Forwarded-Prefix`), which is ignored. */
  readonly onPrefix?: (proxy: string) => void;
}

/**
 * What an application must use before everything else, logging included. Behind it `ctx.ip` is the client's address in one
 * spelling, `ctx.protocol` the protocol that the client spoke, and `ctx.host` the issuer's, whatever the request said: the
 * protocol library makes its links from `ctx.href`. Koa's `proxy` flag is set here and nowhere else, because it believes every
 * header that the cleaning below leaves.
 */
export function useForwarding(app: Koa, { trustedProxies, issuer, onPrefix }: ForwardingOptions): void {
  const trusted = networkMatcher(trustedProxies);
  const { host } = new URL(issuer);
  app.proxy = true;
  app.maxIpsCount = 1;
  app.proxyIpHeader = CLIENT;
  app.use((ctx, next) => {
    clean(ctx.req, trusted, host, onPrefix);
    ctx.originalUrl = ctx.req.url ?? '/';
    ctx.request.originalUrl = ctx.originalUrl;
    return next();
  });
}

/** By which protocol the client of a request spoke, for whoever answers before the application is asked. */
export function createProtocolOf(
  trustedProxies: readonly string[],
): (request: IncomingMessage) => 'http' | 'https' {
  const trusted = networkMatcher(trustedProxies);
  return ({ socket, headers }) => {
    const peer = canonicalAddress(socket.remoteAddress ?? '');
    return (peer !== undefined && trusted(peer) ? protocolOf(headers[PROTOCOL]) : undefined) ?? 'http';
  };
}

const CLIENT = 'x-forwarded-for';
const PROTOCOL = 'x-forwarded-proto';
const PREFIX = 'x-forwarded-prefix';

/** How a request arrived, before the headers that say so were dropped. For explaining what is wrong with a proxy, no more. */
export interface Arrival {
  /** The other end of the connection. */
  readonly peer: string;
  /** Whether the peer is in TRUSTED_PROXIES. */
  readonly trusted: boolean;
  /** Headers by which proxies tell of their clients, as they came; anybody may have written them. */
  readonly forwarding: Readonly<IncomingHttpHeaders>;
}

const arrivals = new WeakMap<IncomingMessage, Arrival>();

/** How a request arrived that has passed {@link useForwarding} and did not come by https. */
export const arrivalOf = (request: IncomingMessage): Arrival | undefined => arrivals.get(request);

/** Leaves exactly two forwarding headers with one value each, both vouched for by a trusted proxy or by the socket. */
function clean(
  request: IncomingMessage,
  trusted: (address: string) => boolean,
  host: string,
  onPrefix: ForwardingOptions['onPrefix'],
): void {
  const { headers } = request;
  const peer = canonicalAddress(request.socket.remoteAddress ?? '');
  const believed = peer !== undefined && trusted(peer);
  const client = believed ? clientOf(headers[CLIENT], peer, trusted) : peer;
  const protocol = believed ? protocolOf(headers[PROTOCOL]) : undefined;
  if (believed && (headers[PREFIX] ?? '/') !== '/') onPrefix?.(peer);
  if (protocol !== 'https') {
    arrivals.set(request, { peer: peer ?? 'unknown', trusted: believed, forwarding: forwardingOf(headers) });
  }
  dropForwarding(headers);
  if (client !== undefined) headers[CLIENT] = client;
  if (protocol !== undefined) headers[PROTOCOL] = protocol;
  headers.host = host;
  request.url = originForm(request.url ?? '/');
}

const FORWARDING =
  /^(x-forwarded-|forwarded$|x-real-ip$|x-client-ip$|true-client-ip$|cf-connecting-ip$|x-original-|x-rewrite-)/;

const forwardingOf = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => FORWARDING.test(name)));

function dropForwarding(headers: IncomingHttpHeaders): void {
  for (const name of Object.keys(headers)) if (FORWARDING.test(name)) delete headers[name];
}

/**
 * Each proxy adds the address that it saw at the right. Walking from there, the first address that is not a trusted
 * proxy is the client; what stands left of it, the client may have written itself. Behind an entry that is no address
 * nothing is known, so the proxy that passed it on counts as the client.
 */
export function clientOf(
  header: string | string[] | undefined,
  peer: string,
  trusted: (address: string) => boolean,
): string {
  const entries = String(header ?? '').split(',');
  let client = peer;
  for (let index = entries.length - 1; index >= 0 && trusted(client); index -= 1) {
    const address = forwardedAddress(entries[index] ?? '');
    if (address === undefined) return client;
    client = address;
  }
  return client;
}

/** An entry of a forwarding header: an address, which some proxies give with a port. */
function forwardedAddress(entry: string): string | undefined {
  const text = entry.trim();
  const bare = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text;
  return bare.includes('%') ? undefined : canonicalAddress(bare);
}

/** The value of the last proxy, the only one that we trust. Anything but the two names counts for nothing. */
function protocolOf(header: string | string[] | undefined): 'http' | 'https' | undefined {
  const last = String(header ?? '')
    .split(',')
    .at(-1)
    ?.trim()
    .toLowerCase();
  return last === 'http' || last === 'https' ? last : undefined;
}

/**
 * A target in absolute form (RFC 9112, section 3.2.2) names a host of its own, which Koa would take for ours. Whatever
 * else does not begin with a slash (`OPTIONS *`) becomes a path at which there is nothing.
 */
function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const url = URL.parse(target);
  return url?.pathname.startsWith('/') ? `${url.pathname}${url.search}` : `/${target}`;
}
