import type { Context } from 'koa';
import { errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { client as clientActor, person } from '../domain/audit/actor.ts';
import type { AuditActor, AuditEvent } from '../domain/audit/events.ts';
import { addPendingEvent } from '../domain/audit/pending-events.ts';
import { DEVICE_GRANT } from '../domain/clients/kinds.ts';
import { currentUnit } from '../storage/unit-of-work.ts';
import { ARTIFACT_CHANGES } from './artifacts.ts';
import type { HeldFor } from './client-reading.ts';
import { byProvenActor } from './proven-actor.ts';
import { type RefusalReason, reasonOf } from './refusal-reasons.ts';
import { factsOf, refusedBy, reuseOf } from './refusal-request.ts';
import type { RefusalNotes } from './refusals.ts';
import { TooManyTokenRequests } from './token-limit.ts';

/** A refusal as the log tells it; `client` only where one is registered under this id. */
export interface ToldRefusal {
  readonly requestId: string | undefined;
  readonly client: string | undefined;
  readonly reason: RefusalReason;
}

export interface ProviderEventsDependencies {
  readonly refusals: RefusalNotes;
  /** Called once for each refusal that the trail tells of too. */
  readonly onRefused: (refusal: ToldRefusal) => void;
  /** Why the provider was not given the client that is stored under this id; undefined where there is none, or it was. */
  readonly whyHeld: (clientId: string) => HeldFor | undefined;
}

/**
 * What the protocol tells the audit trail, and the log of refusals. The provider emits its events while it answers, so each is
 * noted in the unit of work of the request and committed with what it tells of, before the answer leaves.
 */
export function auditProviderEvents(
  provider: Provider,
  { refusals, onRefused, whyHeld }: ProviderEventsDependencies,
): void {
  const note = (event: AuditEvent) => addPendingEvent(currentUnit(), event);
  /** Requests whose refusal was told as reuse. */
  const reused = new WeakSet<KoaContextWithOIDC>();
  /** What a request was refused for. Where the library says two things, the last one is its answer. */
  const refusedFor = new WeakMap<object, { readonly type: RefusalType; readonly error: Error }>();
  provider.use(async (ctx, next) => {
    await next();
    const refusal = refusedFor.get(ctx);
    if (refusal !== undefined) tell(ctx as KoaContextWithOIDC, refusal);
  });

  provider.on('grant.success', (ctx) => note(tokenIssued(ctx)));
  provider.on('grant.error', tokenRefused);
  provider.on('authorization.error', refused);
  provider.on('pushed_authorization_request.error', refused);
  provider.on('device_authorization.error', refused);
  provider.on('end_session.error', refused);
  provider.on('end_session_confirm.error', refused);
  provider.on('introspection.error', tokenRefused);
  provider.on('revocation.error', tokenRefused);
  provider.on('userinfo.error', tokenRefused);
  provider.on('access_token.destroyed', (token) => revoked(token, 'access_token'));
  provider.on('refresh_token.destroyed', (token) => revoked(token, 'refresh_token'));
  provider.on('client_credentials.destroyed', (token) => revoked(token, 'client_credentials'));
  provider.on('grant.revoked', (ctx, grantId) => {
    if (ctx.oidc.route !== 'token') return;
    reused.add(ctx);
    const reason = reasonOf(factsOf(ctx, reuseOf(KINDS[grantType(ctx).grantType ?? '']), provider.issuer));
    addPendingEvent(currentUnit(), reuseDetected(ctx, grantId), () => onRefused(toldRefusal(ctx, reason)));
  });
  // The sign-in itself was told when it was complete; the session that it leads to exists from here on.
  provider.on('interaction.ended', (ctx) => {
    const login = ctx.oidc.result?.login;
    // The answer to a later prompt repeats the login before it.
    if (login === undefined || ctx.oidc.entities.Interaction?.prompt.name !== 'login') return;
    const details = { amr: login.amr ?? [], ...present('acr', login.acr) };
    note({ type: 'session.started', outcome: 'success', ...who(ctx), details });
  });
  provider.on('authorization.success', (ctx) => {
    note({ type: 'authorization.granted', outcome: 'success', ...who(ctx), details: scopeOf(ctx) });
  });
  provider.on('end_session.success', (ctx) => {
    // As the person has said, or without being asked.
    const everywhere = (ctx.oidc.session as { destroyed?: boolean } | undefined)?.destroyed === true;
    const { client } = ctx.oidc;
    // A person who stays signed in has left the client that asked, if one did.
    const left = client === undefined ? [] : [client.clientId];
    const clients = everywhere ? Object.keys(ctx.oidc.session?.authorizations ?? {}) : left;
    if (!everywhere && client === undefined) return;
    note({
      type: 'sign_out.completed',
      outcome: 'success',
      ...who(ctx),
      details: { everywhere, clients },
    });
  });

  /** At the token endpoint only reuse destroys a token, and is told as that; elsewhere the client asked for it. */
  function revoked(token: Holder, kind: string): void {
    if (Provider.ctx?.oidc.route !== 'token') note(tokenRevoked(token, kind));
  }

  function tokenRefused(ctx: KoaContextWithOIDC, error: Error): void {
    // What the library refuses for its form is answered all the same.
    if (reused.has(ctx) || error instanceof errors.UnsupportedTokenType) return;
    // A device asks again and again until its person has answered; what they have answered is told.
    if (isAnswerToDevice(ctx, error)) return;
    // A limit that is exceeded is told once, not with every request that it refuses; the trail knows already.
    if (error instanceof TooManyTokenRequests) {
      if (error.first) onRefused(toldRefusal(ctx, reasonOf(factsOf(ctx, refusedBy(error), provider.issuer))));
      return;
    }
    refusedFor.set(ctx, { type: 'token.refused', error });
  }

  function refused(ctx: KoaContextWithOIDC, error: Error): void {
    refusedFor.set(ctx, { type: 'authorization.refused', error });
  }

  function tell(
    ctx: KoaContextWithOIDC,
    { type, error }: { readonly type: RefusalType; readonly error: Error },
  ): void {
    // A second click of a person is sent on, and is no mistake of an application.
    if (ctx.status === 303 && isPastForm(ctx, error)) return;
    if (refusals.isSpent(ctx.ip)) return;
    const facts = factsOf(ctx, refusedBy(error), provider.issuer);
    const { client_id: id } = facts.params;
    // Nothing is told of a client that is not registered, however often somebody names it.
    const heldFor = facts.client === undefined && typeof id === 'string' ? whyHeld(id) : undefined;
    const held = heldFor === undefined ? undefined : String(id);
    const reason = reasonOf({ ...facts, clientHeldFor: heldFor });
    const { endpoint: _endpoint, error: _code, ...why } = reason;
    const details = { error: codeOf(error), endpoint: reason.endpoint, ...why };
    const event: AuditEvent = {
      ...(type === 'token.refused'
        ? { type, details: { ...grantType(ctx), ...details } }
        : { type, details }),
      outcome: 'failure',
      ...withoutActor(who(ctx)),
      ...byProvenActor(ctx, error),
      ...present('client', facts.client?.id ?? held),
    };
    refusals.note(currentUnit(), ctx.ip, event, () => onRefused(toldRefusal(ctx, reason, held)));
  }
}

/** RFC 8628, section 3.5. */
const isAnswerToDevice = (ctx: KoaContextWithOIDC, error: Error): boolean =>
  grantType(ctx).grantType === DEVICE_GRANT &&
  [errors.AuthorizationPending, errors.SlowDown, errors.ExpiredToken, errors.AccessDenied].some(
    (answer) => error instanceof answer,
  );

const isPastForm = ({ oidc: { route } }: KoaContextWithOIDC, error: Error): boolean =>
  route === 'end_session_confirm' || (route === 'resume' && error.name === 'SessionNotFound');

type RefusalType = 'authorization.refused' | 'token.refused';

/** What the log is told of a request; its client, unless another one is named, is the one that the provider knows. */
export function toldRefusal(ctx: Context, reason: RefusalReason, client?: string): ToldRefusal {
  const { state, oidc } = ctx as unknown as KoaContextWithOIDC & { state: { requestId?: string } };
  return { requestId: state.requestId, client: client ?? oidc?.client?.clientId, reason };
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

interface Holder {
  readonly accountId?: string | undefined;
  readonly clientId?: string | undefined;
}

function tokenRevoked({ accountId, clientId }: Holder, kind: string): AuditEvent {
  return {
    type: 'token.revoked',
    outcome: 'success',
    ...present('actor', clientId === undefined ? undefined : clientActor(clientId)),
    ...present('account', accountId),
    ...present('client', clientId),
    details: { kind },
  };
}

const KINDS: Record<string, string> = {
  authorization_code: 'AuthorizationCode',
  refresh_token: 'RefreshToken',
  [DEVICE_GRANT]: 'DeviceCode',
};

/** A spent code or refresh token came again, and its family died of it (RFC 9700, sections 4.5 and 4.14.2). */
function reuseDetected(ctx: KoaContextWithOIDC, grantId: string): AuditEvent {
  const { account, session } = currentUnit()?.part(ARTIFACT_CHANGES).holderOf(grantId) ?? {};
  return {
    type: 'token.reuse_detected',
    outcome: 'failure',
    ...withoutActor(who(ctx)),
    ...byProvenActor(ctx),
    ...present('account', account),
    ...present('session', session),
    details: { kind: KINDS[grantType(ctx).grantType ?? ''] ?? 'unknown' },
  };
}

/** Who and what the request is about, as far as the provider knows by now. */
function who(ctx: KoaContextWithOIDC): {
  actor?: AuditActor;
  account?: string;
  client?: string;
  session?: string;
} {
  const { entities, session, client } = ctx.oidc;
  const account = entities.Account?.accountId ?? entities.AccessToken?.accountId ?? session?.accountId;
  return {
    ...present('actor', actorOf(account, client?.clientId)),
    ...present('account', account),
    ...present('client', client?.clientId),
    ...present('session', session?.uid ?? entities.AccessToken?.sessionUid),
  };
}

/** The person, where one is known; else the client by itself. */
function actorOf(account: string | undefined, clientId: string | undefined): AuditActor | undefined {
  if (account !== undefined) return person(account);
  return clientId === undefined ? undefined : clientActor(clientId);
}

const withoutActor = ({ actor: _actor, ...about }: ReturnType<typeof who>) => about;

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
