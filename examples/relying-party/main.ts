/**
 * A sample application that signs people in through Gatehouse, with `openid-client` and plain `node:http`. Everything
 * that an application has to do begins in this file; the pages are in page.ts, what Gatehouse tells it in back-channel.ts, what
 * warns of the end of a session in session-end.ts.
 *
 * Settings: ISSUER, CLIENT_ID, CLIENT_SECRET, PORT, and SERVICE, the address of the sample service.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as oidc from 'openid-client';
import { createBackChannel } from './back-channel.ts';
import { contentSecurityPolicy, errorPage, homePage } from './page.ts';
import { callService, type Demands } from './service.ts';
import { askAboutSession, sessionScript } from './session-end.ts';
import { createTokens, type PersonsTokens } from './tokens.ts';

const {
  ISSUER = 'http://localhost:3000',
  CLIENT_ID = 'sample-app',
  CLIENT_SECRET = '',
  PORT = '3001',
  SERVICE = 'http://localhost:3002',
} = process.env;
const home = `http://localhost:${PORT}/`;

/** What one browser is doing here. A real application keeps this in its database. */
interface Session {
  /** The sign-ins that are under way, one a tab, by their state: what the answers have to match. */
  pending: Map<string, { codeVerifier: string; nonce: string; sensitive: boolean }>;
  user?: User;
  serviceAnswer?: string;
  /** Told once, on the next page. */
  notice?: string;
}

interface User {
  claims: Record<string, unknown>;
  idToken: string;
  tokens: PersonsTokens;
}

const sessions = new Map<string, Session>();

/** Gatehouse's endpoints and keys, read once from its discovery document. */
let configuration: Promise<oidc.Configuration> | undefined;
function gatehouse(): Promise<oidc.Configuration> {
  configuration ??= oidc
    .discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, {
      // Only because development speaks plain http.
      execute: ISSUER.startsWith('http://localhost') ? [oidc.allowInsecureRequests] : [],
    })
    .catch((error) => {
      configuration = undefined;
      throw error;
    });
  return configuration;
}

/** Step 1: send the browser to Gatehouse. `demands` are those of a service that wants to know its person better. */
async function signIn(session: Session, demands?: Demands): Promise<URL> {
  const codeVerifier = oidc.randomPKCECodeVerifier();
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
  session.pending.set(state, { codeVerifier, nonce, sensitive: demands !== undefined });
  return oidc.buildAuthorizationUrl(await gatehouse(), {
    redirect_uri: `${home}callback`,
    scope: 'openid profile email roles sample:read',
    resource: SERVICE,
    code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...demands,
  });
}

/** Step 2: the browser is back with a code; exchange it for tokens and learn who the person is. */
async function finishSignIn(session: Session, callback: URL): Promise<void> {
  const state = callback.searchParams.get('state') ?? '';
  const pending = session.pending.get(state);
  session.pending.delete(state);
  if (pending === undefined) throw new Error('No sign-in is under way in this browser.');
  const config = await gatehouse();
  // Checks state, iss, the code challenge, the ID token's signature, issuer, audience, nonce and times.
  const tokens = await oidc.authorizationCodeGrant(config, callback, {
    pkceCodeVerifier: pending.codeVerifier,
    expectedState: state,
    expectedNonce: pending.nonce,
    idTokenExpected: true,
  });
  const idClaims = tokens.claims();
  if (idClaims === undefined) throw new Error('No ID token came.');
  const userInfo = await oidc.fetchUserInfo(config, tokens.access_token, idClaims.sub);
  session.user = {
    claims: { ...idClaims, ...userInfo },
    idToken: tokens.id_token ?? '',
    tokens: createTokens(config, tokens),
  };
  // What the person came here for; a service that is not content even now is told to them, not asked again.
  if (pending.sensitive) await useService(session, session.user, true);
}

/** Step 3: call a service on the person's behalf; what it demands before it answers, if anything. */
async function useService(
  session: Session,
  { tokens }: User,
  sensitive = false,
): Promise<Demands | undefined> {
  const { answer, demands } = await callService(await gatehouse(), tokens, SERVICE, sensitive);
  session.serviceAnswer = answer;
  return demands;
}

/** Step 4: sign out here and at Gatehouse. */
async function signOut(session: Session): Promise<URL> {
  const idToken = session.user?.idToken;
  delete session.user;
  delete session.serviceAnswer;
  return oidc.buildEndSessionUrl(await gatehouse(), {
    post_logout_redirect_uri: home,
    ...(idToken === undefined ? {} : { id_token_hint: idToken }),
  });
}

const ENDED = 'You were signed out, because your session at Gatehouse has ended.';
const endedSession = createBackChannel(ISSUER, CLIENT_ID);

/** Step 5: Gatehouse says that a session of its own has ended, wherever that was. Ours ends with it. */
async function endSessions(request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('cache-control', 'no-store');
  const ended = await endedSession(request).catch(() => undefined);
  for (const session of sessions.values()) {
    if (ended === undefined || session.user?.claims.sid !== ended.sid) continue;
    delete session.user;
    delete session.serviceAnswer;
    session.notice = ENDED;
  }
  // Also 200 where nothing was to be ended: a notice may come twice.
  response.writeHead(ended === undefined ? 400 : 200).end();
}

/** Step 6: the page asks when the session at Gatehouse ends, or says that the person is still there. */
async function tellSessionEnd(session: Session, response: ServerResponse, active: boolean): Promise<void> {
  const { user } = session;
  const ends = user && (await askAboutSession(await gatehouse(), user.tokens, active));
  if (user !== undefined && ends === undefined) {
    delete session.user;
    delete session.serviceAnswer;
    session.notice = ENDED;
  }
  response.writeHead(ends === undefined ? 401 : 200, { 'content-type': 'application/json' }).end(ends);
}

/** Refusals that belong to everyday life are told in words; whatever else goes wrong is an error. */
function explain(error: unknown, session: Session): void {
  const { error: code } = error as { error?: string };
  if (code === 'access_denied') {
    // RFC 6749, section 4.1.2.1: the person cancelled, or did not allow it.
    session.notice = 'You did not sign in, so nothing was shared. You can try again whenever you like.';
  } else if (code === 'invalid_grant') {
    // Section 5.2: access was withdrawn, or the person signed out elsewhere. Ours ends with it.
    delete session.user;
    delete session.serviceAnswer;
    session.notice = 'Your access through Gatehouse has ended. Sign in again to go on.';
  } else if (code === 'unmet_authentication_requirements') {
    // RFC 9470, section 5: there is no way to show what the service asks for.
    session.notice = 'Your account cannot show what this needs. Ask your administrator for a second factor.';
  } else {
    throw error;
  }
}

/** The session of this browser; a new one, under a new cookie, where it has none. */
function sessionOf(request: IncomingMessage, response: ServerResponse): Session {
  const id = /(?:^|; )sample_session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
  const known = id === undefined ? undefined : sessions.get(id);
  if (known !== undefined) return known;
  const session: Session = { pending: new Map() };
  const newId = randomBytes(32).toString('base64url');
  sessions.set(newId, session);
  response.setHeader('set-cookie', `sample_session=${newId}; Path=/; HttpOnly; SameSite=Lax`);
  return session;
}

async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', home);
  // No browser sends this: there is no session to look up, and none to begin.
  if (request.method === 'POST' && url.pathname === '/back-channel-logout') {
    return endSessions(request, response);
  }
  const session = sessionOf(request, response);
  const goTo = (target: URL | string) => {
    response.writeHead(303, { location: String(target) }).end();
  };
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /':
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(homePage(session.user?.claims, session.serviceAnswer, session.notice));
      delete session.notice;
      return;
    case 'POST /sign-in':
      goTo(await signIn(session));
      return;
    case 'GET /callback':
      await finishSignIn(session, url).catch((error) => explain(error, session));
      goTo(home);
      return;
    case 'POST /call-service':
      if (session.user !== undefined) {
        await useService(session, session.user).catch((error) => explain(error, session));
      }
      goTo(home);
      return;
    case 'POST /do-sensitive': {
      if (session.user === undefined) return goTo(home);
      const { user } = session;
      const demands = await useService(session, user, true).catch((error) => explain(error, session));
      return goTo(demands === undefined ? home : await signIn(session, demands));
    }
    case 'GET /session':
      return tellSessionEnd(session, response, false);
    case 'POST /session/activity':
      return tellSessionEnd(session, response, true);
    case 'GET /session.js':
      response.setHeader('content-type', 'text/javascript');
      response.end(sessionScript(await gatehouse()));
      return;
    case 'POST /sign-out':
      goTo(await signOut(session));
      return;
    default:
      response.writeHead(404).end('Not found');
  }
}

createServer(async (request, response) => {
  response.setHeader('content-security-policy', contentSecurityPolicy(ISSUER));
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cache-control', 'no-store');
  try {
    await route(request, response);
  } catch (error) {
    // An answer of Gatehouse that refuses (RFC 6749, section 4.1.2.1), or something that does not match.
    const { error: code, error_description: description } = error as {
      error?: string;
      error_description?: string;
    };
    const message = description ?? code ?? (error as Error).message;
    response.writeHead(400, { 'content-type': 'text/html; charset=utf-8' }).end(errorPage(message));
  }
}).listen(Number(PORT), 'localhost', () => console.log(`The sample application listens on ${home}`));
