import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import { addPendingEvent } from '../domain/audit/pending-events.ts';
import { type Claim, headerFields, type Limit, networkOf } from '../domain/rate-limits/policy.ts';
import type { RateLimits } from '../domain/rate-limits/store.ts';
import { currentUnit } from '../storage/unit-of-work.ts';
import { beforeEveryGrant } from './internals.ts';
import { byProvenActor } from './proven-actor.ts';

export interface TokenLimit {
  readonly rateLimits: Pick<RateLimits, 'take'>;
  readonly limit: Limit;
}

/** The protocol has no word of its own for it; this one tells a client that trying again later helps (RFC 6749, 4.1.2.1). */
export class TooManyTokenRequests extends errors.OIDCProviderError {
  override readonly error_description = 'too many requests came in a short time; see Retry-After';

  /** Whether it is the request with which the limit was exceeded. */
  readonly first: boolean;

  constructor(first: boolean) {
    super(429, 'temporarily_unavailable');
    this.first = first;
  }
}

/**
 * Bounds how often one client may ask for tokens. It is counted once the client has proven who it is, so that nobody else
 * can use up what it has; one that cannot prove it is counted by where it comes from as well.
 */
export function limitTokenRequests(provider: Provider, { rateLimits, limit }: TokenLimit): void {
  beforeEveryGrant(provider, async (ctx) => {
    const { standings, refusedBy, first } = await rateLimits.take([claimOf(ctx, limit)]);
    const fields = headerFields(standings);
    if (fields !== undefined) {
      ctx.set('RateLimit-Policy', fields.policy);
      ctx.set('RateLimit', fields.limit);
    }
    if (refusedBy === undefined) return;
    ctx.set('Retry-After', String(refusedBy.resetSeconds));
    const client = ctx.oidc.client?.clientId;
    if (first) {
      addPendingEvent(currentUnit(), {
        type: 'rate_limit.exceeded',
        outcome: 'failure',
        ...(client === undefined ? {} : { client }),
        ...byProvenActor(ctx),
        details: { limit: limit.name },
      });
    }
    throw new TooManyTokenRequests(first);
  });
}

function claimOf(ctx: KoaContextWithOIDC, limit: Limit): Claim {
  const { client } = ctx.oidc;
  const id = client?.clientId ?? '';
  return { limit, key: client?.clientAuthMethod === 'none' ? `${id} ${networkOf(ctx.ip)}` : id };
}
