import { lookup as systemLookup } from 'node:dns';
import { type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { MayReach } from './addresses.ts';

/** What a client said to a notice; or why there is no answer, in words for operators. */
export type Answer = { readonly status: number; readonly retryAfter?: number } | { readonly problem: string };

/** Brings a logout token to where a client takes it. Resolves in any case but that of an aborted `signal`. */
export type PostLogoutToken = (uri: string, token: string, signal: AbortSignal) => Promise<Answer>;

export interface PostOptions {
  /** From the look at the name to the status of the answer. */
  readonly timeoutSeconds: number;
  /** Judges every address before it is connected to. */
  readonly mayReach: MayReach;
  readonly lookup?: typeof systemLookup;
}

/** Asked to connect to what must not be reached. */
class InnerAddress extends Error {
  readonly code = 'INNER_ADDRESS';
}

/**
 * Posts the token as the specification has it (OpenID Connect Back-Channel Logout 1.0, section 2.5). Follows no redirect,
 * reads nothing but status and `Retry-After`, and refuses an inner address before it connects: the addresses that are
 * judged are those that are connected to, so a name cannot change its mind in between.
 */
export function createPostLogoutToken({
  timeoutSeconds,
  mayReach,
  lookup = systemLookup,
}: PostOptions): PostLogoutToken {
  const guarded = guardLookup(lookup, mayReach);
  return async (uri, token, signal) => {
    const url = new URL(uri);
    const literal = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0 && !mayReach(literal)) return { problem: INNER };
    const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
    try {
      return await post(url, token, {
        lookup: guarded,
        signal: AbortSignal.any([timeout, signal]),
      });
    } catch (error) {
      if (signal.aborted) throw error;
      return { problem: timeout.aborted ? `no answer within ${timeoutSeconds} s` : problemOf(error) };
    }
  };
}

const INNER = 'its address is inside, and in none of LOGOUT_ALLOWED_NETWORKS';

function post(url: URL, token: string, options: RequestOptions): Promise<Answer> {
  const body = new URLSearchParams({ logout_token: token }).toString();
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(url, {
      ...options,
      method: 'POST',
      agent: false,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Gatehouse',
      },
    });
    request.once('response', ({ statusCode = 0, headers }) => {
      // Whatever else it says, and however long that takes, is not for us.
      request.destroy();
      const wait = headers['retry-after'];
      resolve({ status: statusCode, ...(/^\d{1,6}$/.test(wait ?? '') ? { retryAfter: Number(wait) } : {}) });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Looks names up, and refuses one as soon as one of its addresses must not be reached. */
export function guardLookup(lookup: typeof systemLookup, mayReach: MayReach): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 0);
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => mayReach(address))) {
        return callback(new InnerAddress(INNER), '', 0);
      }
      if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** Of libraries' messages only their codes: they repeat addresses, and those may be nobody's business. */
function problemOf(error: unknown): string {
  if (error instanceof InnerAddress) return error.message;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[A-Z_0-9]{3,64}$/.test(code)
    ? `no connection: ${code}`
    : 'no connection';
}
