import type Router from '@koa/router';
import type { Context } from 'koa';
import type { SessionDeadlineStore } from '../../domain/sessions/deadline-store.ts';
import type { SessionSettings } from '../../domain/sessions/policy.ts';
import type { Clock } from '../../kernel/clock.ts';
import { badRequest, GatehouseError } from '../../kernel/errors.ts';
import { originAllowed } from '../../oidc/cors.ts';
import { SESSION_ROUTES } from '../../oidc/provider.ts';
import type { PresentedToken, SessionTokens } from '../../oidc/session-tokens.ts';
import { answerDeadlines } from '../session-status.ts';

export interface SessionStatusDependencies {
  readonly issuer: string;
  readonly sessionTokens: SessionTokens;
  readonly sessionDeadlines: Pick<SessionDeadlineStore, 'extend'>;
  readonly sessionSettings: SessionSettings;
  readonly clock: Clock;
}

/** Browsers may keep the answer to a preflight for so many seconds. */
const PREFLIGHT_SECONDS = '3600';

type OfSession = PresentedToken & { kind: 'session' };

/** What is said of tokens that no session is to be had for (RFC 6750, section 3.1), each with the code that fits. */
const REFUSALS = {
  unknown: {
    code: 'invalid_token',
    status: 401,
    message: 'The access token is not valid, or the session that it was issued in has ended.',
  },
  service: { code: 'no_session', status: 403, message: 'No person is behind this access token.' },
  offline: {
    code: 'login_required',
    status: 403,
    message: 'This access token outlives sessions and belongs to none; the person has to sign in.',
  },
} as const;

/**
 * `/session` and `/session/activity`: how an application learns when the session of its person ends, and says that the person
 * is still there. The access token is all that counts; cookies do not. A page may ask with a token of a client that has a
 * redirect URI at its origin, as at the protocol's own endpoints.
 */
export function sessionStatusRoutes(router: Router, deps: SessionStatusDependencies): void {
  const { sessionTokens, sessionDeadlines, sessionSettings, clock, issuer } = deps;

  router.options([SESSION_ROUTES.status, SESSION_ROUTES.activity], (ctx) => {
    ctx.status = 204;
    allow(ctx);
    // Without a token there is no client yet: the request that follows is the one that is judged.
    if (ctx.get('Origin') === '') return;
    ctx.set('Access-Control-Allow-Methods', ctx.path === SESSION_ROUTES.status ? 'GET' : 'POST');
    ctx.set('Access-Control-Allow-Headers', 'Authorization');
    ctx.set('Access-Control-Max-Age', PREFLIGHT_SECONDS);
  });

  router.get(SESSION_ROUTES.status, async (ctx) => {
    const { deadlines } = await presented(ctx);
    answerDeadlines(ctx, deadlines, sessionSettings, clock.now());
  });

  router.post(SESSION_ROUTES.activity, async (ctx) => {
    const { deadlines } = await presented(ctx);
    const now = clock.now();
    const extended = await sessionDeadlines.extend(deadlines, now);
    if (extended === undefined) throw refusal(ctx, 'unknown');
    answerDeadlines(ctx, extended, sessionSettings, now);
  });

  /** The session of the access token in the request. Throws, with the challenge of RFC 6750 (section 3) set. */
  async function presented(ctx: Context): Promise<OfSession> {
    allow(ctx);
    const token = bearerToken(ctx);
    if (token === undefined) {
      // Without a token there is nothing wrong with it: no code in the challenge (section 3.1).
      ctx.set('WWW-Authenticate', `Bearer realm="${issuer}"`);
      throw new GatehouseError('invalid_token', { status: 401, message: 'An access token is needed.' });
    }
    const found = await sessionTokens.look(token);
    if ('client' in found) refuseOtherOrigins(ctx, found.client.redirectUris ?? []);
    if (found.kind !== 'session') throw refusal(ctx, found.kind);
    return found;
  }

  function refusal(ctx: Context, kind: keyof typeof REFUSALS): GatehouseError {
    const { code, status, message } = REFUSALS[kind];
    ctx.set('WWW-Authenticate', `Bearer realm="${issuer}", error="${code}", error_description="${message}"`);
    return new GatehouseError(code, { status, message });
  }
}

/** Lets the page that asks read the answer, a refusal too; whether it may have it is decided once the client is known. */
function allow(ctx: Context): void {
  const origin = ctx.get('Origin');
  ctx.vary('Origin');
  if (origin === '') return;
  ctx.set('Access-Control-Allow-Origin', origin);
  ctx.set('Access-Control-Expose-Headers', 'WWW-Authenticate');
}

function refuseOtherOrigins(ctx: Context, redirectUris: readonly string[]): void {
  const origin = ctx.get('Origin');
  if (origin === '' || originAllowed(origin, redirectUris)) return;
  ctx.remove('Access-Control-Allow-Origin');
  throw badRequest('invalid_request', 'This client has no page at the origin of the request.');
}

/** From the header alone: in an address or a form a token would end up in logs (RFC 6750, sections 2.2 and 2.3). */
const bearerToken = (ctx: Context): string | undefined =>
  /^Bearer +([\w.~+/-]+=*)$/i.exec(ctx.get('Authorization'))?.[1];
