import { expect } from 'chai';
import { type HandClient, handClient, type Person, tokensFor } from './protocol.ts';
import { WEB_CLIENT } from './relying-party.ts';
import type { TestServer } from './server.ts';
import { UserAgent } from './user-agent.ts';

const CLIENT = { ...WEB_CLIENT, grant_types: ['authorization_code', 'refresh_token', 'client_credentials'] };

/** What a test asks of a server, and as whom. */
export interface Asked {
  readonly server: TestServer;
  readonly person: Person;
  readonly client: HandClient;
  readonly tokens: Record<string, string>;
  readonly agent: UserAgent;
}

/** A person with tokens of a client, and a browser that is signed in. */
export async function prepare(server: TestServer): Promise<Asked> {
  const person = await server.addAccount();
  const client = handClient(server.issuer, await server.addClient(CLIENT));
  const agent = new UserAgent();
  return { server, person, client, tokens: await tokensFor(client, person, {}, agent), agent };
}

/** The status of the check that says whether a server can work. */
export const ready = ({ server }: Pick<Asked, 'server'>) =>
  fetch(`${server.issuer}/health/ready`).then(({ status }) => status);

/** Statuses and headers of everything that writes, by what was asked. */
async function askEverything({ server, person, client, tokens, agent }: Asked) {
  const form = async () => {
    const visitor = new UserAgent();
    const page = await visitor.open(client.authorizeUrl());
    if (page.status !== 200) return page;
    return visitor.submit(page, { identifier: person.email, password: person.password });
  };
  const token = await client.post('/token', { grant_type: 'client_credentials' });
  const refreshed = await client.refresh(String(tokens.refresh_token));
  return {
    'sign-in': await form().then(({ status, headers }) => ({ status, headers, body: {} })),
    account: await agent
      .open(`${server.issuer}/account`)
      .then(({ status, headers }) => ({ status, headers, body: {} })),
    token,
    refreshed,
    par: await client.post('/par', client.parameters()),
    revoke: await client.post('/token/revoke', { token: String(tokens.access_token) }),
  };
}

/** Whatever is asked is answered with 503, which says when to come back and what a client understands. */
export async function expectNotNow(asked: Asked): Promise<void> {
  for (const [what, { status, headers, body }] of Object.entries(await askEverything(asked))) {
    expect(status, what).to.equal(503);
    expect(headers.get('retry-after'), what).to.match(/^\d+$/);
    expect(headers.getSetCookie(), what).to.deep.equal([]);
    expect(body, what).to.not.have.any.keys('access_token', 'id_token', 'request_uri');
    if ('error' in body)
      expect((body as Record<string, unknown>).error, what).to.be.oneOf([
        'temporarily_unavailable',
        'server_error',
        'database_unavailable',
      ]);
  }
}
