import { expect } from 'chai';
import { InMemoryWebStorage, User, UserManager, WebStorageStateStore } from 'oidc-client-ts';
import { type Answer, basic, type HandClient, handClient, postForm, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const API = 'https://api.example.org/';

/** Clients without a secret, as libraries treat them. */
describe('a public client', () => {
  let server: TestServer;
  let client: HandClient;
  let registered: Record<string, string>;
  let person: Awaited<ReturnType<TestServer['addAccount']>>;

  before(async () => {
    server = await startTestServer();
    // Before anything is asked for: what the server remembers of resources it forgets some moments after a new one.
    await server.addResource({ identifier: API, name: 'API', scopes: ['read'] });
    registered = await server.addClient({ ...WEB_CLIENT, token_endpoint_auth_method: 'none' });
    client = handClient(server.issuer, registered);
    person = await server.addAccount();
  });
  after(() => server.stop());

  const post = (path: string, fields: Record<string, string>, headers = {}): Promise<Answer> =>
    postForm(`${server.issuer}${path}`, fields, headers);
  const short = ({ status, body }: Answer) => [status, body.error];

  describe('with a Basic header whose secret is empty', () => {
    const empty = () => basic(client.id, '');

    it('is that client, at every endpoint where clients say who they are', async () => {
      const agent = new UserAgent();
      const tokens = await tokensFor(client, person, {}, agent);
      const refreshed = await post(
        '/token',
        { grant_type: 'refresh_token', refresh_token: tokens.refresh_token },
        empty(),
      );
      expect(refreshed.status).to.equal(200);
      expect((await post('/par', client.parameters(), empty())).status).to.equal(201);
      expect((await post('/par', { ...client.parameters(), client_id: '' }, empty())).status).to.equal(201);
      const { body } = await post('/token/introspect', { token: refreshed.body.access_token }, empty());
      expect(body).to.deep.equal({ active: false });
      const revoked = await post('/token/revoke', { token: refreshed.body.access_token }, empty());
      expect(revoked.status).to.equal(200);
      expect((await client.userinfo(refreshed.body.access_token)).status).to.equal(401);
    });

    it('is nobody else: not beside another client_id, a secret, or an assertion', async () => {
      const other = await server.addClient({ ...WEB_CLIENT, token_endpoint_auth_method: 'none' });
      const fields = { grant_type: 'refresh_token', refresh_token: 'x' };
      for (const more of [
        { client_id: String(other.client_id) },
        { client_secret: 'x' },
        { client_assertion: 'a.b.c' },
      ]) {
        const answer = await post('/token', { ...fields, ...more } as never, empty());
        expect(short(answer), JSON.stringify(more)).to.deep.equal([400, 'invalid_request']);
      }
      const twice = new URLSearchParams([
        ...Object.entries(fields),
        ['client_id', client.id],
        ['client_id', client.id],
      ]);
      expect(short(await postForm(`${server.issuer}/token`, twice, empty()))).to.deep.equal([
        400,
        'invalid_request',
      ]);
    });

    it('is refused where the client has a secret, is unknown, or the secret is not empty', async () => {
      const secretive = await server.addClient({
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      });
      const ask = (headers: object) => post('/token', { grant_type: 'client_credentials' }, headers);
      for (const id of [String(secretive.client_id), 'nobody', '']) {
        expect(short(await ask(basic(id, ''))), id).to.deep.equal([400, 'invalid_request']);
      }
      expect(short(await ask(basic(client.id, 'x')))).to.deep.equal([401, 'invalid_client']);
      for (const header of ['Basic', 'Basic =', `Basic ${Buffer.from('%:').toString('base64')}`]) {
        expect((await ask({ authorization: header })).status, header).to.equal(400);
      }
    });
  });

  describe('revocation', () => {
    it('answers JSON, of opaque tokens, JWTs and unknown ones alike', async () => {
      const jwt = await tokensFor(client, person, { scope: 'openid read', resource: API });
      const opaque = await tokensFor(client, person);
      for (const token of [jwt.access_token, opaque.access_token, opaque.refresh_token, 'unknown']) {
        const { status, headers, body } = await client.post('/token/revoke', { token });
        expect([status, headers.get('content-type'), body]).to.deep.equal([
          200,
          'application/json; charset=utf-8',
          {},
        ]);
      }
    });

    it('is understood by oidc-client-ts', async () => {
      const tokens = await tokensFor(client, person);
      const userStore = new WebStorageStateStore({ store: new InMemoryWebStorage() });
      const manager = new UserManager({
        authority: server.issuer,
        client_id: client.id,
        redirect_uri: String(WEB_CLIENT.redirect_uris[0]),
        userStore,
        stateStore: userStore,
        automaticSilentRenew: false,
        revokeTokenTypes: ['access_token', 'refresh_token'],
      });
      await manager.storeUser(new User({ ...tokens, profile: { sub: person.id } } as never));
      await manager.revokeTokens();
      expect((await client.userinfo(tokens.access_token)).status).to.equal(401);
      expect((await client.refresh(tokens.refresh_token)).status).to.equal(400);
    });
  });
});
