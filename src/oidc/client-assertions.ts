import { type Configuration, errors } from 'oidc-provider';
import { z } from 'zod';
import { type Clock, epochSeconds } from '../kernel/clock.ts';
import { isStorable } from '../kernel/text.ts';

/** What a client assertion is judged by, beside its signature. */
export interface AssertionRules {
  readonly issuer: string;
  /** The path of the endpoint that a route of the provider's has; undefined for a route that is no endpoint. */
  readonly pathOf: (route: string) => string | undefined;
  readonly clock: Clock;
  /** Seconds that a client's clock may be off. */
  readonly clockTolerance: number;
}

/** An assertion is made for one request; nobody needs one that is good for longer than this many seconds. */
const LONGEST_SECONDS = 3_600;
const LONGEST_ID = 256;
/** RFC 8725, section 3.12: a JWT that the client has signed for another purpose says so here, and is no assertion. */
const TYPES = ['jwt', 'client-authentication+jwt'];

/** RFC 7519, section 2, but bounded: 2^40 seconds are 34,000 years, and every date of ours can hold them. */
const numericDate = z
  .number()
  .min(0)
  .max(2 ** 40);

const claimsSchema = z.looseObject({
  exp: numericDate,
  iat: numericDate.optional(),
  nbf: numericDate.optional(),
  jti: z.string().min(1).max(LONGEST_ID).refine(isStorable),
  aud: z.union([z.string(), z.array(z.string()).min(1)]),
});

/**
 * Vets the claims of a client assertion (RFC 7523, section 3) after its signature and before its `jti` is used up, at every
 * endpoint where clients authenticate themselves. Times are bounded, an assertion lives an hour at most, and its audience
 * names this server and nobody else: what may be shown to another server as well could be taken from there and shown here
 * (draft-ietf-oauth-rfc7523bis). The addresses are those of the configured issuer, whatever `Host` a request brings.
 * Throws `invalid_client`; the reason is in its detail, for the log.
 */
export function vetClientAssertion({
  issuer,
  pathOf,
  clock,
  clockTolerance,
}: AssertionRules): NonNullable<Configuration['assertJwtClientAuthClaimsAndHeader']> {
  return async (ctx, claims, header) => {
    const parsed = claimsSchema.safeParse(claims);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw refusal(`client assertion: ${issue?.path.join('.')}: ${issue?.message}`);
    }
    const { exp, iat, nbf, aud } = parsed.data;
    const now = epochSeconds(clock.now());
    if (
      exp > now + LONGEST_SECONDS + clockTolerance ||
      exp - (iat ?? now) > LONGEST_SECONDS + clockTolerance
    ) {
      throw refusal(`a client assertion may not live for more than ${LONGEST_SECONDS} seconds`);
    }
    if (iat !== undefined && (iat > now + clockTolerance || iat > exp)) {
      throw refusal('the client assertion was issued in the future');
    }
    if (nbf !== undefined && nbf > exp) throw refusal('the client assertion ends before it begins');
    const accepted = new Set([
      issuer,
      ...[pathOf('token'), pathOf(ctx.oidc.route)].map((path) => `${issuer}${path}`),
    ]);
    if (![aud].flat().every((each) => accepted.has(each))) {
      throw refusal('the audience of a client assertion must be the issuer, and nobody beside it');
    }
    if (!isAssertionType(header.typ)) throw refusal('a JWT of this type is no client assertion');
  };
}

const isAssertionType = (typ: unknown): boolean =>
  typ === undefined ||
  (typeof typ === 'string' && TYPES.includes(typ.toLowerCase().replace(/^application\//u, '')));

const refusal = (reason: string) => new errors.InvalidClientAuth(reason);
