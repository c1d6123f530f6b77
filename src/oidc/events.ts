import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { AuditEvent } from '../domain/audit/events.ts';
import { noteAudit } from '../domain/audit/notes.ts';
import { currentUnit } from '../storage/unit-of-work.ts';

/**
 * What the protocol tells the audit trail. The provider emits its events while it answers, so each is noted in the unit
 * of work of the request and committed with what it tells of, before the answer leaves.
 */
export function auditProviderEvents(provider: Provider): void {
  const note = (event: AuditEvent) => noteAudit(currentUnit(), event);

  provider.on('grant.success', (ctx) => note(tokenIssued(ctx)));
  provider.on('grant.error', tokenRefused);
  provider.on('authorization.error', refused);
  provider.on('pushed_authorization_request.error', refused);
  provider.on('end_session.error', refused);
  provider.on('end_session_confirm.error', refused);
  provider.on('introspection.error', tokenRefused);
  provider.on('revocation.error', tokenRefused);
  provider.on('userinfo.error', tokenRefused);
  provider.on('access_token.destroyed', (token) => note(tokenRevoked(token, 'access_token')));
  provider.on('refresh_token.destroyed', (token) => note(tokenRevoked(token, 'refresh_token')));
  provider.on('grant.revoked', (ctx, grantId) => {
    note({ type: 'token.revoked', outcome: 'success', ...who(ctx), details: { kind: `grant ${grantId}` } });
  });
  // The sign-in itself was told when it was complete; the session that it leads to exists from here on.
  provider.on('interaction.ended', (ctx) => {
    const login = ctx.oidc.result?.login;
    if (login === undefined) return;
    const details = { amr: login.amr ?? [], ...present('acr', login.acr) };
    note({ type: 'session.started', outcome: 'success', ...who(ctx), details });
  });
  provider.on('authorization.success', (ctx) => {
    note({ type: 'authorization.granted', outcome: 'success', ...who(ctx), details: scopeOf(ctx) });
  });
  provider.on('end_session.success', (ctx) => {
    note({
      type: 'sign_out.completed',
      outcome: 'success',
      ...who(ctx),
      details: { everywhere: ctx.oidc.params?.logout !== undefined },
    });
  });

  function tokenRefused(ctx: KoaContextWithOIDC, error: Error): void {
    const details = { ...grantType(ctx), error: codeOf(error) };
    note({ type: 'token.refused', outcome: 'failure', ...who(ctx), details });
  }

  function refused(ctx: KoaContextWithOIDC, error: Error): void {
    note({
      type: 'authorization.refused',
      outcome: 'failure',
      ...who(ctx),
      details: { error: codeOf(error) },
    });
  }
}

function tokenIssued(ctx: KoaContextWithOIDC): AuditEvent {
  const { AccessToken: accessToken, ClientCredentials: clientCredentials } = ctx.oidc.entities;
  const token = accessToken ?? clientCredentials;
  const audience = token?.aud === undefined ? [] : [token.aud].flat();
  return {
    type: 'token.issued',
    outcome: 'success',
    ...who(ctx),
    details: {
      grantType: grantType(ctx).grantType ?? 'unknown',
      ...present('scope', token?.scope),
      ...(audience.length > 0 ? { audience } : {}),
    },
  };
}

function tokenRevoked(
  token: { accountId?: string | undefined; clientId?: string | undefined },
  kind: string,
): AuditEvent {
  return {
    type: 'token.revoked',
    outcome: 'success',
    ...present('account', token.accountId),
    ...present('client', token.clientId),
    details: { kind },
  };
}

/** Who and what the request is about, as far as the provider knows by now. */
function who(ctx: KoaContextWithOIDC): {
  actor?: string;
  account?: string;
  client?: string;
  session?: string;
} {
  const { entities, session, client } = ctx.oidc;
  const account = entities.Account?.accountId ?? entities.AccessToken?.accountId ?? session?.accountId;
  return {
    ...present('actor', account ?? client?.clientId),
    ...present('account', account),
    ...present('client', client?.clientId),
    ...present('session', session?.uid ?? entities.AccessToken?.sessionUid),
  };
}

const present = <K extends string, V>(key: K, value: V | undefined) =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };

const codeOf = (error: Error & { error?: string }) => error.error ?? 'server_error';

/** The parameter is a client's words until the provider has accepted it: cut by the trail, never trusted. */
function grantType(ctx: KoaContextWithOIDC): { grantType?: string } {
  const value = ctx.oidc.params?.grant_type;
  return typeof value === 'string' ? { grantType: value.slice(0, 100) } : {};
}

function scopeOf(ctx: KoaContextWithOIDC): { scope?: string } {
  const value = ctx.oidc.params?.scope;
  return typeof value === 'string' ? { scope: value } : {};
}
