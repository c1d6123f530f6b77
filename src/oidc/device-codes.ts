import { errors, Provider } from 'oidc-provider';
import { addPendingEvent } from '../domain/audit/pending-events.ts';
import { DEVICE_GRANT } from '../domain/clients/kinds.ts';
import { deviceGuessClaims, headerFields, type Limits, networkOf } from '../domain/rate-limits/policy.ts';
import type { RateLimits } from '../domain/rate-limits/store.ts';
import { type Clock, epochSeconds } from '../kernel/clock.ts';
import { sha256 } from '../kernel/crypto.ts';
import { currentUnit } from '../storage/unit-of-work.ts';
import type { Payload } from './artifact-store.ts';
import { DEVICE_AUTHORIZATION_PATH } from './device-endpoints.ts';
import { beforeEveryGrant } from './internals.ts';

/** How often devices ask, and how often people type a code that is not right (RFC 8628, sections 3.5, 5.1 and 5.2). */

export interface DeviceLimits {
  readonly rateLimits: Pick<RateLimits, 'take' | 'giveBack'>;
  readonly limits: Limits;
  readonly clock: Clock;
}

/** So many wrong codes came from this browser or its address that no other one is looked at. */
export class TooManyGuesses extends errors.OIDCProviderError {
  override readonly error_description = 'too many codes were wrong; see Retry-After';
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super(429, 'temporarily_unavailable');
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Why a code that was typed signs no device in. */
function refusalOf(code: Payload | undefined, now: number): 'unknown' | 'expired' | 'used' | undefined {
  if (code === undefined) return 'unknown';
  if (typeof code.exp !== 'number' || code.exp <= now) return 'expired';
  const isUsed = code.inFlight === true || code.accountId !== undefined || code.error !== undefined;
  return isUsed ? 'used' : undefined;
}

/**
 * Looks up a code that somebody has typed. A point is taken before it is looked up and given back where it was right, so that
 * of any number of guesses at the same moment, on whatever nodes, no more are looked up than may be wrong (decision 9). Throws
 * {@link TooManyGuesses}.
 */
export function createUserCodeGuard({ rateLimits, limits, clock }: DeviceLimits) {
  return async (find: () => Promise<Payload | undefined>): Promise<Payload | undefined> => {
    const { ctx } = Provider;
    const claims = deviceGuessClaims(limits, {
      address: ctx?.ip ?? '',
      browser: ctx?.oidc.session?.uid ?? '',
    });
    const { refusedBy, first } = await rateLimits.take(claims);
    if (refusedBy !== undefined) {
      if (first) noteExceeded(refusedBy.limit.name);
      throw new TooManyGuesses(refusedBy.resetSeconds);
    }
    const code = await find();
    const reason = refusalOf(code, epochSeconds(clock.now()));
    if (reason === undefined) await rateLimits.giveBack(claims);
    else {
      addPendingEvent(currentUnit(), {
        type: 'device_sign_in.code_refused',
        outcome: 'failure',
        ...(typeof code?.clientId === 'string' ? { client: code.clientId } : {}),
        details: { reason },
      });
    }
    return code;
  };
}

function noteExceeded(limit: string): void {
  addPendingEvent(currentUnit(), { type: 'rate_limit.exceeded', outcome: 'failure', details: { limit } });
}

/**
 * Bounds how many codes are asked for from one address: each that waits is one more that a guess may hit. Before the client is
 * looked at, since most are public.
 */
export function limitDeviceRequests(provider: Provider, { rateLimits, limits }: DeviceLimits): void {
  provider.use(async (ctx, next) => {
    if (ctx.path !== DEVICE_AUTHORIZATION_PATH || ctx.method !== 'POST') return next();
    const claim = { limit: limits.deviceCodesPerAddress, key: networkOf(ctx.ip) };
    const { standings, refusedBy, first } = await rateLimits.take([claim]);
    const fields = headerFields(standings);
    if (fields !== undefined) {
      ctx.set('RateLimit-Policy', fields.policy);
      ctx.set('RateLimit', fields.limit);
    }
    if (refusedBy === undefined) return next();
    if (first) noteExceeded(refusedBy.limit.name);
    ctx.set('Retry-After', String(refusedBy.resetSeconds));
    ctx.set('Cache-Control', 'no-store');
    ctx.status = 429;
    ctx.body = {
      error: 'temporarily_unavailable',
      error_description: 'too many requests came in a short time; see Retry-After',
    };
  });
}

/**
 * Answers `slow_down` to a device that asks again too early (RFC 8628, section 3.5), whatever became of its code. Of many requests
 * with one code at the same moment one goes on, on all nodes together.
 */
export function slowDevicesDown(provider: Provider, { rateLimits, limits }: DeviceLimits): void {
  beforeEveryGrant(provider, async ({ oidc: { params } }) => {
    const { grant_type: grant, device_code: code } = (params ?? {}) as Record<string, unknown>;
    if (grant !== DEVICE_GRANT || typeof code !== 'string') return;
    const key = sha256(code).toString('base64url');
    const { refusedBy } = await rateLimits.take([{ limit: limits.devicePolls, key }]);
    if (refusedBy !== undefined) throw new errors.SlowDown();
  });
}
