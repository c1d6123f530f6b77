import type { Context } from 'koa';
import type { AuditEvent } from '../../domain/audit/events.ts';

/** How the audit trail names the caller. */
export type AuditedCaller = Pick<AuditEvent, 'actor' | 'account' | 'client'>;

/** Who may call a route: what its description says of it, and the check. */
export interface Access<Caller> {
  readonly kind: 'none' | 'bearer' | 'session-token';
  /** The scope that the token has to have. */
  readonly scope?: string;
  /** The caller. Throws {@link AccessRefused} (401, 403), or 400 for a token where none may be. */
  authenticate(ctx: Context): Promise<Caller>;
  audited?(caller: Caller): AuditedCaller;
}

/** Everybody: the answer is the same for all. */
export const PUBLIC: Access<undefined> = { kind: 'none', authenticate: async () => undefined };

/**
 * The token of a request with `Authorization: Bearer`, from that header alone: in an address or a form a token would end up in logs
 * (RFC 6750, sections 2.2 and 2.3).
 */
export const bearerToken = (ctx: Context): string | undefined =>
  /^Bearer +([\w.~+/-]+=*)$/i.exec(ctx.get('Authorization'))?.[1];

/** The value of `WWW-Authenticate` (RFC 6750, section 3). Without a token there is nothing wrong with it: no `error`. */
export function bearerChallenge(
  realm: string,
  refusal: {
    readonly error?: string;
    readonly error_description?: string;
    readonly scope?: string;
    /** RFC 9470, section 3. */
    readonly acr_values?: string;
    readonly max_age?: string;
  } = {},
): string {
  const parameters = Object.entries({ realm, ...refusal }).filter(([, value]) => value !== undefined);
  return `Bearer ${parameters.map(([name, value]) => `${name}="${value}"`).join(', ')}`;
}
