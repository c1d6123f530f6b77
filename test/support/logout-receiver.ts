import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import { eventually } from './processes.ts';

/**
 * An application's place for notices that a session has ended, written by the specification alone (OpenID Connect
 * Back-Channel Logout 1.0, sections 2.5 to 2.8): whatever breaks a rule is answered with 400.
 */
export interface LogoutReceiver {
  readonly uri: string;
  readonly origin: string;
  /** What came, in order, valid or not. */
  readonly requests: readonly Notice[];
  /** The claims of what was valid and answered with success. */
  readonly accepted: readonly JWTPayload[];
  /** Whom its client is to the issuer. Before that it refuses everything. */
  expect(client: { readonly id: string; readonly issuer: string; readonly algorithm?: string }): void;
  /** What to do with a valid notice instead of accepting it; true when it was answered. */
  behave(behaviour: Behaviour | undefined): void;
  until(accepted: number): Promise<void>;
  close(): Promise<void>;
}

export interface Notice {
  readonly token: string;
  readonly claims: JWTPayload | undefined;
  /** Which rule it breaks. */
  readonly broken: string | undefined;
}

type Behaviour = (answer: ServerResponse, request: number) => boolean | Promise<boolean>;

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

export async function startLogoutReceiver(port = 0): Promise<LogoutReceiver> {
  const requests: Notice[] = [];
  const accepted: JWTPayload[] = [];
  const seen = new Set<unknown>();
  let behaviour: Behaviour | undefined;
  let check: ((token: string) => Promise<JWTPayload>) | undefined;

  const server = createServer(async (request, response) => {
    const notice = await read(request);
    requests.push(notice);
    if (notice.claims === undefined || seen.has(notice.claims.jti)) {
      response.writeHead(400, { 'cache-control': 'no-store' }).end();
      return;
    }
    seen.add(notice.claims.jti);
    if (behaviour !== undefined && (await behaviour(response, requests.length))) return;
    accepted.push(notice.claims);
    response.writeHead(200, { 'cache-control': 'no-store' }).end();
  });

  async function read(request: IncomingMessage): Promise<Notice> {
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    const token = form.get('logout_token') ?? '';
    try {
      if (request.method !== 'POST') throw new Error('it is posted');
      if (request.headers['content-type'] !== 'application/x-www-form-urlencoded')
        throw new Error('it is a form');
      if (form.getAll('logout_token').length !== 1) throw new Error('it is one token');
      if (check === undefined) throw new Error('nothing is expected');
      return { token, claims: await check(token), broken: undefined };
    } catch (error) {
      return { token, claims: undefined, broken: (error as Error).message };
    }
  }

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    uri: `${origin}/back-channel`,
    origin,
    requests,
    accepted,
    expect({ id, issuer, algorithm = 'RS256' }) {
      const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`), { cooldownDuration: 0 });
      check = (token) => verify(token, keys, { id, issuer, algorithm });
    },
    behave(next) {
      behaviour = next;
    },
    until: (count) =>
      eventually(`${count} notices are accepted`, async () => accepted.length >= count, 20_000),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Section 2.6, rule by rule. */
async function verify(
  token: string,
  keys: ReturnType<typeof createRemoteJWKSet>,
  { id, issuer, algorithm }: { id: string; issuer: string; algorithm: string },
): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, keys, {
    issuer,
    audience: id,
    algorithms: [algorithm],
    typ: 'logout+jwt',
    requiredClaims: ['iss', 'aud', 'iat', 'exp', 'jti', 'events'],
    maxTokenAge: '3 minutes',
  });
  if (typeof payload.sub !== 'string' && typeof payload.sid !== 'string') throw new Error('sub, sid or both');
  const events = payload.events as Record<string, unknown> | undefined;
  const event = events?.[EVENT];
  if (typeof event !== 'object' || event === null || Array.isArray(event)) throw new Error('the event');
  if ('nonce' in payload) throw new Error('no nonce');
  if (Number(payload.exp) - Number(payload.iat) > 120) throw new Error('two minutes at most');
  return payload;
}
