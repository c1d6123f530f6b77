import type { Context, Middleware } from 'koa';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { ACCOUNT_CHANGED } from '../domain/accounts/store.ts';
import type { AuditEvent } from '../domain/audit/events.ts';
import { addPendingEvent } from '../domain/audit/pending-events.ts';
import { CONSENT_WITHDRAWN } from '../domain/consents/store.ts';
import type { SessionSettings } from '../domain/sessions/policy.ts';
import { SESSION_CAP_REACHED, SESSION_ENDED } from '../domain/sessions/store.ts';
import { GatehouseError } from '../kernel/errors.ts';
import type { AttemptStore } from '../sign-in/store.ts';
import { currentUnit, UnitConflict, type UnitOfWork, type Write } from '../storage/unit-of-work.ts';
import type { ActiveProvider } from './active-provider.ts';
import type { ArtifactStore } from './artifact-store.ts';
import {
  ALREADY_CONSUMED,
  ALREADY_PRESENTED,
  DEVICE_CODE_CHANGED,
  forgetResult,
  NO_LONGER_THERE,
  SESSION_CHANGED,
} from './artifact-write-store.ts';
import { ARTIFACT_CHANGES } from './artifacts.ts';
import { type ToldRefusal, toldRefusal } from './events.ts';
import { CHANGED, type LateRefusal, replayedIn } from './late-refusals.ts';
import { byProvenActor } from './proven-actor.ts';
import { ROUTES } from './provider.ts';
import { type RefusalReason, reasonOf } from './refusal-reasons.ts';
import { factsOf, type Refused, reuseOf } from './refusal-request.ts';
import { REGISTRATION_CHANGED } from './registration-store.ts';
import { isSpelt, resumedBy } from './resume-guard.ts';
import { revokeFamily } from './revocation-store.ts';
import { wayAgain } from './sign-out.ts';

export interface EndpointDependencies {
  readonly artifacts: ArtifactStore;
  readonly attempts: Pick<AttemptStore, 'reopen'>;
  readonly sessionSettings: Pick<SessionSettings, 'capPolicy'>;
  readonly onRefused: (refusal: ToldRefusal) => void;
}

/**
 * Hands the request to the provider of this moment and commits what it changed before the answer leaves. What is not
 * the provider's goes on to `next`, as does what is not spelt as its endpoints are.
 */
export function protocolEndpoints(active: ActiveProvider, deps: EndpointDependencies): Middleware {
  const stacks = new WeakMap<Provider, Middleware>();
  return async (ctx, next) => {
    if (!isSpelt(ctx)) return next();
    const provider = active.current;
    let stack = stacks.get(provider);
    if (stack === undefined) {
      stack = composeProvider(provider);
      stacks.set(provider, stack);
    }
    let passedOn = false;
    await stack(ctx, async () => {
      passedOn = true;
      await next();
    });
    if (!passedOn) await commitAnswer(ctx, deps);
  };
}

/** The provider is a Koa application; inside another one it is its middleware, run in order. */
export function composeProvider(provider: Provider): Middleware {
  const stack = (provider as unknown as { middleware: Middleware[] }).middleware;
  return (ctx, next) => {
    const dispatch = (index: number): Promise<unknown> => {
      const middleware = stack[index];
      return Promise.resolve(middleware === undefined ? next() : middleware(ctx, () => dispatch(index + 1)));
    };
    return dispatch(0);
  };
}

/** Seconds, for a database that is away: a restart takes less. */
const RETRY_AFTER = '5';

async function commitAnswer(ctx: Context, deps: EndpointDependencies): Promise<void> {
  const unit = currentUnit();
  if (unit === undefined) throw new Error('the protocol was asked outside a unit of work');
  // The provider answers its own failures. What it had collected until then must not be half done, nor the browser be
  // told of a session that is not stored.
  if (ctx.status >= 500) {
    unit.discard();
    ctx.remove('Set-Cookie');
  }
  if (ctx.status === 503) ctx.set('Retry-After', RETRY_AFTER);
  const { consumed } = unit.part(ARTIFACT_CHANGES);
  try {
    await unit.commit();
  } catch (error) {
    if (!(error instanceof UnitConflict)) throw error;
    unit.discard();
    for (const name of ['Set-Cookie', 'Location']) ctx.remove(name);
    if (error.code === ALREADY_CONSUMED) return refuseReuse(ctx, unit, deps, consumed);
    if (error.code === ALREADY_PRESENTED) return refuse(ctx, unit, deps, replayedIn(ctx, ROUTES.userinfo));
    if (error.code === REGISTRATION_CHANGED) return refuse(ctx, unit, deps, CHANGED);
    if (error.code === SESSION_CHANGED && ctx.method === 'GET') return askAgain(ctx);
    if (ctx.path.startsWith(ROUTES.end_session) && GONE.has(error.code)) return signOutElsewhere(ctx);
    if (error.code === DEVICE_CODE_CHANGED) {
      throw new GatehouseError('device_code_used', {
        status: 400,
        message: 'This code was used already.',
        cause: error,
      });
    }
    if (error.code === SESSION_CAP_REACHED) {
      const uid = resumedBy(ctx);
      if (uid !== undefined && deps.sessionSettings.capPolicy === 'ask') {
        return letChoose(ctx, unit, uid, deps.attempts);
      }
      throw new GatehouseError(SESSION_CAP_REACHED, {
        status: 403,
        message: 'This person is signed in too often already.',
        cause: error,
      });
    }
    throw asFinished(error);
  }
}

/**
 * The same person was signed in elsewhere since this sign-in counted their sessions: it is open again, with all that was shown in
 * it, and asks what is to end.
 */
async function letChoose(
  ctx: Context,
  unit: UnitOfWork,
  uid: string,
  attempts: EndpointDependencies['attempts'],
): Promise<void> {
  unit.add(attempts.reopen(uid), forgetResult(uid));
  try {
    await unit.commit();
  } catch (error) {
    // The same sign-in has taken the last place itself: this browser has sent the request twice.
    throw error instanceof UnitConflict ? asFinished(error) : error;
  }
  redirect(ctx, `/sign-in/${uid}`);
}

/** What a request was about to finish, or to go on with, is gone. */
const GONE: ReadonlySet<string> = new Set([
  NO_LONGER_THERE,
  SESSION_CHANGED,
  SESSION_ENDED,
  CONSENT_WITHDRAWN,
  ACCOUNT_CHANGED,
]);

/** What the same click, made twice, runs into. */
const REPEATED: ReadonlySet<string> = new Set([NO_LONGER_THERE, SESSION_CHANGED]);

const asFinished = (conflict: UnitConflict): GatehouseError =>
  GONE.has(conflict.code)
    ? new GatehouseError(REPEATED.has(conflict.code) ? 'sign_in_already_finished' : 'sign_in_expired', {
        status: 400,
        message: 'This sign-in was finished or ended elsewhere.',
        cause: conflict,
      })
    : conflict;

/**
 * Another request of the same browser was faster at something that both have changed in the session: the browser makes
 * this one again, which then finds it. Of those that collide one always gets through, so it comes to an end.
 */
const askAgain = (ctx: Context): void => redirect(ctx, `${ctx.path}${ctx.search}`);

/** A sign-out that another request of the browser was faster at: what is left of it, if anything, is found anew. */
const signOutElsewhere = (ctx: Context): void =>
  ctx.method === 'GET'
    ? askAgain(ctx)
    : redirect(ctx, wayAgain(ctx as unknown as KoaContextWithOIDC) ?? ROUTES.end_session);

/** In the place of whatever the provider has answered. */
function redirect(ctx: Context, location: string): void {
  ctx.status = 303;
  ctx.body = '';
  ctx.remove('Content-Type');
  ctx.set('Location', location);
}

/**
 * Another request spent the code or token between this one's look at it and its commit. What it was about to get is
 * rolled back, and the family dies: two parties hold what one should (RFC 9700, sections 4.5 and 4.14.2).
 */
async function refuseReuse(
  ctx: Context,
  unit: UnitOfWork,
  { artifacts, onRefused }: Pick<EndpointDependencies, 'artifacts' | 'onRefused'>,
  consumed: readonly { model: string; id: string }[],
): Promise<void> {
  const found = await Promise.all(
    consumed.map(async ({ model, id }) => ({ model, payload: (await artifacts.find(model, id))?.payload })),
  );
  const writes: Write[] = [];
  for (const { model, payload } of found) {
    const { grantId, accountId, clientId, sessionUid } = (payload ?? {}) as Record<
      string,
      string | undefined
    >;
    if (grantId !== undefined) writes.push(revokeFamily(grantId));
    addPendingEvent(unit, {
      type: 'token.reuse_detected',
      outcome: 'failure',
      ...(accountId === undefined ? {} : { account: accountId }),
      ...(clientId === undefined ? {} : { client: clientId }),
      ...(sessionUid === undefined ? {} : { session: sessionUid }),
      ...byProvenActor(ctx as unknown as KoaContextWithOIDC),
      details: { kind: model },
    } satisfies AuditEvent);
  }
  unit.add(...writes);
  await unit.commit();
  onRefused(toldRefusal(ctx, reasonFor(ctx, reuseOf(consumed[0]?.model))));
  if (consumed.some(({ model }) => model === 'PushedAuthorizationRequest')) {
    Object.assign(ctx.state, { refusalTold: true });
    throw new GatehouseError('invalid_request', { status: 400, message: 'This request was already used.' });
  }
  ctx.status = 400;
  ctx.body = { error: 'invalid_grant', error_description: 'grant request is invalid' };
}

const reasonFor = (ctx: Context, refused: Refused): RefusalReason =>
  reasonOf(factsOf(ctx, refused, (ctx as unknown as KoaContextWithOIDC).oidc.issuer));

/** In the place of what the provider has answered; nothing of that was stored. */
async function refuse(
  ctx: Context,
  unit: UnitOfWork,
  { onRefused }: Pick<EndpointDependencies, 'onRefused'>,
  { status, body, said }: LateRefusal,
): Promise<void> {
  const { client } = (ctx as unknown as KoaContextWithOIDC).oidc;
  const reason = reasonFor(ctx, { error: body.error, said });
  addPendingEvent(unit, {
    type: 'token.refused',
    outcome: 'failure',
    ...(client === undefined ? {} : { client: client.clientId }),
    ...byProvenActor(ctx as unknown as KoaContextWithOIDC, body),
    details: reason,
  });
  await unit.commit();
  onRefused(toldRefusal(ctx, reason));
  ctx.status = status;
  ctx.body = body;
}

/** What changes only with the provider, and is the same for everybody (RFC 8414; RFC 7517). */
const METADATA = new Set([
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  '/jwks',
]);

/** How long verifiers may keep the metadata, in seconds; far below the time that a key is published before it signs. */
const MAX_AGE = 60;

/** Discovery and JWKS as everybody may have them. `onPublic` hears of an answer that holds until the keys change. */
export function publicMetadata(
  active: ActiveProvider,
  onPublic: (ctx: Context, generation: number) => void,
): Middleware {
  return async (ctx, next) => {
    if (ctx.method !== 'GET' || !METADATA.has(ctx.path)) return next();
    const { current, generation } = active;
    await next();
    if (ctx.status !== 200) return;
    // Its addresses are made from the request's: one that came round the proxy, by http, is no model for others.
    if (`${ctx.protocol}://${ctx.host}` !== new URL(current.issuer).origin) return;
    const type = ctx.response.get('Content-Type');
    ctx.body = Buffer.from(JSON.stringify(ctx.body));
    ctx.set('Content-Type', type);
    // Public data, readable by applications in browsers of any origin; the provider has answered this one's.
    for (const name of ['Vary', 'Access-Control-Expose-Headers']) ctx.remove(name);
    ctx.set('Access-Control-Allow-Origin', '*');
    ctx.set('Cache-Control', `public, max-age=${MAX_AGE}`);
    if (generation === active.generation) onPublic(ctx, generation);
  };
}
