import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { clientSecretMatches, digestClientSecret } from '../../src/domain/clients/secrets.ts';
import { constantTimeEqual } from '../../src/kernel/crypto.ts';
import { asFixture } from '../support/evidence/fixture.ts';
import { REDIRECT_URI, WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  authorizePath,
  basic,
  type Client,
  codeFor,
  get,
  introspect,
  post,
  redeem,
  token,
  tokensFor,
  VERIFIER,
} from './support.ts';

describe('clients', () => {
  let server: TestServer;
  let client: Client;

  before(async () => {
    server = await startTestServer();
    client = await server.addClient({
      ...WEB_CLIENT,
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    });
  });
  after(() => server.stop());

  describe('line 57: a confidential client proves itself wherever it acts for itself', () => {
    const endpoints: Record<string, Record<string, string>> = {
      '/token': { grant_type: 'client_credentials' },
      '/par': Object.fromEntries(new URLSearchParams(authorizePath({ client_id: 'x' }).split('?')[1])),
      '/token/introspect': { token: 'x' },
      '/token/revoke': { token: 'x' },
    };
    for (const [path, fields] of Object.entries(endpoints)) {
      it(`at ${path}`, async () => {
        const id = String(client.client_id);
        const secret = String(client.client_secret);
        const { client_id: _id, ...rest } = fields;
        const asked = (more: Record<string, string>, authorization?: string) =>
          post(
            server,
            path,
            { ...rest, ...more },
            undefined,
            authorization === undefined ? {} : { authorization },
          );
        expect((await asked({ client_id: id }, basic(id, secret))).status).to.be.lessThan(300);
        const refused = [
          await asked({}),
          await asked({ client_id: id }),
          await asked({ client_id: id, client_secret: '' }),
          await asked({ client_id: id, client_secret: 'wrong' }),
          await asked({}, basic(id, 'wrong')),
          await asked({}, basic(id, secret.slice(0, -1))),
          await asked({}, basic(id, `${secret}x`)),
          await asked({}, basic(id, `${secret}\0`)),
          await asked({}, basic('nobody', secret)),
          await asked({ client_id: 'gatehouse' }, basic(id, secret)),
          await asked({ client_secret: secret }, basic(id, secret)),
          await asked({ client_id: id }, `Bearer ${secret}`),
        ];
        for (const { status, body } of refused) {
          expect(status).to.be.oneOf([400, 401]);
          expect(body).not.to.have.any.keys('access_token', 'request_uri', 'active');
        }
      });
    }

    it('a client that does not exist is refused in the same words as a wrong secret', async () => {
      const fields = { grant_type: 'client_credentials' };
      const wrong = await token(server, { ...client, client_secret: 'x'.repeat(43) }, fields);
      const unknown = await token(server, { client_id: 'nobody', client_secret: 'x'.repeat(43) }, fields);
      expect(unknown.status).to.equal(wrong.status);
      expect(unknown.body).to.deep.equal(wrong.body);
      expect([...unknown.headers.keys()]).to.deep.equal([...wrong.headers.keys()]);
    });

    it('a public client is told nothing by introspection, not even about its own token', async () => {
      const open = await server.addClient({ ...WEB_CLIENT, token_endpoint_auth_method: 'none' });
      const person = await server.addAccount();
      const code = (await codeFor(server, open, person)).get('code');
      const { body } = await post(server, '/token', {
        grant_type: 'authorization_code',
        client_id: String(open.client_id),
        code: String(code),
        redirect_uri: REDIRECT_URI,
        code_verifier: VERIFIER,
      });
      const asked = { client_id: String(open.client_id), token: String(body.access_token) };
      expect(body.access_token).to.be.a('string');
      expect((await post(server, '/token/introspect', asked)).body).to.deep.equal({ active: false });
      expect((await post(server, '/token/introspect', { token: asked.token })).status).to.equal(400);
    });

    it('our own pages’ client gets no token', async () => {
      const own = { client_id: 'gatehouse', grant_type: 'authorization_code', code: 'x', redirect_uri: 'x' };
      expect((await post(server, '/token', own)).status).to.equal(400);
      for (const response_type of ['code', 'none']) {
        const path = authorizePath({ client_id: 'gatehouse' }, { response_type, prompt: 'none' });
        expect((await get(server, path)).headers.get('location')).to.equal(null);
      }
    });
  });

  describe('secrets of clients', () => {
    it('are nowhere in the database, and their digest is no secret', async () => {
      const rows = await server.app.database.query<{ all: string }>(
        'select row_to_json(c)::text || coalesce(secret_digest, $1) as all from clients c',
        [''],
      );
      expect(JSON.stringify(rows)).not.to.contain(String(client.client_secret));
      const stored = await server.app.clients.store.find(String(client.client_id));
      const answer = await token(
        server,
        { ...client, client_secret: String(stored?.secrets[0]?.digest) },
        { grant_type: 'client_credentials' },
      );
      expect(answer.status).to.equal(401);
    });

    it('are compared in constant time, after hashing both', () => {
      const {
        secrets: { keyring },
      } = server.app;
      const digest = digestClientSecret(keyring, 'a'.repeat(43));
      expect(clientSecretMatches(keyring, digest, 'a'.repeat(43))).to.equal(true);
      for (const wrong of [
        'a'.repeat(42),
        'a'.repeat(44),
        `b${'a'.repeat(42)}`,
        '',
        digest,
        digest.split('.')[1] ?? '',
      ])
        expect(clientSecretMatches(keyring, digest, wrong)).to.equal(false);
      for (const broken of ['', '.', 'test.', 'unknown.x', digest.replace('test', 'gone')])
        expect(clientSecretMatches(keyring, broken, 'a'.repeat(43))).to.equal(false);
      expect(constantTimeEqual('', '')).to.equal(true);
      expect(constantTimeEqual('a', 'ab')).to.equal(false);
      // What is compared has one length whatever was presented, so not even a length can be learned.
      expect(
        new Set(['', 'a', 'a'.repeat(500)].map((secret) => digestClientSecret(keyring, secret).length)).size,
      ).to.equal(1);
    });
  });

  describe('line 65: a client is never taken for a person', () => {
    it('no client id can look like a subject', async () => {
      for (const client_id of [
        randomUUID(),
        randomUUID().toUpperCase(),
        '00000000-0000-4000-8000-000000000000',
      ]) {
        const outcome = await server.addClient({ ...WEB_CLIENT, client_id }).catch((error: Error) => error);
        expect(outcome, client_id).to.be.instanceOf(Error);
      }
      const person = await server.addAccount();
      const outcome = await server
        .addClient({ ...WEB_CLIENT, client_id: person.id })
        .catch((error: Error) => error);
      expect(outcome).to.be.instanceOf(Error);
      expect(client.client_id).not.to.match(/-/);
    });

    it('a token for a service opens nothing of a person’s', async () => {
      const { body } = await token(server, client, {
        grant_type: 'client_credentials',
        scope: 'openid profile',
      });
      if (body.access_token !== undefined) {
        const { status } = await get(server, '/userinfo', { authorization: `Bearer ${body.access_token}` });
        expect(status).to.be.oneOf([401, 403]);
        expect((await introspect(server, client, String(body.access_token))).body).not.to.have.property(
          'sub',
        );
      }
      for (const reserved of ['sub', 'acr', 'amr', 'roles']) expect(body).not.to.have.property(reserved);
    });
  });

  it('only who proves itself may look into the tokens of others', async () => {
    for (const metadata of [
      { token_endpoint_auth_method: 'none', introspect_any_token: true },
      { token_endpoint_auth_method: 'none', introspect_any_token: true, application_type: 'native' },
    ]) {
      const outcome = await server.addClient({ ...WEB_CLIENT, ...metadata }).catch((error) => error.code);
      expect(outcome).to.equal('client_metadata_invalid');
    }
    const api = await server.addClient({ ...WEB_CLIENT, introspect_any_token: true });
    const person = await server.addAccount();
    const { access_token } = await tokensFor(server, client, person);
    expect((await introspect(server, api, String(access_token))).body.active).to.equal(true);
  });

  it('metadata that would switch a protection off has to be true or false', async () => {
    for (const metadata of [{ first_party: 'false' }, { require_pkce: 0 }, { introspect_any_token: [] }]) {
      const outcome = await server.addClient({ ...WEB_CLIENT, ...metadata }).catch((error: Error) => error);
      expect(outcome).to.be.instanceOf(Error);
    }
  });

  it('a deleted client is out at once: with its codes, tokens and on every node', async () => {
    const doomed = await server.addClient(WEB_CLIENT);
    const person = await server.addAccount();
    const tokens = await tokensFor(server, doomed, person);
    const code = (await codeFor(server, doomed, person)).get('code');
    const id = String(doomed.client_id);
    await asFixture(server.app.database, async (tx) => {
      await server.app.clients.store.delete(tx, id);
      await server.app.lifecycle.access.endAllOfClient(tx, id);
    });
    const gone = async () => (await redeem(server, doomed, code)).status === 401;
    for (let tries = 0; tries < 50 && !(await gone()); tries += 1)
      await new Promise((r) => setTimeout(r, 20));
    expect(await gone()).to.equal(true);
    const refresh = { grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) };
    expect((await token(server, doomed, refresh)).status).to.equal(401);
    const { status } = await get(server, '/userinfo', { authorization: `Bearer ${tokens.access_token}` });
    expect(status).to.equal(401);
  });
});
