/**
 * Whether an access token was taken back before its time: one bit of a signed list, which is the same for everybody and tells
 * Gatehouse nothing of who calls (Token Status List, draft-ietf-oauth-status-list). A copy of the list serves every request
 * until its `ttl` is over; then it is asked for again, which mostly costs a 304.
 *
 * Fails closed: while the list cannot be had the last copy goes on to count until its own end (`exp`, five minutes), and after
 * that no token is accepted. A service that would rather take a revoked token than stand still lets {@link StatusUnknown} pass.
 */
import { inflateSync } from 'node:zlib';
import { type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';

/** Nobody can say whether the token is good: the service is unavailable, not the caller unwelcome. */
export class StatusUnknown extends Error {}

interface Copy {
  readonly bits: Buffer;
  readonly tag: string;
  readonly ttl: number;
  /** When to ask again, and until when it counts where there is no answer; in seconds since the epoch. */
  readonly freshUntil: number;
  readonly endsAt: number;
}

const WAIT_MS = 3_000;
/** Seconds until a list is asked for again that could not be had. */
const RETRY = 2;
/** What a list may say of how long it is fresh, in seconds; anything else is a mistake of somebody’s. */
const [SHORTEST, LONGEST] = [1, 3_600];
const MOST_BYTES = 2 ** 20;
/** Lists whose tokens may still be in use; the one that was asked for longest ago goes. */
const MOST_COPIES = 64;

const now = () => Date.now() / 1000;

/** A copy as it is when it has just come or was confirmed. */
const fresh = (copy: Omit<Copy, 'freshUntil'>): Copy => ({
  ...copy,
  freshUntil: Math.min(now() + copy.ttl, copy.endsAt),
});

export function createStatusCheck(issuer: string, keys: JWTVerifyGetKey) {
  const copies = new Map<string, Promise<Copy>>();

  async function fetchCopy(uri: string, old: Copy | undefined): Promise<Copy> {
    const answer = await fetch(uri, {
      headers: old === undefined ? {} : { 'if-none-match': old.tag },
      redirect: 'error',
      signal: AbortSignal.timeout(WAIT_MS),
    });
    if (answer.status === 304 && old !== undefined) return fresh(old);
    if (answer.status !== 200) throw new Error(`no status list: ${answer.status}`);
    const { payload } = await jwtVerify(await answer.text(), keys, {
      issuer,
      subject: uri,
      typ: 'statuslist+jwt',
      algorithms: ['RS256', 'ES256', 'EdDSA'],
      requiredClaims: ['exp', 'ttl', 'status_list'],
    });
    const { bits: size, lst } = payload.status_list as { bits: number; lst: string };
    if (size !== 1) throw new Error('a status list with more than two kinds of status');
    const ttl = Math.min(Math.max(Number(payload.ttl) || 0, SHORTEST), LONGEST);
    const bits = inflateSync(Buffer.from(lst, 'base64url'), { maxOutputLength: MOST_BYTES });
    const tag = answer.headers.get('etag') ?? '';
    return fresh({ bits, tag, ttl, endsAt: Number(payload.exp) });
  }

  /** A copy that is past its end is none: it neither counts nor is it confirmed. */
  async function renew(uri: string, known: Copy | undefined): Promise<Copy> {
    const old = known !== undefined && known.endsAt > now() ? known : undefined;
    try {
      return await fetchCopy(uri, old);
    } catch (cause) {
      if (old !== undefined) return { ...old, freshUntil: now() + RETRY };
      copies.delete(uri);
      throw new StatusUnknown('the status of the access token cannot be had', { cause });
    }
  }

  /** Whoever comes while a list is asked for waits for the same answer. */
  async function copyOf(uri: string): Promise<Copy> {
    const known = copies.get(uri);
    const copy = await known;
    if (copy !== undefined && copy.freshUntil > now()) return copy;
    if (copies.get(uri) === known) {
      copies.delete(uri);
      copies.set(uri, renew(uri, copy));
      if (copies.size > MOST_COPIES) copies.delete(copies.keys().next().value ?? '');
    }
    return copyOf(uri);
  }

  /** Takes the claims of a token that was verified. Throws {@link StatusUnknown}. */
  return async function isRevoked({ status }: JWTPayload): Promise<boolean> {
    const { uri, idx } = (status as { status_list: { uri: string; idx: number } }).status_list;
    const { bits } = await copyOf(uri);
    // Section 8.3: a token whose place is beyond the list is not good either.
    const byte = bits[idx >> 3];
    return byte === undefined || ((byte >> (idx & 7)) & 1) === 1;
  };
}
