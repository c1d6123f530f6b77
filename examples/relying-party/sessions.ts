/**
 * The sessions of the sample application: the browser has a random name and nothing else, and gets another one whenever somebody
 * signs in, so that a name which somebody else knew before is worth nothing after. A real application keeps them in its database.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PersonsTokens } from './tokens.ts';

/** A sign-in under way: what its answer has to match. */
export interface PendingSignIn {
  codeVerifier: string;
  nonce: string;
  begunAt: number;
  /** Who is to sign in again, to do something sensitive; nobody else’s hands may finish it. */
  sensitiveFor?: string;
}

export interface User {
  claims: Record<string, unknown> & { sub: string };
  idToken: string;
  tokens: PersonsTokens;
}

/** What one browser is doing here. */
export interface Session {
  /** One a tab, by their `state`. */
  readonly pending: Map<string, PendingSignIn>;
  user?: User;
  serviceAnswer?: string;
  /** Told once, on the next page. */
  notice?: string;
  until: number;
}

/** How long somebody may take to sign in, and stays it. */
const [SIGNING_IN_MS, SIGNED_IN_MS] = [600_000, 43_200_000];
/** Bounds memory, as anybody may begin to sign in: sessions of each kind, and sign-ins at a time in one browser. */
const [MOST_SESSIONS, MOST_PENDING] = [10_000, 10];

/** `home` is where browsers see the application; with https, the cookie can come from nowhere else (RFC 6265bis, `__Host-`). */
export function createSessions(home: URL) {
  // Apart, so that no crowd of those who begin pushes out who is signed in.
  const [beginning, signedIn] = [new Map<string, Session>(), new Map<string, Session>()];
  const secure = home.protocol === 'https:';
  const name = secure ? '__Host-sample_session' : 'sample_session';
  const attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  const idOf = ({ headers }: IncomingMessage) =>
    new RegExp(`(?:^|; )${name}=([\\w-]{43})(?:;|$)`).exec(headers.cookie ?? '')?.[1] ?? '';

  function begin(response: ServerResponse, user?: User): Session {
    const sessions = user === undefined ? beginning : signedIn;
    // All of a kind last for as long: the first is the first to go.
    for (const [old, { until }] of sessions) {
      if (until > Date.now() && sessions.size < MOST_SESSIONS) break;
      sessions.delete(old);
    }
    const id = randomBytes(32).toString('base64url');
    const until = Date.now() + (user === undefined ? SIGNING_IN_MS : SIGNED_IN_MS);
    const session: Session = { pending: new Map(), until, ...(user && { user }) };
    sessions.set(id, session);
    response.setHeader('set-cookie', `${name}=${id}; ${attributes}`);
    return session;
  }

  function forget(request: IncomingMessage): void {
    beginning.delete(idOf(request));
    signedIn.delete(idOf(request));
  }

  return {
    signedIn: () => signedIn.values(),

    find(request: IncomingMessage): Session | undefined {
      const session = signedIn.get(idOf(request)) ?? beginning.get(idOf(request));
      return session !== undefined && session.until > Date.now() ? session : undefined;
    },

    /** Remembers that a sign-in is under way; the oldest of too many are forgotten. */
    expect(request: IncomingMessage, response: ServerResponse, state: string, pending: PendingSignIn): void {
      const session = this.find(request) ?? begin(response);
      session.pending.set(state, pending);
      for (const old of [...session.pending.keys()].slice(0, -MOST_PENDING)) session.pending.delete(old);
    },

    /** Somebody has signed in: a new session with a new name, and nothing of what was in this browser before. */
    start(request: IncomingMessage, response: ServerResponse, user: User): Session {
      forget(request);
      return begin(response, user);
    },

    end(request: IncomingMessage, response: ServerResponse): void {
      forget(request);
      response.setHeader('set-cookie', `${name}=; ${attributes}; Max-Age=0`);
    },
  };
}

/** Nobody is signed in any more, and the next page says why. */
export function signedOut(session: Session, notice: string): void {
  delete session.user;
  delete session.serviceAnswer;
  session.notice = notice;
}
