import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { decodeJwt, decodeProtectedHeader, exportJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { authorizePath, type Client, get, introspect, post, tokensFor, userinfo } from './support.ts';

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const RESOURCE = 'https://api.example.org';

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JWT by hand: what a library would refuse to make. */
function forge(header: object, payload: object, sign: (data: string) => string = () => ''): string {
  const data = `${encode(header)}.${encode(payload)}`;
  return `${data}.${sign(data)}`;
}

const withSecret = (secret: string | Buffer) => (data: string) =>
  createHmac('sha256', secret).update(data).digest('base64url');

describe('tokens that are not what they say', () => {
  let server: TestServer;
  let client: Client;
  let keyed: Client;
  let evil: Server;
  let evilHits = 0;
  let tokens: Record<string, string>;
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const attacker = generateKeyPairSync('rsa', { modulusLength: 2048 });

  before(async () => {
    server = await startTestServer();
    client = await server.addClient(WEB_CLIENT);
    keyed = await server.addClient({
      client_name: 'A service',
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ ...(await exportJWK(own.publicKey)), kid: 'own', alg: 'RS256', use: 'sig' }] },
    });
    await server.addResource({ identifier: RESOURCE, name: 'API', scopes: ['read'] });
    const person = await server.addAccount();
    tokens = await tokensFor(server, client, person);
    const publicJwk = await exportJWK(attacker.publicKey);
    evil = createServer((_request, response) => {
      evilHits += 1;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ keys: [{ ...publicJwk, kid: 'evil', alg: 'RS256' }] }));
    });
    await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
  });
  after(async () => {
    await server.stop();
    await new Promise((resolve) => evil.close(resolve));
  });

  const claims = (changes: object = {}): JWTPayload => ({
    iss: String(keyed.client_id),
    sub: String(keyed.client_id),
    aud: server.issuer,
    jti: randomUUID(),
    iat: Math.floor(Date.now() / 1000),
    exp: Math.floor(Date.now() / 1000) + 60,
    ...changes,
  });

  const assert = (jwt: string) =>
    post(server, '/token', {
      grant_type: 'client_credentials',
      client_assertion: jwt,
      client_assertion_type: ASSERTION,
    });

  const signed = (payload: JWTPayload, key = own.privateKey, header: Record<string, unknown> = {}) =>
    new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'own', ...header }).sign(key);

  const evilUrl = () => `http://127.0.0.1:${(evil.address() as AddressInfo).port}/jwks`;
  const attackerJwk = (): JWK => attacker.publicKey.export({ format: 'jwk' }) as JWK;

  const publicPem = () => own.publicKey.export({ type: 'spki', format: 'pem' }) as string;

  it('the honest assertion is accepted, once', async () => {
    const jwt = await signed(claims());
    expect((await assert(jwt)).status).to.equal(200);
    expect((await assert(jwt)).status).to.equal(401);
  });

  describe('line 61: only listed algorithms and registered keys count, for client assertions', () => {
    const tricks: Record<string, () => Promise<string> | string> = {
      'alg none': () => forge({ alg: 'none' }, claims()),
      'alg NONE': () => forge({ alg: 'NONE', kid: 'own' }, claims()),
      'no alg': () => forge({ kid: 'own' }, claims()),
      'an empty alg': () => forge({ alg: '', kid: 'own' }, claims()),
      'HS256 with the public key as PEM': () =>
        forge({ alg: 'HS256', kid: 'own' }, claims(), withSecret(publicPem())),
      'HS256 with the public key as DER': () =>
        forge(
          { alg: 'HS256', kid: 'own' },
          claims(),
          withSecret(own.publicKey.export({ type: 'spki', format: 'der' })),
        ),
      'HS256 with an empty secret': () => forge({ alg: 'HS256' }, claims(), withSecret('')),
      'HS256 with the client id': () =>
        forge({ alg: 'HS256' }, claims(), withSecret(String(keyed.client_id))),
      RS512: async () => new SignJWT(claims()).setProtectedHeader({ alg: 'RS512' }).sign(own.privateKey),
      'another key': async () => signed(claims(), attacker.privateKey),
      'another key in the header (jwk)': async () =>
        signed(claims(), attacker.privateKey, { jwk: attackerJwk() }),
      'another key by address (jku)': async () =>
        signed(claims(), attacker.privateKey, { jku: evilUrl(), kid: 'evil' }),
      'another key by address (x5u)': async () => signed(claims(), attacker.privateKey, { x5u: evilUrl() }),
      'another key by certificate (x5c)': async () =>
        signed(claims(), attacker.privateKey, {
          x5c: [attacker.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')],
        }),
      'a kid that is a path': async () => signed(claims(), attacker.privateKey, { kid: '../../../dev/null' }),
      'a kid that is SQL': async () => signed(claims(), attacker.privateKey, { kid: "' or '1'='1" }),
      'a critical header that nobody knows': () =>
        forge({ alg: 'RS256', kid: 'own', crit: ['b64'], b64: false }, claims()),
      'no signature': async () => (await signed(claims())).replace(/\.[^.]*$/, '.'),
      'a payload changed after signing': async () => {
        const [head, , signature] = (await signed(claims())).split('.');
        return `${head}.${encode(claims({ aud: server.issuer, extra: true }))}.${signature}`;
      },
      'the signature of the ID token': () => String(tokens.id_token),
    };
    for (const [what, make] of Object.entries(tricks)) {
      it(`refuses ${what}`, async () => {
        const { status, body } = await assert(await make());
        expect(status).to.be.oneOf([400, 401]);
        expect(body).not.to.have.property('access_token');
        expect(evilHits).to.equal(0);
      });
    }
  });

  describe('line 61: and for id_token_hint', () => {
    const tricks: Record<string, (payload: JWTPayload, key: JWK) => Promise<string> | string> = {
      'alg none': (payload) => forge({ alg: 'none' }, payload),
      'HS256 with the public key': (payload, key) =>
        forge(
          { alg: 'HS256', kid: key.kid },
          payload,
          withSecret(createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' })),
        ),
      'HS256 with the secret of the client': (payload) =>
        forge({ alg: 'HS256' }, payload, withSecret(String(client.client_secret))),
      'another key under our kid': (payload, key) =>
        new SignJWT(payload)
          .setProtectedHeader({ alg: 'RS256', kid: String(key.kid) })
          .sign(attacker.privateKey),
      'another key in the header': (payload) =>
        new SignJWT(payload)
          .setProtectedHeader({ alg: 'RS256', jwk: attackerJwk() })
          .sign(attacker.privateKey),
      'another key by address': (payload) =>
        new SignJWT(payload).setProtectedHeader({ alg: 'RS256', jku: evilUrl() }).sign(attacker.privateKey),
    };
    for (const [what, make] of Object.entries(tricks)) {
      it(`refuses ${what}, at /authorize and at /logout`, async () => {
        const { body } = await get(server, '/jwks');
        const key = (body.keys as JWK[]).find(({ alg }) => alg === 'RS256') as JWK;
        const hint = await make(decodeJwt(String(tokens.id_token)), key);
        const asked = await get(server, authorizePath(client, { id_token_hint: hint, prompt: 'none' }));
        expect(String(asked.headers.get('location'))).to.contain('error=invalid_request');
        const out = await get(server, `/logout?${new URLSearchParams({ id_token_hint: hint })}`);
        expect(out.status).to.equal(400);
        expect(evilHits).to.equal(0);
      });
    }
  });

  describe('line 62: times, audience and kind are checked', () => {
    const now = () => Math.floor(Date.now() / 1000);
    const refused: Record<string, () => object> = {
      'an expired one': () => ({ exp: now() - 60 }),
      'one that is not valid yet': () => ({ nbf: now() + 600 }),
      'one without an end': () => ({ exp: undefined }),
      'one without an id': () => ({ jti: undefined }),
      'one without an audience': () => ({ aud: undefined }),
      'one for somebody else': () => ({ aud: 'https://other.example' }),
      'one for somebody whose name begins like ours': () => ({ aud: `${server.issuer}.evil.example` }),
      'one of another issuer': () => ({ iss: String(client.client_id) }),
      'one about another client': () => ({ sub: String(client.client_id) }),
      'an end that is text': () => ({ exp: '9999999999' }),
    };
    for (const [what, changes] of Object.entries(refused)) {
      it(`refuses a client assertion: ${what}`, async () => {
        const { status } = await assert(await signed(claims(changes())));
        expect(status).to.be.oneOf([400, 401]);
      });
    }

    it('refuses as a hint what we signed for other purposes', async () => {
      const { body } = await get(server, '/jwks');
      const kid = String((body.keys as JWK[]).find(({ alg }) => alg === 'RS256')?.kid);
      const key = createPrivateKey({ key: (await server.app.keys.store.open(kid)) as never, format: 'jwk' });
      const { iss, sub, aud, exp, sid } = decodeJwt(String(tokens.id_token));
      for (const [typ, payload] of [
        ['logout+jwt', { iss, sub, aud, exp, sid, events: {} }],
        ['at+jwt', { iss, sub, aud, exp, client_id: client.client_id }],
        ['token-introspection+jwt', { iss, sub, aud, exp }],
      ] as const) {
        const other = await new SignJWT(payload as JWTPayload)
          .setProtectedHeader({ alg: 'RS256', kid, typ })
          .sign(key);
        const asked = await get(server, authorizePath(client, { id_token_hint: other, prompt: 'none' }));
        expect(String(asked.headers.get('location')), typ).to.contain('error=invalid_request');
        const out = await get(server, `/logout?${new URLSearchParams({ id_token_hint: other })}`);
        expect(out.status, typ).to.equal(400);
      }
    });
  });

  describe('line 63: an ID token is no access token, nor the reverse', () => {
    it('at userinfo and introspection', async () => {
      const idToken = String(tokens.id_token);
      expect((await userinfo(server, String(tokens.access_token))).status).to.equal(200);
      expect((await userinfo(server, idToken)).status).to.equal(401);
      expect((await userinfo(server, String(tokens.refresh_token))).status).to.equal(401);
      expect((await introspect(server, client, idToken)).body.active).not.to.equal(true);
    });

    it('as id_token_hint, and as what a grant takes', async () => {
      const person = await server.addAccount();
      const forApi = await tokensFor(server, client, person, {
        scope: 'read',
        resource: RESOURCE,
        nonce: undefined,
      });
      const jwt = String(forApi.access_token);
      expect(decodeProtectedHeader(jwt).typ).to.equal('at+jwt');
      expect(decodeProtectedHeader(String(tokens.id_token)).typ).to.equal(undefined);
      expect((await userinfo(server, jwt)).status).to.equal(401);
      for (const hint of [jwt, String(tokens.access_token)]) {
        const { headers } = await get(server, authorizePath(client, { id_token_hint: hint, prompt: 'none' }));
        expect(String(headers.get('location'))).to.contain('error=invalid_request');
      }
      for (const value of [tokens.id_token, tokens.access_token, jwt]) {
        const answer = await post(
          server,
          '/token',
          { grant_type: 'refresh_token', refresh_token: String(value) },
          client,
        );
        expect(answer.body.error).to.equal('invalid_grant');
      }
    });
  });

  it('line 64: an access token names its audience, and is for no other', async () => {
    const person = await server.addAccount();
    const { access_token } = await tokensFor(server, client, person, {
      scope: 'read',
      resource: RESOURCE,
      nonce: undefined,
    });
    expect(decodeJwt(String(access_token))).to.include({ aud: RESOURCE, iss: server.issuer, scope: 'read' });
    expect((await userinfo(server, String(access_token))).status).to.equal(401);
    const unknown = authorizePath(client, { resource: 'https://other.example', prompt: 'none' });
    expect(String((await get(server, unknown)).headers.get('location'))).to.contain('error=invalid_target');
    const opaque = (await introspect(server, client, String(tokens.access_token))).body;
    expect(opaque).to.include({ active: true, client_id: client.client_id }).and.not.have.property('aud');
  });
});
