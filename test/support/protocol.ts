import { createHash, randomBytes } from 'node:crypto';
import { REDIRECT_URI } from './relying-party.ts';
import type { TestServer } from './server.ts';
import { type Page, UserAgent } from './user-agent.ts';

/** A client written by hand, for requests that a good library would not send. */

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect, and fail where it is not.
  readonly body: Record<string, any>;
}

type Fields = Record<string, string | undefined>;

const present = (fields: Fields) =>
  Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);

export async function postForm(
  url: string,
  fields: Fields | URLSearchParams,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = fields instanceof URLSearchParams ? fields : new URLSearchParams(present(fields));
  const response = await fetch(url, { method: 'POST', body, headers, redirect: 'manual' });
  return answerOf(response);
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    headers: response.headers,
    body: json ? JSON.parse(text) : { text },
  };
}

/** A verifier and its challenge (RFC 7636). */
export function pkce(verifier = randomBytes(32).toString('base64url')) {
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

export const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
});

export interface HandClient {
  readonly id: string;
  readonly secret: string | undefined;
  readonly verifier: string;
  /** The address of an authorization request; `undefined` leaves a parameter out. */
  authorizeUrl(parameters?: Fields): string;
  /** An authorization request's parameters, e.g. for PAR. */
  parameters(parameters?: Fields): Record<string, string>;
  /** Posts with this client's authentication. */
  post(path: string, fields: Fields, headers?: Record<string, string>): Promise<Answer>;
  /** Redeems a code, or the code of a callback address. */
  redeem(code: string, fields?: Fields): Promise<Answer>;
  refresh(refreshToken: string, fields?: Fields): Promise<Answer>;
  userinfo(accessToken: string): Promise<Answer>;
}

/** Every request of one client uses the same verifier: its codes are told apart by themselves. */
export function handClient(issuer: string, registration: Record<string, string>): HandClient {
  const { verifier, challenge } = pkce();
  const id = String(registration.client_id);
  const secret = registration.client_secret;
  const method = registration.token_endpoint_auth_method;
  const parameters = (given: Fields = {}) =>
    Object.fromEntries(
      present({
        client_id: id,
        response_type: 'code',
        redirect_uri: REDIRECT_URI,
        scope: 'openid',
        state: 'the-state',
        code_challenge: challenge,
        code_challenge_method: 'S256',
        ...given,
      }),
    );
  const post: HandClient['post'] = (path, fields, headers = {}) => {
    if (method === 'none' || method === 'private_key_jwt') {
      return postForm(`${issuer}${path}`, { client_id: id, ...fields }, headers);
    }
    if (method === 'client_secret_post') {
      return postForm(`${issuer}${path}`, { client_id: id, client_secret: secret, ...fields }, headers);
    }
    return postForm(`${issuer}${path}`, fields, { ...basic(id, String(secret)), ...headers });
  };
  return {
    id,
    secret,
    verifier,
    parameters,
    authorizeUrl: (given) => `${issuer}/authorize?${new URLSearchParams(parameters(given))}`,
    post,
    redeem: (code, fields = {}) =>
      post('/token', {
        grant_type: 'authorization_code',
        code: code.includes('code=') ? String(callbackOf(code).get('code')) : code,
        redirect_uri: REDIRECT_URI,
        code_verifier: verifier,
        ...fields,
      }),
    refresh: (refreshToken, fields = {}) =>
      post('/token', { grant_type: 'refresh_token', refresh_token: refreshToken, ...fields }),
    userinfo: async (accessToken) =>
      answerOf(await fetch(`${issuer}/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } })),
  };
}

/** The parameters with which the browser was sent back to the client. */
export function callbackOf(page: Page | string): URLSearchParams {
  const location = typeof page === 'string' ? page : page.location;
  if (location === undefined) throw new Error(`no redirect: ${JSON.stringify(page)}`);
  return new URL(location).searchParams;
}

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly password: string;
}

/** Opens an authorization request, signs the person in and allows what is asked; answers where the browser ends. */
export async function authorize(agent: UserAgent, url: string, person?: Person): Promise<Page> {
  let page = await agent.open(url);
  for (let steps = 0; page.location === undefined && steps < 4; steps += 1) {
    if (person !== undefined && page.forms.some(({ fields }) => 'password' in fields)) {
      const { email: identifier, password } = person;
      page = await agent.follow(await agent.submit(page, { identifier, password }));
    } else if (page.forms.some(({ action }) => action.endsWith('/consent'))) {
      page = await agent.follow(await agent.submit(page, { decision: 'allow' }, '/consent'));
    } else break;
  }
  return page;
}

/** The whole way to a token response, in a fresh browser. */
export async function tokensFor(
  client: HandClient,
  person: Person,
  parameters: Fields = {},
  agent = new UserAgent(),
): Promise<Answer['body']> {
  const page = await authorize(agent, client.authorizeUrl(parameters), person);
  const { resource } = parameters;
  const answer = await client.redeem(page.location ?? '', resource === undefined ? {} : { resource });
  if (answer.status !== 200) throw new Error(`no tokens: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

export interface AuditRow {
  readonly id: string;
  readonly type: string;
  readonly outcome: string;
  readonly at: Date;
  readonly actor_kind: string | null;
  readonly actor: string | null;
  readonly account: string | null;
  readonly client: string | null;
  readonly session: string | null;
  readonly factor: string | null;
  readonly ip: string | null;
  readonly user_agent: string | null;
  readonly request_id: string | null;
  readonly command: string | null;
  readonly operator: string | null;
  readonly reason: string | null;
  readonly details: Record<string, unknown>;
}

/** The audit trail in the order in which it was written. */
export async function auditTrail(server: TestServer): Promise<AuditRow[]> {
  const rows = await server.app.database.query<AuditRow>('select * from audit_events order by at, id');
  return rows.map((row) => ({ ...row, at: new Date(row.at) }));
}

/** The first sealing writes it a moment after the start, whatever a test is at. */
const BY_ITSELF = 'audit.proof_started';

/** The events that are written while `work` runs. */
export async function eventsDuring<T>(
  server: TestServer,
  work: () => Promise<T>,
): Promise<{ events: AuditRow[]; result: T }> {
  const trail = async () => (await auditTrail(server)).filter(({ type }) => type !== BY_ITSELF);
  // By their ids: where a test moves the clock, others may be told at a later time than these.
  const before = new Set((await trail()).map(({ id }) => id));
  const result = await work();
  return { events: (await trail()).filter(({ id }) => !before.has(id)), result };
}
