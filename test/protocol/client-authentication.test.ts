import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type Answer, basic, handClient, postForm } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const SERVICE = {
  client_name: 'A service',
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
};

describe('client authentication', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const token = (fields: Record<string, string | undefined>, headers = {}) =>
    postForm(`${server.issuer}/token`, { grant_type: 'client_credentials', ...fields }, headers);
  const short = ({ status, body }: Answer) => [status, body.error];

  describe('with a secret', () => {
    for (const method of ['client_secret_basic', 'client_secret_post']) {
      it(`${method}: accepts the secret and nothing like it`, async () => {
        const registration = await server.addClient({ ...SERVICE, token_endpoint_auth_method: method });
        const { client_id: id = '', client_secret: secret = '' } = registration;
        const present = (client: string, given: string) =>
          method === 'client_secret_basic'
            ? token({}, basic(client, given))
            : token({ client_id: client, client_secret: given });
        expect((await present(id, secret)).status).to.equal(200);
        for (const wrong of [`${secret}x`, secret.slice(0, -1), secret.toUpperCase(), 'x']) {
          const answer = await present(id, wrong);
          expect(short(answer)).to.deep.equal([401, 'invalid_client']);
        }
        expect(short(await present('nobody', secret))).to.deep.equal([401, 'invalid_client']);
      });
    }

    it('is not accepted in the form of its digest, which is what the database holds', async () => {
      const { client_id: id = '' } = await server.addClient(SERVICE);
      const digest = (await server.app.clients.store.find(id))?.secrets[0]?.digest ?? '';
      expect(digest).to.have.length.greaterThan(20);
      expect(short(await token({}, basic(id, digest)))).to.deep.equal([401, 'invalid_client']);
    });

    it('challenges who sent a header', async () => {
      const { client_id: id = '' } = await server.addClient(SERVICE);
      const { headers } = await token({}, basic(id, 'wrong'));
      expect(headers.get('www-authenticate')).to.match(/^Basic realm=/u);
    });

    it('cannot be left out, nor given in two ways', async () => {
      const { client_id: id = '', client_secret: secret = '' } = await server.addClient(SERVICE);
      expect(short(await token({ client_id: id }))).to.deep.equal([401, 'invalid_client']);
      expect(short(await token({}))).to.deep.equal([400, 'invalid_request']);
      const twice = await token({ client_id: id, client_secret: secret }, basic(id, secret));
      expect(short(twice)).to.deep.equal([400, 'invalid_request']);
    });

    it('is shown once: the list of clients does not have it', async () => {
      const { client_secret: secret = '' } = await server.addClient(SERVICE);
      expect(JSON.stringify(await server.app.clients.store.list())).to.not.include(secret);
    });
  });

  describe('private_key_jwt', () => {
    let id: string;
    let key: CryptoKey;

    before(async () => {
      const pair = await generateKeyPair('ES256', { extractable: true });
      key = pair.privateKey;
      const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', use: 'sig', alg: 'ES256' };
      const registration = await server.addClient({
        ...SERVICE,
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [jwk] },
      });
      expect(registration).to.not.have.property('client_secret');
      id = String(registration.client_id);
    });

    const now = () => Math.floor(Date.now() / 1000);
    const assertion = (claims: Record<string, unknown> = {}, signer: CryptoKey = key, header = {}) =>
      new SignJWT({
        iss: id,
        sub: id,
        aud: server.issuer,
        jti: randomUUID(),
        iat: now(),
        exp: now() + 60,
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', kid: 'one', ...header })
        .sign(signer);
    const present = (jwt: string) => token({ client_assertion: jwt, client_assertion_type: ASSERTION_TYPE });

    it('accepts a fresh assertion for the issuer or the endpoint', async () => {
      for (const aud of [server.issuer, `${server.issuer}/token`, [server.issuer]]) {
        expect((await present(await assertion({ aud }))).status, String(aud)).to.equal(200);
      }
    });

    it('accepts each assertion once, in parallel too', async () => {
      const jwt = await assertion();
      expect((await present(jwt)).status).to.equal(200);
      expect(short(await present(jwt))).to.deep.equal([401, 'invalid_client']);
      const raced = await assertion();
      const answers = await Promise.all(Array.from({ length: 20 }, () => present(raced)));
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 200)).to.have.length(1);
      expect(statuses.filter((status) => status === 401)).to.have.length(19);
    });

    it('accepts each assertion once on all nodes together', async () => {
      const second = await server.secondNode();
      try {
        const jwt = await assertion();
        const form = {
          grant_type: 'client_credentials',
          client_assertion: jwt,
          client_assertion_type: ASSERTION_TYPE,
        };
        const port = second.app.config.server.port;
        const answers = await Promise.all(
          Array.from({ length: 10 }, (_, index) =>
            postForm(index % 2 === 0 ? `${server.issuer}/token` : `http://localhost:${port}/token`, form),
          ),
        );
        expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
      } finally {
        await second.stop();
      }
    });

    const wrong: [string, () => Record<string, unknown>][] = [
      ['for somebody else', () => ({ aud: 'https://other.example' })],
      ['without an audience', () => ({ aud: undefined })],
      ['that has expired', () => ({ iat: now() - 120, exp: now() - 60 })],
      ['that never expires', () => ({ exp: undefined })],
      ['that is not valid yet', () => ({ nbf: now() + 120 })],
      ['without an id', () => ({ jti: undefined })],
      ['of another issuer', () => ({ iss: 'somebody' })],
    ];
    for (const [what, claims] of wrong) {
      it(`refuses an assertion ${what}`, async () => {
        expect(short(await present(await assertion(claims())))).to.deep.equal([401, 'invalid_client']);
      });
    }

    it('refuses the signature of another key, and an assertion without one', async () => {
      const { privateKey } = await generateKeyPair('ES256');
      expect(short(await present(await assertion({}, privateKey)))).to.deep.equal([401, 'invalid_client']);
      const [, payload] = (await assertion()).split('.');
      const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
      expect(short(await present(none))).to.deep.equal([401, 'invalid_client']);
    });

    it('refuses a secret of a client that has a key', async () => {
      expect(short(await token({}, basic(id, 'anything')))).to.deep.equal([401, 'invalid_client']);
    });
  });

  it('none: a public client names itself, and cannot act for itself', async () => {
    const registration = await server.addClient({ ...WEB_CLIENT, token_endpoint_auth_method: 'none' });
    expect(registration).to.not.have.property('client_secret');
    const client = handClient(server.issuer, registration);
    expect(short(await client.redeem('no-such-code'))).to.deep.equal([400, 'invalid_grant']);
    const own = await client.post('/token', { grant_type: 'client_credentials' });
    expect(own.status).to.equal(400);
  });

  it('is asked for at every endpoint that a client alone may use', async () => {
    const { client_id: id = '' } = await server.addClient(WEB_CLIENT);
    for (const path of ['/token', '/par', '/token/introspect', '/token/revoke']) {
      const fields = { client_id: id, token: 'x', grant_type: 'authorization_code', code: 'x' };
      const answer = await postForm(`${server.issuer}${path}`, fields);
      expect([path, ...short(answer)]).to.deep.equal([path, 401, 'invalid_client']);
    }
  });

  it('keeps grants to the clients that are registered for them', async () => {
    const client = handClient(server.issuer, await server.addClient(SERVICE));
    for (const grant of [
      'authorization_code',
      'refresh_token',
      'password',
      'urn:ietf:params:oauth:grant-type:device_code',
    ]) {
      const { status, body } = await client.post('/token', {
        grant_type: grant,
        code: 'x',
        refresh_token: 'x',
      });
      expect(status, grant).to.equal(400);
      expect(body.error, grant).to.be.oneOf([
        'unauthorized_client',
        'unsupported_grant_type',
        'invalid_request',
      ]);
    }
  });
});
