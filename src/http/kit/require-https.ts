import type { IncomingHttpHeaders } from 'node:http';
import type { Context, Middleware } from 'koa';
import { sha256 } from '../../kernel/crypto.ts';
import { badRequest, GatehouseError } from '../../kernel/errors.ts';
import { type Arrival, arrivalOf } from './proxy.ts';
import type { ProxyWarnings } from './proxy-warnings.ts';
import { createRepetitions } from './repetitions.ts';

/** Probes of an orchestrator come straight to the process, by plain http. */
const HEALTH = /^\/health\/(live|ready)$/;

/**
 * For an issuer at https, behind `useForwarding`: what did not come by https is refused, or, where a trusted proxy says that its
 * client used plain http, sent to the issuer's https address. Nothing is redirected that would come back the same way:
 * whatever points to a proxy that is set up wrongly is answered once, with an error that names the setting (421, RFC 9110,
 * sections 7.4 and 15.5.20), and logged with the proxy's address. No answer of this may be kept by a cache.
 */
export function requireHttps(issuer: string, warnings: ProxyWarnings): Middleware {
  const redirected = createRepetitions({ most: 5, withinMilliseconds: 5_000 });
  return (ctx, next) => {
    if (ctx.secure || HEALTH.test(ctx.path)) return next();
    const arrival = arrivalOf(ctx.req);
    if (arrival === undefined || !arrival.trusted) throw untrusted(arrival, ctx, warnings);
    const problem = unclearProtocol(arrival.forwarding, ctx.headers);
    if (problem !== undefined) throw misconfigured(arrival, problem, warnings);
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
      // A redirect would repeat a body that has crossed the network in the clear already.
      throw badRequest('https_required', 'This address is served by https only.');
    }
    if (redirected.again(sha256(`${ctx.ip} ${ctx.originalUrl}`).toString('base64')))
      throw misconfigured(arrival, IN_CIRCLES, warnings);
    ctx.set('Cache-Control', 'no-store');
    ctx.status = 308;
    ctx.redirect(`${issuer}${ctx.originalUrl}`);
  };
}

const IN_CIRCLES = 'says http in X-Forwarded-Proto, also of requests that were just sent to https';

function untrusted(arrival: Arrival | undefined, ctx: Context, warnings: ProxyWarnings): GatehouseError {
  const peer = arrival?.peer ?? ctx.ip;
  warnings.untrusted(peer, Object.keys(arrival?.forwarding ?? {}).length > 0);
  return new GatehouseError('proxy_not_trusted', {
    status: 421,
    message:
      'This request came by plain http from an address that is not in TRUSTED_PROXIES. The log of Gatehouse has the ' +
      'address: if it is the proxy in front, put it into TRUSTED_PROXIES. Otherwise use the https address.',
  });
}

function misconfigured({ peer }: Arrival, problem: string, warnings: ProxyWarnings): GatehouseError {
  warnings.unclearProtocol(peer, problem);
  return new GatehouseError('proxy_misconfigured', {
    status: 421,
    message:
      `The proxy in front of Gatehouse (in TRUSTED_PROXIES) ${problem}. Let the proxy that ends TLS set ` +
      'X-Forwarded-Proto to https, and proxies behind it leave it so.',
  });
}

/**
 * What is wrong with what a trusted proxy says of the protocol, completing "the proxy …"; undefined where it says http, and
 * nothing speaks against it.
 */
function unclearProtocol(forwarding: IncomingHttpHeaders, headers: IncomingHttpHeaders): string | undefined {
  const given = forwarding['x-forwarded-proto'];
  if (given === undefined || String(given).trim() === '') {
    return 'forwarded' in forwarding
      ? 'sends Forwarded only, and no X-Forwarded-Proto'
      : 'does not send X-Forwarded-Proto';
  }
  const values = String(given)
    .split(',')
    .map((value) => value.trim().toLowerCase());
  if (values.at(-1) !== 'http') return 'sends an X-Forwarded-Proto that is neither http nor https';
  if (values.includes('https')) return 'adds http to an X-Forwarded-Proto that said https';
  const witness = httpsWitness(forwarding, headers);
  return witness && `says http in X-Forwarded-Proto, while ${witness}`;
}

/** What shows that the person's browser spoke https all the same, as it does behind two proxies of which only one knows. */
function httpsWitness(forwarding: IncomingHttpHeaders, headers: IncomingHttpHeaders): string | undefined {
  if (/proto="?https/i.test(String(forwarding.forwarded ?? ''))) return 'Forwarded says https';
  if (/^on$/i.test(String(forwarding['x-forwarded-ssl'] ?? ''))) return 'X-Forwarded-Ssl says on';
  if (/^https$/i.test(String(forwarding['x-forwarded-scheme'] ?? ''))) return 'X-Forwarded-Scheme says https';
  // Browsers send these over secure connections only (Fetch Metadata, section 2; RFC 6265bis, section 4.1.3).
  if ('sec-fetch-site' in headers) return 'the browser used https';
  if (/(?:^|;\s*)__(?:Host|Secure)-/i.test(headers.cookie ?? '')) return 'the browser used https';
  return undefined;
}
