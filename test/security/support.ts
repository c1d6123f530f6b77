import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import pg from 'pg';
import { AS_FIXTURE } from '../support/evidence/fixture.ts';
import { REDIRECT_URI } from '../support/relying-party.ts';
import type { TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

/** What an attacker needs: requests without a library's good manners, and a look into the database. */

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

export const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;

export type Client = Record<string, string>;

/** Posts a form to an endpoint; as the client where one is given, by HTTP Basic. */
export async function post(
  server: TestServer,
  path: string,
  fields: Record<string, string> | [string, string][],
  client?: Client,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const authorization = client && basic(String(client.client_id), String(client.client_secret));
  const response = await fetch(`${directly(server)}${path}`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: {
      accept: 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
      ...headers,
    },
    redirect: 'manual',
  });
  return answerOf(response);
}

export const token = (server: TestServer, client: Client | undefined, fields: Record<string, string>) =>
  post(server, '/token', fields, client);

export async function get(
  server: TestServer,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  return answerOf(await fetch(`${directly(server)}${path}`, { method, headers, redirect: 'manual' }));
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  let body: Record<string, unknown> = {};
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A page.
  }
  return { status: response.status, headers: response.headers, text, body };
}

export const verifierPair = () => {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
};

/** An authorization request with everything that is asked for; `undefined` takes a parameter out. */
export function authorizePath(client: Client, changes: Record<string, string | undefined> = {}): string {
  const parameters: Record<string, string | undefined> = {
    client_id: String(client.client_id),
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile email',
    state: 'a-state',
    nonce: 'a-nonce',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
    ...changes,
  };
  const given = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return `/authorize?${new URLSearchParams(given)}`;
}

/** The verifier that belongs to {@link authorizePath}'s challenge. */
export const VERIFIER = 'a-verifier-that-is-long-enough-to-be-one-of-rfc-7636';

/** Signs in as far as a code; answers the callback's parameters. */
export async function codeFor(
  server: TestServer,
  client: Client,
  person: { email: string; password: string },
  changes: Record<string, string | undefined> = {},
  agent = new UserAgent(),
): Promise<URLSearchParams> {
  let page = await agent.open(directly(server) + authorizePath(client, changes));
  if (page.location === undefined && page.body.includes('name="password"')) {
    page = await agent.follow(
      await agent.submit(page, { identifier: person.email, password: person.password }),
    );
  }
  if (page.location === undefined) page = await agent.follow(await consent(agent, page));
  if (page.location === undefined) throw new Error(`no callback: ${page.status} ${page.url}\n${page.body}`);
  return new URL(page.location).searchParams;
}

/** Allows what the consent page asks for. */
export function consent(agent: UserAgent, page: Page, decision = 'allow'): Promise<Page> {
  const form = page.forms.find(({ action }) => action.endsWith('/consent'));
  if (form === undefined) throw new Error(`no consent page: ${page.status} ${page.url}`);
  return agent.post(form.action, { ...form.fields, decision });
}

/** Redeems a code with the verifier that belongs to it. */
export const redeem = (
  server: TestServer,
  client: Client,
  code: string | null,
  changes: Record<string, string> = {},
) =>
  token(server, client, {
    grant_type: 'authorization_code',
    code: String(code),
    redirect_uri: REDIRECT_URI,
    code_verifier: VERIFIER,
    ...changes,
  });

/** The whole way to tokens. */
export async function tokensFor(
  server: TestServer,
  client: Client,
  person: { email: string; password: string },
  changes: Record<string, string | undefined> = {},
  agent = new UserAgent(),
): Promise<Record<string, string>> {
  const callback = await codeFor(server, client, person, changes, agent);
  const { status, body, text } = await redeem(server, client, callback.get('code'));
  if (status !== 200) throw new Error(`no tokens: ${text}`);
  return body as Record<string, string>;
}

export const introspect = (server: TestServer, client: Client, value: string) =>
  post(server, '/token/introspect', { token: value }, client);

export const userinfo = (server: TestServer, value: string) =>
  get(server, '/userinfo', { authorization: `Bearer ${value}` });

export interface AuditRecord {
  readonly at: string;
  readonly type: string;
  readonly outcome: string;
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

/** The audit trail, oldest first; of one type where given. */
export const audited = (server: TestServer, type?: string): Promise<AuditRecord[]> =>
  server.app.database.query<AuditRecord>(
    'select * from audit_events where $1::text is null or type = $1 order by at, id',
    [type ?? null],
  );

/** A connection of the tables' owner, for breaking things. */
export async function asOwner<T>(server: TestServer, work: (owner: pg.Client) => Promise<T>): Promise<T> {
  const owner = new pg.Client({ connectionString: server.database.ownerUrl, options: AS_FIXTURE });
  await owner.connect();
  try {
    return await work(owner);
  } finally {
    await owner.end();
  }
}

/** Sends bytes as they are and answers everything that comes back until the server closes, or time is up. */
export function raw(
  server: TestServer,
  bytes: string | Buffer,
  milliseconds = 5_000,
): Promise<{ text: string; closed: boolean; after: number }> {
  return new Promise((resolve) => {
    const started = performance.now();
    const chunks: Buffer[] = [];
    const socket = connect({ port: portOf(server), host: 'localhost' });
    const finish = (closed: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text: Buffer.concat(chunks).toString('latin1'), closed, after: performance.now() - started });
    };
    const timer = setTimeout(() => finish(false), milliseconds);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => finish(true));
    socket.on('close', () => finish(true));
    socket.write(bytes);
  });
}

/** Where the process listens, whatever its issuer says. */
export const portOf = (server: TestServer): number => server.app.config.server.port;

/** The process itself, without the proxy that an https issuer has in front. */
export const directly = (server: TestServer): string => `http://localhost:${portOf(server)}`;

export const isAlive = async (server: TestServer): Promise<boolean> =>
  (await fetch(`${directly(server)}/health/live`)).status === 200;

/** Signs of a stack trace, or of the machinery behind an answer. */
export const INNARDS =
  /\n\s+at |node_modules|node:internal|\.ts:\d+|\/src\/|SQLSTATE|select .* from |insert into|relation "|ECONNREFUSED|[A-Z][a-z]+Error\b/;
