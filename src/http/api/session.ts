import type { Context } from 'koa';
import type { SessionDeadlineStore } from '../../domain/sessions/deadline-store.ts';
import type { SessionSettings } from '../../domain/sessions/policy.ts';
import type { Clock } from '../../kernel/clock.ts';
import { badRequest } from '../../kernel/errors.ts';
import { originAllowed } from '../../oidc/cors.ts';
import { SESSION_ROUTES } from '../../oidc/discovery.ts';
import type { PresentedToken, SessionTokens } from '../../oidc/session-tokens.ts';
import { describeDeadlines, sessionDeadlinesSchema } from '../kit/session-deadlines.ts';
import { type Access, bearerChallenge, bearerToken } from './access.ts';
import { AccessRefused } from './problems.ts';
import { type ApiRoute, defineRoute } from './route.ts';

export interface SessionRouteDependencies {
  readonly issuer: string;
  readonly sessionTokens: SessionTokens;
  readonly sessionDeadlines: Pick<SessionDeadlineStore, 'extend'>;
  readonly sessionSettings: SessionSettings;
  readonly clock: Clock;
}

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
export function sessionRoutes(deps: SessionRouteDependencies): ApiRoute[] {
  const { sessionDeadlines, sessionSettings, clock, issuer } = deps;
  const access = sessionTokenAccess(deps);
  const common = { access, crossOrigin: true, output: sessionDeadlinesSchema } as const;
  return [
    defineRoute({
      ...common,
      method: 'GET',
      path: SESSION_ROUTES.status,
      handle: async ({ caller }) => ({
        body: describeDeadlines(caller.deadlines, sessionSettings, clock.now()),
      }),
    }),
    defineRoute({
      ...common,
      method: 'POST',
      path: SESSION_ROUTES.activity,
      async handle({ caller }) {
        const now = clock.now();
        const extended = await sessionDeadlines.extend(caller.deadlines, now);
        if (extended === undefined) throw refusal(issuer, 'unknown');
        return { body: describeDeadlines(extended, sessionSettings, now) };
      },
    }),
  ];
}

/**
 * Whoever has an access token that was issued in a session and ends with it, whichever service it is for: decision 14 says why
 * that is enough here, and for nothing else.
 */
function sessionTokenAccess({
  issuer,
  sessionTokens,
}: Pick<SessionRouteDependencies, 'issuer' | 'sessionTokens'>): Access<OfSession> {
  return {
    kind: 'session-token',
    async authenticate(ctx) {
      const token = bearerToken(ctx);
      if (token === undefined) {
        throw new AccessRefused('invalid_token', {
          status: 401,
          message: 'An access token is needed.',
          challenge: bearerChallenge(issuer),
        });
      }
      const found = await sessionTokens.look(token);
      if ('client' in found) refuseOtherOrigins(ctx, found.client.redirectUris ?? []);
      if (found.kind !== 'session') throw refusal(issuer, found.kind);
      return found;
    },
  };
}

function refusal(issuer: string, kind: keyof typeof REFUSALS): AccessRefused {
  const { code, status, message } = REFUSALS[kind];
  const challenge = bearerChallenge(issuer, { error: code, error_description: message });
  return new AccessRefused(code, { status, message, challenge });
}

function refuseOtherOrigins(ctx: Context, redirectUris: readonly string[]): void {
  const origin = ctx.get('Origin');
  if (origin === '' || originAllowed(origin, redirectUris)) return;
  ctx.remove('Access-Control-Allow-Origin');
  throw badRequest('invalid_request', 'This client has no page at the origin of the request.');
}
