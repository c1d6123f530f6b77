import { z } from 'zod';
import type { InPlaceSigningKey } from './signing.ts';
import { indexOf, referenceSchema } from './status-reference.ts';

/** RFC 9068, section 2.1: by this a JWT is an access token, and not one of the other things that have our signature. */
const ACCESS_TOKEN_TYPE = 'at+jwt';

const headerSchema = z.object({
  alg: z.string(),
  kid: z.string(),
  typ: z.literal(ACCESS_TOKEN_TYPE),
  // We know no extension, so whatever is marked as one that must be understood is refused (RFC 7515, section 4.1.11).
  crit: z.undefined().optional(),
});

const claimsSchema = z.looseObject({
  iss: z.string(),
  sub: z.string(),
  client_id: z.string(),
  jti: z.string(),
  aud: z.string(),
  scope: z.string().optional(),
  iat: z.int(),
  exp: z.int(),
  status: referenceSchema,
});

export interface OwnAccessToken {
  readonly claims: z.infer<typeof claimsSchema>;
  readonly statusIndex: number;
}

const segment = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64url').toString());

/**
 * What a JWT access token of ours says; undefined for everything else: another kind of JWT, another issuer's, one that has
 * expired, and one that somebody has altered. Only the key that the header names is tried, with that key's own algorithm
 * (RFC 8725, section 3.1).
 */
export function readOwnAccessToken(
  token: string,
  { keys, issuer, now }: { keys: readonly InPlaceSigningKey[]; issuer: string; now: Date },
): OwnAccessToken | undefined {
  const [, head, body, signature] = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/u.exec(token) ?? [];
  if (head === undefined || body === undefined || signature === undefined) return undefined;
  try {
    const header = headerSchema.parse(segment(head));
    const key = keys.find(({ kid, alg }) => kid === header.kid && alg === header.alg);
    const isOurs = key?.verify(Buffer.from(`${head}.${body}`), Buffer.from(signature, 'base64url'));
    if (isOurs !== true) return undefined;
    const claims = claimsSchema.parse(segment(body));
    const statusIndex = indexOf(issuer, claims.status);
    if (claims.iss !== issuer || claims.exp * 1000 <= now.getTime() || statusIndex === undefined) {
      return undefined;
    }
    return { claims, statusIndex };
  } catch {
    return undefined;
  }
}

/** A JWT in its compact form (RFC 7515, section 3.1) of the kind `typ`, signed by `key`. */
export async function signJwt(key: InPlaceSigningKey, typ: string, claims: object): Promise<string> {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const data = `${encode({ alg: key.alg, kid: key.kid, typ })}.${encode(claims)}`;
  return `${data}.${Buffer.from(await key.sign(Buffer.from(data))).toString('base64url')}`;
}
