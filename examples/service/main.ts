/**
 * A sample service that answers only to access tokens of Gatehouse: JWTs after RFC 9068, verified with the published keys
 * and looked up on the published list of those that were taken back. No call to Gatehouse is made per request.
 *
 * Settings: ISSUER, PORT, and AUDIENCE, under which the service is registered as a resource.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import { createStatusCheck } from './status-list.ts';

const { ISSUER = 'http://localhost:3000', PORT = '3002' } = process.env;
const { AUDIENCE = `http://localhost:${PORT}` } = process.env;
const REQUIRED_SCOPE = 'sample:read';

/** Fetched when first needed, kept, and fetched again when a token names a key that is not among them. */
const keys = createRemoteJWKSet(new URL('/jwks', ISSUER));

const isRevoked = createStatusCheck(ISSUER, keys);

/** What the sensitive part asks of the sign-in behind a token: a second factor, and none from this morning. */
const SENSITIVE = { levels: ['aal2', 'phr'], maxAgeSeconds: 900 };

class Refusal extends Error {
  readonly status: number;
  /** RFC 6750, section 3; of who brought no token nothing is said that is wrong with it. */
  readonly challenge: string;

  constructor(status: number, parameters: Record<string, string> = {}) {
    super(parameters.error_description ?? 'no access token');
    this.status = status;
    const all = Object.entries({ realm: 'sample service', ...parameters });
    this.challenge = `Bearer ${all.map(([name, value]) => `${name}="${value}"`).join(', ')}`;
  }
}

const invalid = (error_description: string) =>
  new Refusal(401, { error: 'invalid_token', error_description });

/** What is wrong with a token, of the things that can go wrong: the others are about getting the keys. */
const NOT_VALID = /^ERR_JW[ST]_|_NO_MATCHING_KEY$|_NOT_(ALLOWED|SUPPORTED)$/;

/** RFC 9068, section 4: signature, issuer, audience, times and type; whether it was taken back; then what the token allows. */
async function authorize(request: IncomingMessage): Promise<JWTPayload> {
  const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) throw new Refusal(401);
  const { payload } = await jwtVerify(token, keys, {
    issuer: ISSUER,
    audience: AUDIENCE,
    typ: 'at+jwt',
    algorithms: ['RS256', 'ES256', 'EdDSA'],
    requiredClaims: ['sub', 'client_id', 'exp', 'iat', 'jti', 'status'],
  }).catch((error) => {
    const isToken = error instanceof errors.JOSEError && NOT_VALID.test(error.code);
    throw isToken ? invalid('the access token is not valid here') : error;
  });
  if (await isRevoked(payload)) throw invalid('the access token was taken back');
  if (
    !String(payload.scope ?? '')
      .split(' ')
      .includes(REQUIRED_SCOPE)
  ) {
    throw new Refusal(403, {
      error: 'insufficient_scope',
      error_description: `the scope ${REQUIRED_SCOPE} is needed`,
      scope: REQUIRED_SCOPE,
    });
  }
  return payload;
}

/** RFC 9470, section 3: the token is good, and its person has to show more. The client knows from this what to ask for. */
function requireStrongSignIn({ acr, auth_time: signedInAt }: JWTPayload): void {
  const { levels, maxAgeSeconds } = SENSITIVE;
  const age = Date.now() / 1000 - Number(signedInAt);
  if (levels.includes(String(acr)) && age <= maxAgeSeconds) return;
  throw new Refusal(401, {
    error: 'insufficient_user_authentication',
    error_description: 'a second factor is needed, shown not long ago',
    acr_values: levels.join(' '),
    max_age: String(maxAgeSeconds),
  });
}

/** What there is; whoever may not come in does not learn of what there is not. */
const ROUTES: Record<string, (token: JWTPayload) => object> = {
  'GET /': ({ sub, scope }) => ({ hello: 'from the sample service', sub, scope }),
  'POST /sensitive': (token) => {
    requireStrongSignIn(token);
    return { done: 'something sensitive', sub: token.sub, acr: token.acr };
  },
};

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(`${JSON.stringify(body, undefined, 2)}\n`);
}

createServer(async (request, response) => {
  try {
    const token = await authorize(request);
    const [path] = (request.url ?? '').split('?');
    const answer = ROUTES[`${request.method} ${path}`]?.(token);
    send(response, answer === undefined ? 404 : 200, answer ?? { error: 'there is nothing here' });
  } catch (error) {
    if (error instanceof Refusal) {
      response.setHeader('www-authenticate', error.challenge);
      return send(response, error.status, { error: error.message });
    }
    // Nobody can say now whether the token is good: that is no fault of it, and the caller should keep it.
    console.error(`The access token could not be checked: ${(error as Error).message}`);
    response.setHeader('retry-after', '5');
    send(response, 503, { error: 'the access token cannot be checked now' });
  }
}).listen(Number(PORT), 'localhost', () =>
  console.log(`The sample service listens on http://localhost:${PORT}/`),
);
