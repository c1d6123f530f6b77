import { expect } from 'chai';
import { fixture } from '../support/evidence/fixture.ts';
import { eventually } from '../support/processes.ts';
import {
  type Answer,
  basic,
  type HandClient,
  handClient,
  type Person,
  postForm,
  tokensFor,
} from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const SERVICE = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

describe('tokens looked at and taken back', () => {
  let server: TestServer;
  let person: Person;
  let client: HandClient;

  before(async () => {
    server = await startTestServer();
    person = await server.addAccount();
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());

  describe('introspection', () => {
    let api: HandClient;
    before(async () => {
      const registration = { ...SERVICE, introspect_any_token: true };
      api = handClient(server.issuer, await server.addClient(registration));
    });
    const look = (who: HandClient, token: string): Promise<Answer> =>
      who.post('/token/introspect', { token });

    it('tells a client about its own tokens', async () => {
      const tokens = await tokensFor(client, person, { scope: 'openid email' });
      const { body } = await look(client, tokens.access_token);
      expect(body).to.deep.include({
        active: true,
        sub: person.id,
        client_id: client.id,
        scope: 'openid email',
        token_type: 'Bearer',
        iss: server.issuer,
        acr: 'aal1',
        amr: ['pwd'],
      });
      expect(body.auth_time).to.be.a('number');
      expect((await look(client, tokens.refresh_token)).body.active).to.equal(true);
    });

    it('tells nothing about others', async () => {
      const { access_token: token } = await tokensFor(client, person);
      const stranger = handClient(server.issuer, await server.addClient(WEB_CLIENT));
      expect((await look(stranger, token)).body).to.deep.equal({ active: false });
    });

    it('tells a resource server about every token', async () => {
      const { access_token: token } = await tokensFor(client, person);
      expect((await look(api, token)).body).to.include({ active: true, client_id: client.id });
    });

    it('says inactive for what is unknown, expired, revoked, or no token', async () => {
      const tokens = await tokensFor(client, person);
      await client.post('/token/revoke', { token: tokens.access_token });
      const expired = (await tokensFor(client, person)).access_token;
      await fixture(
        server.app.database,
        `update oidc_artifacts set expires_at = now() - interval '1 second' where model = 'AccessToken'`,
      );
      for (const token of ['nonsense', tokens.access_token, tokens.id_token, expired]) {
        const { status, body } = await look(api, token);
        expect([status, body]).to.deep.equal([200, { active: false }]);
      }
    });

    it('says inactive for a token whose client is there no more', async () => {
      const gone = handClient(server.issuer, await server.addClient(WEB_CLIENT));
      const { access_token: token } = await tokensFor(gone, person);
      expect((await look(api, token)).body.active).to.equal(true);
      await fixture(server.app.database, 'delete from clients where id = $1', [gone.id]);
      await eventually('the client is known to be gone', async () => {
        const { status } = await gone.post('/token/introspect', { token });
        return status === 401;
      });
      const { status, body } = await look(api, token);
      expect([status, body]).to.deep.equal([200, { active: false }]);
    });

    it('is refused without authentication', async () => {
      const { status } = await postForm(`${server.issuer}/token/introspect`, {
        token: 'x',
        client_id: api.id,
      });
      expect(status).to.equal(401);
      const wrong = await postForm(
        `${server.issuer}/token/introspect`,
        { token: 'x' },
        basic(api.id, 'wrong'),
      );
      expect(wrong.status).to.equal(401);
    });
  });

  describe('revocation', () => {
    it('of a refresh token ends its access tokens', async () => {
      const tokens = await tokensFor(client, person);
      const { status } = await client.post('/token/revoke', { token: tokens.refresh_token });
      expect(status).to.equal(200);
      expect((await client.refresh(tokens.refresh_token)).body.error).to.equal('invalid_grant');
      expect((await client.userinfo(tokens.access_token)).status).to.equal(401);
    });

    it('of an access token ends it, and what hangs on its grant', async () => {
      const tokens = await tokensFor(client, person);
      await client.post('/token/revoke', { token: tokens.access_token, token_type_hint: 'access_token' });
      expect((await client.userinfo(tokens.access_token)).status).to.equal(401);
      expect((await client.refresh(tokens.refresh_token)).body.error).to.equal('invalid_grant');
    });

    it('of what belongs to another client, or to nobody, changes nothing and says nothing', async () => {
      const tokens = await tokensFor(client, person);
      const stranger = handClient(server.issuer, await server.addClient(WEB_CLIENT));
      for (const token of [tokens.access_token, tokens.refresh_token, 'nonsense']) {
        expect((await stranger.post('/token/revoke', { token })).status).to.equal(200);
      }
      expect((await client.userinfo(tokens.access_token)).status).to.equal(200);
      expect((await client.refresh(tokens.refresh_token)).status).to.equal(200);
    });

    it('of a public client needs its id and the token', async () => {
      const app = handClient(
        server.issuer,
        await server.addClient({ ...WEB_CLIENT, token_endpoint_auth_method: 'none' }),
      );
      const tokens = await tokensFor(app, person);
      expect((await app.post('/token/revoke', { token: tokens.refresh_token })).status).to.equal(200);
      expect((await app.userinfo(tokens.access_token)).status).to.equal(401);
    });
  });
});
