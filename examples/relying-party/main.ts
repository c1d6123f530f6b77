/**
 * A sample application that signs people in through Gatehouse, with `openid-client` and plain `node:http`. Everything
 * that an application has to do begins in this file; who is signed in is kept in sessions.ts, the pages are in page.ts, what
 * Gatehouse tells it in back-channel.ts, what warns of the end of a session in session-end.ts.
 *
 * Settings: ISSUER, CLIENT_ID, CLIENT_SECRET, PORT, SERVICE, the address of the sample service, and HOME, where browsers see the
 * application: https, behind a proxy.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as oidc from 'openid-client';
import { createBackChannel, NoLogoutToken } from './back-channel.ts';
import { contentSecurityPolicy, errorPage, homePage } from './page.ts';
import { callService, type Demands } from './service.ts';
import { askAboutSession, sessionScript } from './session-end.ts';
import { createSessions, type Session, signedOut, type User } from './sessions.ts';
import { createTokens } from './tokens.ts';

const {
  ISSUER = 'http://localhost:3000',
  CLIENT_ID = 'sample-app',
  CLIENT_SECRET = '',
  PORT = '3001',
  SERVICE = 'http://localhost:3002',
  HOME = `http://localhost:${PORT}/`,
} = process.env;
const home = new URL(HOME);

const sessions = createSessions(home);

/** Gatehouse's endpoints and keys, read once from its discovery document. */
let configuration: Promise<oidc.Configuration> | undefined;
function gatehouse(): Promise<oidc.Configuration> {
  configuration ??= oidc
    .discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, {
      // Only because development speaks plain http, on this machine.
      execute: new URL(ISSUER).hostname === 'localhost' ? [oidc.allowInsecureRequests] : [],
    })
    .catch((error) => {
      configuration = undefined;
      throw error;
    });
  return configuration;
}

const backChannel = createBackChannel(gatehouse, CLIENT_ID);

/** A request and what was found of its session, if it has one. */
interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly session: Session | undefined;
}

/**
 * Step 1: send the browser to Gatehouse. `demands` are those of a service that wants to know `person` better. What the answer
 * has to match stays in this browser's session, so that nobody can finish here what they began elsewhere.
 */
async function signIn({ request, response }: Visit, demands?: Demands, person?: User): Promise<URL> {
  const codeVerifier = oidc.randomPKCECodeVerifier();
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
  sessions.expect(request, response, state, {
    codeVerifier,
    nonce,
    begunAt: Date.now(),
    ...(person && { sensitiveFor: person.claims.sub }),
  });
  return oidc.buildAuthorizationUrl(await gatehouse(), {
    redirect_uri: new URL('callback', home).href,
    scope: 'openid profile email roles sample:read',
    resource: SERVICE,
    code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...(person && { id_token_hint: person.idToken }),
    ...demands,
  });
}

/** Step 2: the browser is back with a code; exchange it for tokens and learn who the person is. Answers where to go then. */
async function finishSignIn(visit: Visit): Promise<URL> {
  const { request, response, url, session } = visit;
  const state = url.searchParams.get('state') ?? '';
  const pending = session?.pending.get(state);
  session?.pending.delete(state);
  if (pending === undefined) {
    // Of two tabs the other one was faster, perhaps with somebody else, who may be gone: Gatehouse knows who is there now.
    if (session?.user !== undefined || session?.notice !== undefined) return signIn(visit);
    throw new Error('no sign-in is under way in this browser');
  }
  const config = await gatehouse();
  // Checks state, iss, the code challenge, the ID token's signature, issuer, audience, nonce and times.
  const tokens = await oidc.authorizationCodeGrant(config, url, {
    pkceCodeVerifier: pending.codeVerifier,
    expectedState: state,
    expectedNonce: pending.nonce,
    idTokenExpected: true,
  });
  const idClaims = tokens.claims();
  if (idClaims === undefined) throw new Error('no ID token came');
  // The access token is for the service and opens no userinfo; the ID token has what the scopes tell of the person.
  const user: User = {
    claims: idClaims,
    idToken: tokens.id_token ?? '',
    tokens: createTokens(config, tokens),
  };
  const started = sessions.start(request, response, user);
  if (backChannel.hasEndedSince(pending.begunAt, idClaims.sid)) signedOut(started, ENDED);
  // What the person came here for, and nobody else; a service that is not content even now is told to them, not asked again.
  else if (pending.sensitiveFor === idClaims.sub) await useService(started, user, true);
  return home;
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
async function signOut({ request, response, session }: Visit): Promise<URL> {
  const idToken = session?.user?.idToken;
  sessions.end(request, response);
  return oidc.buildEndSessionUrl(await gatehouse(), {
    post_logout_redirect_uri: home.href,
    ...(idToken === undefined ? {} : { id_token_hint: idToken }),
  });
}

const ENDED = 'You were signed out, because your session at Gatehouse has ended.';

/** Step 5: Gatehouse says that a session of its own has ended, wherever that was. Ours ends with it. */
async function endSessions(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const { sid, sub } = await backChannel.read(request);
    for (const session of sessions.signedIn()) {
      const claims = session.user?.claims;
      const isMeant = (sid ?? claims?.sid) === claims?.sid && (sub ?? claims?.sub) === claims?.sub;
      if (claims !== undefined && isMeant) signedOut(session, ENDED);
    }
    // Also 200 where nothing was to be ended: a notice may come twice.
    response.writeHead(200).end();
  } catch (error) {
    // 400 is a refusal; whatever else is wrong here may be better when Gatehouse sends it again.
    response.writeHead(error instanceof NoLogoutToken ? 400 : 503).end();
  }
}

/** Step 6: the page asks when the session at Gatehouse ends, or says that the person is still there. */
async function tellSessionEnd({ session, response }: Visit, active: boolean): Promise<void> {
  const user = session?.user;
  const ends = user && (await askAboutSession(await gatehouse(), user.tokens, active));
  if (session !== undefined && user !== undefined && ends === undefined) signedOut(session, ENDED);
  response.writeHead(ends === undefined ? 401 : 200, { 'content-type': 'application/json' }).end(ends);
}

/** Refusals that belong to everyday life are told in words; whatever else goes wrong is an error. */
function explain(error: unknown, session: Session | undefined): void {
  const { error: code } = error as { error?: string };
  if (session !== undefined && code === 'access_denied') {
    // RFC 6749, section 4.1.2.1: the person cancelled, or did not allow it.
    session.notice = 'You did not sign in, so nothing was shared. You can try again whenever you like.';
  } else if (session !== undefined && (code === 'invalid_grant' || code === 'invalid_target')) {
    // RFC 6749, section 5.2, and RFC 8707, section 2: access was withdrawn, or the person signed out elsewhere. Ours ends with it.
    signedOut(session, 'Your access through Gatehouse has ended. Sign in again to go on.');
  } else if (session !== undefined && code === 'unmet_authentication_requirements') {
    // RFC 9470, section 5: there is no way to show what the service asks for.
    session.notice = 'Your account cannot show what this needs. Ask your administrator for a second factor.';
  } else {
    throw error;
  }
}

async function route(visit: Visit): Promise<void> {
  const { request, response, session, url } = visit;
  const user = session?.user;
  const goTo = (target: URL) => {
    response.writeHead(303, { location: target.href }).end();
  };
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /':
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(homePage(user?.claims, session?.serviceAnswer, session?.notice));
      delete session?.notice;
      return;
    case 'POST /sign-in':
      return goTo(await signIn(visit));
    case 'GET /callback':
      return goTo((await finishSignIn(visit).catch((error) => explain(error, session))) ?? home);
    case 'POST /call-service':
      if (session !== undefined && user !== undefined) {
        await useService(session, user).catch((error) => explain(error, session));
      }
      return goTo(home);
    case 'POST /do-sensitive': {
      if (session === undefined || user === undefined) return goTo(home);
      const demands = await useService(session, user, true).catch((error) => explain(error, session));
      return goTo(demands === undefined ? home : await signIn(visit, demands, user));
    }
    case 'GET /session':
      return tellSessionEnd(visit, false);
    case 'POST /session/activity':
      return tellSessionEnd(visit, true);
    case 'GET /session.js':
      response.setHeader('content-type', 'text/javascript');
      response.end(sessionScript(await gatehouse()));
      return;
    case 'POST /sign-out':
      return goTo(await signOut(visit));
    default:
      response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found');
  }
}

const HEADERS = {
  'content-security-policy': contentSecurityPolicy(ISSUER),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/** What was typed or clicked on a page of another site, or of a neighbour under the same name, is not this person's wish. */
const isForeign = ({ method, headers }: IncomingMessage): boolean =>
  method === 'POST' && (headers['sec-fetch-site'] ?? 'same-origin') !== 'same-origin';

createServer(async (request, response) => {
  response.setHeaders(new Map(Object.entries(HEADERS)));
  try {
    // Only the path is the browser's to choose: whatever it calls us, the callback is where it was registered.
    const url = new URL(`${home.origin}${request.url}`);
    // No browser sends this: there is no session to look up.
    if (request.method === 'POST' && url.pathname === '/back-channel-logout') {
      return await endSessions(request, response);
    }
    if (isForeign(request)) return void response.writeHead(403).end();
    await route({ request, response, url, session: sessions.find(request) });
  } catch (error) {
    // For whoever runs this; people get no words that somebody else may have put into an address.
    const { error: code, message } = error as { error?: string; message: string };
    console.error(`${request.method} failed: ${code ?? message}`);
    const status = code === undefined ? 400 : 502;
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(errorPage());
  }
}).listen(Number(PORT), 'localhost', () => console.log(`The sample application listens on ${home.href}`));
