import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { asFixture } from '../support/evidence/fixture.ts';
import { eventually } from '../support/processes.ts';
import {
  basic,
  eventsDuring,
  type HandClient,
  handClient,
  type Person,
  postForm,
  tokensFor,
} from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import type { TestServer } from '../support/server.ts';
import { revokedOnList } from '../support/status-list.ts';
import { FOR_RECORDS, RECORDS, SERVICE, useJwtTokens } from './jwt-tokens.ts';

describe('JWT access tokens looked at and taken back', function jwts() {
  this.timeout(60_000);
  const jwts = useJwtTokens();
  const { look, isActive, revoke, forPerson, forService } = jwts;
  let server: TestServer;
  let person: Person;
  let client: HandClient;
  let service: HandClient;
  let api: HandClient;
  before(() => {
    ({ server, person, client, service, api } = jwts);
  });

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
      expect([result.status, result.body]).to.deep.equal([200, {}]);
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
          expect([status, body]).to.deep.equal([200, {}]);
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
      await asFixture(server.app.database, async (tx) => {
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
});
