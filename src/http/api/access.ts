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
  /** Asked once the call was counted: throws {@link AccessRefused} (403) where the caller may not call this. */
  admit?(ctx: Context, caller: Caller): void;
  audited?(caller: Caller): AuditedCaller;
  /** What is answered where the route itself refuses the caller with this error; undefined for what it says by itself. */
  refusal?(ctx: Context, error: unknown): Error | undefined;
}

/** Everybody: the answer is the same for all. */
export const PUBLIC: Access<undefined> = { kind: 'none', authenticate: async () => undefined };

/** How a token is presented: by itself (RFC 6750), or with a proof of the key to which it is bound (RFC 9449, section 7.1). */
export type Scheme = 'Bearer' | 'DPoP';

/**
 * The token of a request and its scheme, from the header `Authorization` alone: in an address or a form a token would end up in logs
 * (RFC 6750, sections 2.2 and 2.3).
 */
export function credentials(ctx: Context): { readonly scheme: Scheme; readonly token: string } | undefined {
  const [, scheme = '', token = ''] = /^(Bearer|DPoP) +([\w.~+/-]+=*)$/i.exec(ctx.get('Authorization')) ?? [];
  if (token === '') return undefined;
  return { scheme: scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer', token };
}

/** The same where nothing but a bearer token will do. */
export function bearerToken(ctx: Context): string | undefined {
  const given = credentials(ctx);
  return given?.scheme === 'Bearer' ? given.token : undefined;
}

/** A value of `WWW-Authenticate` (RFC 9110, section 11.6.1); what is undefined is left out. */
export function challenge(
  scheme: Scheme,
  parameters: Readonly<Record<string, string | number | undefined>>,
): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return `${scheme} ${given.map(([name, value]) => `${name}="${value}"`).join(', ')}`;
}

/** The one of RFC 6750, section 3. Without a token there is nothing wrong with it: no `error`. */
export const bearerChallenge = (
  realm: string,
  refusal: { readonly error?: string; readonly error_description?: string; readonly scope?: string } = {},
): string => challenge('Bearer', { realm, ...refusal });
