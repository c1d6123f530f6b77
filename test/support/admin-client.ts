import { expect } from 'chai';
import { ADMIN_SCOPES } from '../../src/domain/clients/admin-scopes.ts';
import { ADMIN_API } from '../../src/http/api/admin/act-route.ts';
import { fixture } from './evidence/fixture.ts';
import { addApp, typeCode, typePassword } from './factors.ts';
import { operationAt, operationsOf, undocumented } from './openapi.ts';
import { type Answer, authorize, callbackOf, handClient, type Person, tokensFor } from './protocol.ts';
import { WEB_CLIENT } from './relying-party.ts';
import type { TestServer } from './server.ts';
import { UserAgent } from './user-agent.ts';

/** The API of administration as programs and people call it; each answer is checked against its document. */

const SERVICE = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

/** Asks for `path` below the API. */
export type Asks = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer & { readonly text: string }>;

export async function adminClient(server: TestServer) {
  const { issuer } = server;
  const base = `${issuer}${ADMIN_API}`;
  const resource = `${issuer}/api/admin`;
  const document = (await (await fetch(`${base}/openapi.json`)).json()) as Record<string, unknown>;
  const operations = operationsOf(document);

  /** Asks with a token; fails where the document does not know the answer. */
  const withToken =
    (token: string | undefined): Asks =>
    async (method, path, body, headers = {}) => {
      const raw = body instanceof Uint8Array || typeof body === 'string';
      const response = await fetch(`${base}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
      });
      const text = await response.text();
      const { status } = response;
      const operation = operationAt(operations, method, String(path.split('?')[0]));
      if (operation !== undefined)
        expect(undocumented(document, operation, { status, headers: response.headers, text })).to.deep.equal(
          [],
        );
      const isJson = response.headers.get('content-type')?.includes('json') === true;
      return { status, headers: response.headers, text, body: isJson ? JSON.parse(text) : {} };
    };

  /** A program with a token of its own. */
  async function program(scopes: readonly string[] = ADMIN_SCOPES): Promise<Asks> {
    const registration = await server.addClient({ ...SERVICE, admin_scopes: scopes });
    const client = handClient(issuer, registration);
    const fields = { grant_type: 'client_credentials', resource, scope: scopes.join(' ') };
    const { body } = await client.post('/token', fields);
    return withToken(String(body.access_token));
  }

  /** Somebody with a role of administration and a second factor, who has just signed in with both. */
  async function person(role = 'administrator', scopes: readonly string[] = ADMIN_SCOPES) {
    const account = await server.addAccount({ roles: [role] });
    const app = await addApp(server, account);
    const client = handClient(issuer, await server.addClient({ ...WEB_CLIENT, admin_scopes: scopes }));
    const agent = new UserAgent();
    const parameters = { resource, scope: ['openid', ...scopes].join(' ') };
    const asked = await typePassword(agent, await agent.open(client.authorizeUrl(parameters)), account);
    let page = await agent.follow(await typeCode(agent, asked, await app.fresh()));
    if (page.location === undefined) page = await authorize(agent, client.authorizeUrl(parameters));
    const { body } = await client.redeem(String(callbackOf(page).get('code')), { resource });
    return { account: account as Person & { name: string }, ask: withToken(String(body.access_token)) };
  }

  /** Somebody who has signed in by their password, and was given the role since. */
  async function newcomer(role: string): Promise<Asks> {
    const account = await server.addAccount();
    const client = handClient(issuer, await server.addClient({ ...WEB_CLIENT, admin_scopes: ADMIN_SCOPES }));
    const scope = ['openid', ...ADMIN_SCOPES].join(' ');
    const { access_token: token } = await tokensFor(client, account, { resource, scope });
    await fixture(server.app.database, 'update accounts set roles = $2 where id = $1', [account.id, [role]]);
    return withToken(String(token));
  }

  return { document, operations, withToken, program, person, newcomer };
}

export type AdminClient = Awaited<ReturnType<typeof adminClient>>;
