import { createHmac, createPrivateKey, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { expect } from 'chai';
import { decodeJwt, decodeProtectedHeader, type JWK, type JWTPayload, SignJWT } from 'jose';
import { issueLogoutToken } from '../../src/oidc/internals.ts';
import { eventually } from '../support/processes.ts';
import {
  type Answer,
  basic,
  eventsDuring,
  type HandClient,
  handClient,
  type Person,
  postForm,
  tokensFor,
} from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { readList, referenceOf, revokedOnList } from '../support/status-list.ts';

const RECORDS = 'https://records.example.org';
const FOR_RECORDS = { scope: 'openid records:read', resource: RECORDS };
const SERVICE = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

describe('JWT access tokens looked at and taken back', function jwts() {
  this.timeout(60_000);
  let server: TestServer;
  let person: Person;
  let client: HandClient;
  let service: HandClient;
  let api: HandClient;

  before(async () => {
    server = await startTestServer();
    person = await server.addAccount({ roles: ['clinician'] });
    const register = async (metadata: object) =>
      handClient(server.issuer, await server.addClient(metadata as Record<string, unknown>));
    client = await register(WEB_CLIENT);
    service = await register(SERVICE);
    api = await register({ ...SERVICE, introspect_any_token: true });
    await server.addResource({ identifier: RECORDS, name: 'Records', scopes: ['records:read', 'roles'] });
    await server.addResource({
      identifier: 'urn:elliptic',
      name: 'Elliptic',
      scopes: ['read'],
      token_algorithm: 'ES256',
    });
    await server.addResource({
      identifier: 'urn:edwards',
      name: 'Edwards',
      scopes: ['read'],
      token_algorithm: 'EdDSA',
    });
  });
  after(() => server.stop());

  const look = (who: HandClient, token: string, more = {}): Promise<Answer> =>
    who.post('/token/introspect', { token, ...more });
  const isActive = async (token: string) => (await look(api, token)).body.active;
  const revoke = (who: HandClient, token: string, more = {}): Promise<Answer> =>
    who.post('/token/revoke', { token, ...more });
  const forPerson = async (parameters = {}): Promise<string> =>
    (await tokensFor(client, person, { ...FOR_RECORDS, ...parameters })).access_token;
  const forService = async (who = service, resource = RECORDS): Promise<string> => {
    const scope = resource === RECORDS ? 'records:read' : 'read';
    return (await who.post('/token', { grant_type: 'client_credentials', resource, scope })).body
      .access_token;
  };

  describe('introspection', () => {
    it('tells everything about one for a person', async () => {
      const token = await forPerson({ scope: 'openid records:read roles' });
      const { status: _status, ...claims } = decodeJwt(token);
      const { status, body, headers } = await look(client, token);
      expect(status).to.equal(200);
      expect(headers.get('content-type')).to.match(/^application\/json/u);
      expect(headers.get('cache-control')).to.equal('no-store');
      const { sid, ...told } = body;
      expect(told).to.deep.equal({ ...claims, active: true, token_type: 'Bearer' });
      expect(told).to.include({ iss: server.issuer, aud: RECORDS, client_id: client.id, sub: person.id });
      expect(told).to.include.keys('scope', 'exp', 'iat', 'jti', 'acr', 'amr', 'auth_time', 'roles');
      expect(sid).to.be.a('string');
    });

    it('tells about one for a service, whichever key has signed it', async () => {
      for (const resource of [RECORDS, 'urn:elliptic', 'urn:edwards']) {
        const token = await forService(service, resource);
        const { status: _status, ...claims } = decodeJwt(token);
        expect((await look(service, token)).body).to.deep.equal({
          ...claims,
          active: true,
          token_type: 'Bearer',
        });
      }
    });

    it('is for its client and for resource servers, as with opaque tokens', async () => {
      const [token, ofService] = [await forPerson(), await forService()];
      expect((await look(api, token)).body).to.include({ active: true, client_id: client.id });
      expect((await look(api, ofService)).body).to.include({ active: true, client_id: service.id });
      expect((await look(service, token)).body).to.deep.equal({ active: false });
      expect((await look(client, ofService)).body).to.deep.equal({ active: false });
      for (const hint of ['access_token', 'refresh_token', 'nonsense']) {
        expect((await look(api, token, { token_type_hint: hint })).body.active, hint).to.equal(true);
      }
      const app = handClient(
        server.issuer,
        await server.addClient({ ...WEB_CLIENT, token_endpoint_auth_method: 'none' }),
      );
      const own = (await tokensFor(app, person, FOR_RECORDS)).access_token;
      expect((await look(app, own)).body).to.deep.equal({ active: false });
    });

    it('is refused without authentication, and what is answered is no refusal in the trail', async () => {
      const token = await forPerson();
      const url = `${server.issuer}/token/introspect`;
      expect((await postForm(url, { token, client_id: api.id })).status).to.equal(401);
      const wrong = await postForm(url, { token }, basic(api.id, 'wrong'));
      expect([wrong.status, wrong.body.error]).to.deep.equal([401, 'invalid_client']);
      const { events } = await eventsDuring(server, () => look(api, token));
      expect(events).to.deep.equal([]);
      const asBrowser = await api.post('/token/introspect', { token }, { accept: 'text/html' });
      expect(asBrowser.body.active).to.equal(true);
    });

    it('takes nothing but one token in a form', async () => {
      const token = await forPerson();
      const url = `${server.issuer}/token/introspect`;
      const as = basic(api.id, String(api.secret));
      const twice = await postForm(
        url,
        new URLSearchParams([
          ['token', token],
          ['token', token],
        ]),
        as,
      );
      const none = await postForm(url, {}, as);
      const json = await fetch(url, {
        method: 'POST',
        body: JSON.stringify({ token }),
        headers: { ...as, 'content-type': 'application/json' },
      });
      expect([twice.status, none.status, json.status]).to.deep.equal([400, 400, 400]);
    });

    it('the jti of a token is no token', async () => {
      const { jti } = decodeJwt(await forPerson());
      expect((await look(client, String(jti))).body).to.deep.equal({ active: false });
      expect((await client.userinfo(String(jti))).status).to.equal(401);
    });
  });

  describe('revocation', () => {
    it('of one for a person ends it, and what hangs on its grant, at once', async () => {
      const tokens = await tokensFor(client, person, FOR_RECORDS);
      const neighbour = await forPerson();
      const { events, result } = await eventsDuring(server, () => revoke(client, tokens.access_token));
      expect([result.status, result.body.text]).to.deep.equal([200, '']);
      expect(
        events.map(({ type, details, client: by, account }) => [type, details, by, account]),
      ).to.deep.equal([['token.revoked', { kind: 'access_token' }, client.id, person.id]]);
      expect(await isActive(tokens.access_token)).to.equal(false);
      expect((await client.refresh(tokens.refresh_token)).body.error).to.equal('invalid_grant');
      expect(await revokedOnList(server, tokens.access_token, neighbour)).to.deep.equal([true, false]);
      expect(await isActive(neighbour)).to.equal(true);
    });

    it('of its refresh token ends it as well', async () => {
      const tokens = await tokensFor(client, person, FOR_RECORDS);
      await revoke(client, tokens.refresh_token);
      expect(await isActive(tokens.access_token)).to.equal(false);
      expect(await revokedOnList(server, tokens.access_token)).to.deep.equal([true]);
    });

    it('of one for a service ends that one alone', async () => {
      const [token, neighbour] = [await forService(), await forService()];
      const { events } = await eventsDuring(server, async () => {
        for (let times = 0; times < 2; times += 1)
          expect((await revoke(service, token)).status).to.equal(200);
      });
      expect(events.map(({ type, details, account }) => [type, details, account])).to.deep.equal([
        ['token.revoked', { kind: 'client_credentials' }, null],
      ]);
      expect(await isActive(token)).to.equal(false);
      expect(await isActive(neighbour)).to.equal(true);
      expect(await revokedOnList(server, token, neighbour)).to.deep.equal([true, false]);
    });

    it('of another client’s, and of what is none, changes nothing and answers the same', async () => {
      const held = [await forPerson(), await forService()];
      const stranger = handClient(server.issuer, await server.addClient(WEB_CLIENT));
      const { events } = await eventsDuring(server, async () => {
        for (const token of [...held, 'a.b.c', `${held[0]}x`]) {
          const { status, body } = await revoke(stranger, token);
          expect([status, body.text]).to.deep.equal([200, '']);
        }
        for (const token of held) expect((await revoke(api, token)).status).to.equal(200);
      });
      expect(events).to.deep.equal([]);
      for (const token of held) expect(await isActive(token)).to.equal(true);
      expect(await revokedOnList(server, ...held)).to.deep.equal([false, false]);
      const url = `${server.issuer}/token/revoke`;
      const wrong = await postForm(url, { token: String(held[0]) }, basic(client.id, 'wrong'));
      expect(wrong.status).to.equal(401);
      expect(await isActive(String(held[0]))).to.equal(true);
    });

    it('of fifty at the same time takes each of them, and nothing else', async () => {
      const tokens = await Promise.all(Array.from({ length: 50 }, () => forService()));
      const neighbours = await Promise.all(Array.from({ length: 10 }, () => forService()));
      await Promise.all(tokens.map((token) => revoke(service, token)));
      expect(new Set(await revokedOnList(server, ...tokens))).to.deep.equal(new Set([true]));
      expect(new Set(await revokedOnList(server, ...neighbours))).to.deep.equal(new Set([false]));
    });

    it('of one by fifty at the same time is told of once', async () => {
      const token = await forPerson();
      const { events, result } = await eventsDuring(server, () =>
        Promise.all(Array.from({ length: 50 }, () => revoke(client, token))),
      );
      expect(new Set(result.map(({ status }) => status))).to.deep.equal(new Set([200]));
      expect(events.map(({ type }) => type)).to.deep.equal(['token.revoked']);
      expect(await revokedOnList(server, token)).to.deep.equal([true]);
    });

    it('by a public client needs its id and the token', async () => {
      const app = handClient(
        server.issuer,
        await server.addClient({ ...WEB_CLIENT, token_endpoint_auth_method: 'none' }),
      );
      const token = (await tokensFor(app, person, FOR_RECORDS)).access_token;
      expect((await revoke(app, token)).status).to.equal(200);
      expect(await isActive(token)).to.equal(false);
    });
  });

  describe('of clients that are removed', () => {
    const gone = async (who: HandClient) => {
      await server.app.database.transaction(async (tx) => {
        await server.app.clients.store.delete(tx, who.id);
        await server.app.lifecycle.access.endAllOfClient(tx, who.id);
      });
      await eventually('the client is known to be gone', async () => (await look(who, 'x')).status === 401);
    };

    it('are not active any more, also when another one gets the same id', async () => {
      const metadata = { ...SERVICE, client_id: 'nightly-export' };
      const former = handClient(server.issuer, await server.addClient(metadata));
      const app = handClient(server.issuer, await server.addClient(WEB_CLIENT));
      const [token, ofApp] = [
        await forService(former),
        (await tokensFor(app, person, FOR_RECORDS)).access_token,
      ];
      await Promise.all([gone(former), gone(app)]);
      expect([await isActive(token), await isActive(ofApp)]).to.deep.equal([false, false]);
      expect(await revokedOnList(server, ofApp)).to.deep.equal([true]);
      const successor = handClient(server.issuer, await server.addClient(metadata));
      expect((await look(successor, token)).body).to.deep.equal({ active: false });
      expect(await isActive(await forService(successor))).to.equal(true);
    });
  });

  describe('line 61: what somebody else has made, with the place of a token that is good', () => {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const ownKey = async () => {
      const { keys } = (await (await fetch(`${server.issuer}/jwks`)).json()) as { keys: JWK[] };
      const jwk = keys.find(({ alg }) => alg === 'RS256') as JWK;
      const key = (await server.app.keys.store.open(String(jwk.kid))) as JWK;
      return { jwk, key: createPrivateKey({ key: key as never, format: 'jwk' }) };
    };
    type Make = (claims: JWTPayload, header: { kid: string; typ: string }) => Promise<string> | string;
    const sign = (claims: JWTPayload, header: object, key = other.privateKey) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'RS256', ...header }).sign(key);
    const tricks: Record<string, Make> = {
      'alg none': (claims, header) => `${encode({ ...header, alg: 'none' })}.${encode(claims)}.`,
      'alg none and something for a signature': (claims, header) =>
        `${encode({ ...header, alg: 'none' })}.${encode(claims)}.AAAA`,
      'HS256 with the public key': async (claims, header) => {
        const data = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`;
        const secret = JSON.stringify((await ownKey()).jwk);
        return `${data}.${createHmac('sha256', secret).update(data).digest('base64url')}`;
      },
      'another key under our kid': (claims, header) => sign(claims, header),
      'another key that it brings': (claims, header) =>
        sign(claims, { ...header, kid: 'x', jwk: other.publicKey.export({ format: 'jwk' }) as JWK }),
      'our key, another kind': async (claims, header) =>
        sign(claims, { ...header, typ: 'statuslist+jwt' }, (await ownKey()).key),
      'our key, no kind': async (claims, { kid }) => sign(claims, { kid }, (await ownKey()).key),
      'our key, expired': async (claims, header) =>
        sign({ ...claims, exp: Number(claims.iat) - 60 }, header, (await ownKey()).key),
      'our key, no end': async ({ exp: _exp, ...claims }, header) =>
        sign(claims, header, (await ownKey()).key),
      'our key, another issuer': async (claims, header) =>
        sign({ ...claims, iss: 'https://other.example' }, header, (await ownKey()).key),
      'our key, a list elsewhere': async (claims, header) =>
        sign(
          { ...claims, status: { status_list: { idx: 1, uri: 'https://other.example/0' } } },
          header,
          (await ownKey()).key,
        ),
      'our key, no place': async ({ status: _status, ...claims }, header) =>
        sign(claims, header, (await ownKey()).key),
      'our key, and an extension that has to be understood': async (claims, header) => {
        const data = `${encode({ ...header, alg: 'RS256', crit: ['exp'], exp: 1 })}.${encode(claims)}`;
        return `${data}.${signBytes('sha256', Buffer.from(data), (await ownKey()).key).toString('base64url')}`;
      },
    };
    for (const [what, make] of Object.entries(tricks)) {
      it(`is not active and revokes nothing: ${what}`, async () => {
        for (const [good, holder] of [
          [await forPerson(), client],
          [await forService(), service],
        ] as const) {
          const { kid = '', typ = '' } = decodeProtectedHeader(good);
          const forged = await make(decodeJwt(good), { kid, typ });
          const { status, body } = await look(api, forged);
          expect([status, body]).to.deep.equal([200, { active: false }]);
          expect((await revoke(holder, forged)).status).to.equal(200);
          expect(await isActive(good)).to.equal(true);
          expect(await revokedOnList(server, good)).to.deep.equal([false]);
        }
      });
    }

    it('line 63: ID tokens, logout tokens and status lists are no access tokens', async () => {
      const tokens = await tokensFor(client, person, FOR_RECORDS);
      const { sid } = decodeJwt(tokens.id_token);
      const logout = await issueLogoutToken(
        server.app.protocol.active.current,
        client.id,
        { accountId: person.id, sid: String(sid) },
        'a-jti',
      );
      const list = await (await fetch(referenceOf(tokens.access_token).uri)).text();
      for (const token of [tokens.id_token, String(logout), list]) {
        expect((await look(client, token)).body).to.deep.equal({ active: false });
        expect((await revoke(client, token)).status).to.equal(200);
      }
      expect(await isActive(tokens.access_token)).to.equal(true);
    });
  });

  describe('the list', () => {
    const listOf = async (token: string, headers = {}) => fetch(referenceOf(token).uri, { headers });

    it('is a signed JWT of its kind, small, with a bit for each token', async () => {
      const token = await forService();
      const { uri, idx } = referenceOf(token);
      expect(uri).to.match(/\/status-lists\/0$/u);
      const { payload, protectedHeader, bytes, lst, isSet } = await readList(server.issuer, uri);
      expect(protectedHeader).to.include({ alg: 'RS256', typ: 'statuslist+jwt' });
      expect(payload).to.include({ sub: uri, iss: server.issuer, ttl: 15 });
      expect(Number(payload.exp) - Number(payload.iat)).to.equal(300);
      expect(bytes.length * 8).to.equal(2 ** 17);
      expect(idx).to.be.within(0, 2 ** 17 - 1);
      expect(lst.length).to.be.below(4_096);
      expect(isSet(idx)).to.equal(false);
    });

    it('has more bits set only by what is revoked', async () => {
      const token = await forService();
      const { uri } = referenceOf(token);
      const before = await readList(server.issuer, uri);
      await revoke(service, token);
      const after = await readList(server.issuer, uri);
      expect(after.count - before.count).to.equal(1);
    });

    it('is public, may be kept for a short time, and is confirmed while it is the same', async () => {
      const token = await forService();
      const first = await listOf(token, { origin: 'https://app.example' });
      expect(first.headers.get('content-type')).to.equal('application/statuslist+jwt');
      expect(first.headers.get('cache-control')).to.equal('public, max-age=15');
      expect(first.headers.get('access-control-allow-origin')).to.equal('*');
      expect(first.headers.get('cross-origin-resource-policy')).to.equal('cross-origin');
      expect(first.headers.get('set-cookie')).to.equal(null);
      const tag = String(first.headers.get('etag'));
      expect(tag).to.match(/^"[\w-]{43}"$/u);
      const again = await listOf(token, { 'if-none-match': tag });
      expect([again.status, again.headers.get('etag'), await again.text()]).to.deep.equal([304, tag, '']);
      await revoke(service, token);
      const changed = await listOf(token, { 'if-none-match': tag });
      expect(changed.status).to.equal(200);
      expect(changed.headers.get('etag')).to.not.equal(tag);
      const { isSet } = await readList(server.issuer, referenceOf(token).uri, changed);
      expect(isSet(referenceOf(token).idx)).to.equal(true);
      const head = await fetch(referenceOf(token).uri, { method: 'HEAD' });
      expect([head.status, await head.text()]).to.deep.equal([200, '']);
    });

    it('names every list, and the metadata name that', async () => {
      const token = await forService();
      const metadata = (await (
        await fetch(`${server.issuer}/.well-known/oauth-authorization-server`)
      ).json()) as Record<string, string>;
      const answer = await fetch(String(metadata.status_list_aggregation_endpoint));
      expect(answer.headers.get('content-type')).to.match(/^application\/json/u);
      const { uri } = referenceOf(token);
      expect(await answer.json()).to.deep.equal({ status_lists: [uri] });
      const { payload } = await readList(server.issuer, uri);
      expect(payload.status_list).to.include({
        aggregation_uri: metadata.status_list_aggregation_endpoint,
      });
    });

    it('is not there under any other number, nor of the past, nor for another method', async () => {
      const at = async (path: string, method = 'GET') =>
        (await fetch(`${server.issuer}/status-lists${path}`, { method, redirect: 'manual' })).status;
      for (const path of [
        '/1',
        '/00',
        '/-1',
        '/0x0',
        '/1e3',
        '/99999999999999999999',
        `/${'9'.repeat(9)}`,
        '/%00',
        '/0/1',
        "/0'",
      ]) {
        expect(await at(path), path).to.be.oneOf([400, 404]);
      }
      expect(await at('/0?time=1686925000')).to.equal(501);
      for (const method of ['POST', 'PUT', 'DELETE']) {
        expect(await at('/0', method), method).to.be.oneOf([404, 405]);
      }
    });

    it('is where the issuer is, whatever a request pretends', async () => {
      const answer = await service.post(
        '/token',
        { grant_type: 'client_credentials', resource: RECORDS },
        { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
      );
      expect(referenceOf(answer.body.access_token).uri).to.equal(`${server.issuer}/status-lists/0`);
    });
  });
});
