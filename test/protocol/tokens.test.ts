import { expect } from 'chai';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import {
  type Answer,
  answerOf,
  authorize,
  basic,
  callbackOf,
  type HandClient,
  handClient,
  type Person,
  postForm,
  tokensFor,
} from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const RECORDS = 'https://records.example.org';
const BILLING = 'https://billing.example.org/api';
const SERVICE = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

describe('tokens', () => {
  let server: TestServer;
  let person: Person & { name: string };
  let client: HandClient;
  let keys: ReturnType<typeof createRemoteJWKSet>;

  before(async () => {
    server = await startTestServer();
    person = await server.addAccount({
      name: 'Robin Reyes',
      givenName: 'Robin',
      familyName: 'Reyes',
      locale: 'es',
      zoneinfo: 'Europe/Madrid',
      emailVerified: true,
      roles: ['clinician', 'auditor'],
    });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    await server.addResource({
      identifier: RECORDS,
      name: 'Records',
      scopes: ['records:read', 'records:write', 'roles'],
    });
    await server.addResource({
      identifier: BILLING,
      name: 'Billing',
      scopes: ['billing'],
      token_algorithm: 'ES256',
      token_seconds: 120,
    });
    keys = createRemoteJWKSet(new URL(`${server.issuer}/jwks`));
  });
  after(() => server.stop());

  describe('ID token and userinfo', () => {
    it('tell what the scopes open, and no more', async () => {
      const { access_token: token, id_token: idToken } = await tokensFor(client, person, {
        scope: 'openid email',
      });
      const { body } = await client.userinfo(token);
      expect(body).to.deep.equal({ sub: person.id, email: person.email, email_verified: true });
      const { payload } = await jwtVerify(idToken, keys, { issuer: server.issuer, audience: client.id });
      expect(payload).to.have.all.keys('sub', 'iss', 'aud', 'iat', 'exp', 'acr', 'amr', 'auth_time', 'sid');
    });

    it('tell the profile, the address and the roles', async () => {
      const { access_token: token } = await tokensFor(client, person, {
        scope: 'openid profile email roles',
      });
      const { body, headers } = await client.userinfo(token);
      expect(body).to.deep.include({
        sub: person.id,
        name: 'Robin Reyes',
        given_name: 'Robin',
        family_name: 'Reyes',
        preferred_username: person.email,
        locale: 'es',
        zoneinfo: 'Europe/Madrid',
        email: person.email,
        email_verified: true,
        roles: ['clinician', 'auditor'],
      });
      expect(body.updated_at).to.be.a('number');
      expect(headers.get('cache-control')).to.equal('no-store');
    });

    it('tell single claims that were asked for, each where it was asked for', async () => {
      const claims = JSON.stringify({ userinfo: { email: null }, id_token: { name: { essential: true } } });
      const { access_token: token, id_token: idToken } = await tokensFor(client, person, { claims });
      expect((await client.userinfo(token)).body).to.deep.equal({ sub: person.id, email: person.email });
      expect(decodeJwt(idToken)).to.include({ name: 'Robin Reyes' }).and.not.have.property('email');
    });

    it('do not open a claim that was not consented', async () => {
      const partner = handClient(
        server.issuer,
        await server.addClient({ ...WEB_CLIENT, first_party: false }),
      );
      const { access_token: token } = await tokensFor(partner, person, {
        claims: JSON.stringify({ userinfo: { email: null } }),
      });
      expect((await partner.userinfo(token)).body).to.deep.equal({ sub: person.id, email: person.email });
      const asked = await new UserAgent().open(
        partner.authorizeUrl({ claims: JSON.stringify({ userinfo: { zoneinfo: null } }) }),
      );
      expect(asked.status).to.equal(200);
    });

    it('carry a subject that is the same for every client, random, and no part of the address', async () => {
      const other = handClient(server.issuer, await server.addClient(WEB_CLIENT));
      const [a, b] = [await tokensFor(client, person), await tokensFor(other, person)];
      expect(decodeJwt(a.id_token).sub).to.equal(decodeJwt(b.id_token).sub);
      expect(person.id).to.match(/^[0-9a-f-]{36}$/u);
    });

    it('carry the session id of the client', async () => {
      const agent = new UserAgent();
      const first = decodeJwt((await tokensFor(client, person, {}, agent)).id_token);
      const again = decodeJwt((await tokensFor(client, person, {}, agent)).id_token);
      const other = handClient(server.issuer, await server.addClient(WEB_CLIENT));
      const elsewhere = decodeJwt((await tokensFor(other, person, {}, agent)).id_token);
      expect(first.sid).to.be.a('string');
      expect(again.sid).to.equal(first.sid);
      expect(elsewhere.sid).to.not.equal(first.sid);
      expect(Number(first.exp) - Number(first.iat)).to.equal(600);
    });

    for (const alg of ['RS256', 'ES256', 'EdDSA']) {
      it(`are signed with ${alg} for the client that wants it`, async () => {
        const registration = await server.addClient({ ...WEB_CLIENT, id_token_signed_response_alg: alg });
        const { id_token: idToken } = await tokensFor(handClient(server.issuer, registration), person);
        const { protectedHeader } = await jwtVerify(idToken, keys, { issuer: server.issuer });
        expect(protectedHeader.alg).to.equal(alg);
        expect(protectedHeader).to.have.property('kid').that.is.a('string');
      });
    }

    it('cannot be had in another algorithm', async () => {
      for (const alg of ['none', 'HS256', 'PS256']) {
        const refused = await server
          .addClient({ ...WEB_CLIENT, id_token_signed_response_alg: alg })
          .catch((error: { code: string }) => error.code);
        expect(refused, alg).to.equal('client_metadata_invalid');
      }
    });
  });

  describe('userinfo', () => {
    it('takes the token in the header or in a form, and refuses it in the address', async () => {
      const { access_token: token } = await tokensFor(client, person);
      const url = `${server.issuer}/userinfo`;
      expect((await postForm(url, { access_token: token })).status).to.equal(200);
      expect((await answerOf(await fetch(`${url}?access_token=${token}`))).status).to.equal(400);
      const twice = await postForm(url, { access_token: token }, { authorization: `Bearer ${token}` });
      expect(twice.status).to.equal(400);
    });

    it('refuses what is no access token of ours, with a challenge', async () => {
      const tokens = await tokensFor(client, person);
      const foreign = [
        'nonsense',
        tokens.id_token,
        tokens.refresh_token,
        (await tokensFor(client, person, { scope: 'openid records:read', resource: RECORDS })).access_token,
      ];
      for (const token of foreign) {
        const { status, body, headers } = await client.userinfo(token);
        expect([status, body.error]).to.deep.equal([401, 'invalid_token']);
        expect(headers.get('www-authenticate')).to.include('error="invalid_token"');
      }
      const none = await answerOf(await fetch(`${server.issuer}/userinfo`));
      expect(none.status).to.be.oneOf([400, 401]);
    });

    it('refuses the token of a person who was disabled', async () => {
      const leaver = await server.addAccount();
      const { access_token: token, refresh_token: refresh } = await tokensFor(client, leaver);
      await server.house.accounts.setStatus(
        { em: server.house.database.fork(), query: server.house.database.query } as never,
        leaver.id,
        'disabled',
      );
      expect((await client.userinfo(token)).status).to.equal(401);
      expect((await client.refresh(refresh)).body.error).to.equal('invalid_grant');
    });
  });

  describe('access tokens for resources', () => {
    const forRecords = (scope: string, parameters = {}) =>
      tokensFor(client, person, { scope, resource: RECORDS, ...parameters });

    it('are JWTs of RFC 9068', async () => {
      const { access_token: token } = await forRecords('openid records:read records:write');
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        issuer: server.issuer,
        audience: RECORDS,
        typ: 'at+jwt',
      });
      expect(protectedHeader).to.include({ alg: 'RS256', typ: 'at+jwt' });
      expect(payload).to.deep.include({
        client_id: client.id,
        sub: person.id,
        scope: 'records:read records:write',
        acr: 'aal1',
        amr: ['pwd'],
      });
      expect(payload.auth_time).to.be.a('number');
      expect(payload.jti).to.be.a('string');
      expect(payload).to.not.have.property('roles');
      expect(Number(payload.exp) - Number(payload.iat)).to.equal(600);
    });

    it('carry the roles where their scope names them', async () => {
      const { access_token: token } = await forRecords('openid roles records:read');
      expect(decodeJwt(token).roles).to.deep.equal(['clinician', 'auditor']);
    });

    it('keep algorithm and lifetime of the resource', async () => {
      const { access_token: token, expires_in: seconds } = await tokensFor(client, person, {
        scope: 'openid billing',
        resource: BILLING,
      });
      expect(decodeProtectedHeader(token).alg).to.equal('ES256');
      expect(seconds).to.equal(120);
      await jwtVerify(token, keys, { audience: BILLING, algorithms: ['ES256'] });
    });

    it('are for one resource and not for another', async () => {
      const { access_token: token } = await forRecords('openid records:read');
      const other = await jwtVerify(token, keys, { audience: BILLING }).catch((error) => error.code);
      expect(other).to.equal('ERR_JWT_CLAIM_VALIDATION_FAILED');
      const page = await authorize(
        new UserAgent(),
        client.authorizeUrl({ scope: 'openid records:read', resource: RECORDS }),
        person,
      );
      const { status, body } = await client.redeem(String(page.location), { resource: BILLING });
      expect([status, body.error]).to.deep.equal([400, 'invalid_target']);
    });

    it('hold only the scopes of their resource', async () => {
      const { access_token: token } = await forRecords('openid email billing records:read');
      expect(decodeJwt(token).scope).to.equal('records:read');
    });

    it('hold no scope that the client was not registered for, nor is a person asked for it', async () => {
      const narrow = handClient(
        server.issuer,
        await server.addClient({ ...WEB_CLIENT, first_party: false, resource_scopes: ['records:read'] }),
      );
      const { access_token: token } = await tokensFor(narrow, person, {
        scope: 'openid records:read records:write',
        resource: RECORDS,
      });
      expect(decodeJwt(token).scope).to.equal('records:read');
    });

    it('are refused for what is not registered', async () => {
      const page = await new UserAgent().open(client.authorizeUrl({ resource: 'https://unknown.example' }));
      expect(callbackOf(page).get('error')).to.equal('invalid_target');
    });

    it('come with a refresh token that gives another for the same resource', async () => {
      const { refresh_token: refresh } = await forRecords('openid records:read offline_access');
      const { body } = await client.refresh(refresh, { resource: RECORDS });
      expect(decodeJwt(body.access_token)).to.include({ aud: RECORDS, scope: 'records:read' });
      const { body: wrong } = await client.refresh(body.refresh_token, { resource: BILLING });
      expect(wrong.error).to.equal('invalid_target');
    });

    it('without `resource` at the token endpoint are opaque and for userinfo, after a sign-in', async () => {
      const page = await authorize(
        new UserAgent(),
        client.authorizeUrl({ scope: 'openid email records:read', resource: RECORDS }),
        person,
      );
      const { body } = await client.redeem(String(page.location));
      expect(body.access_token.split('.')).to.have.length(1);
      expect((await client.userinfo(body.access_token)).body.email).to.equal(person.email);
    });

    it('do not show an ID token for one, nor one for an ID token', async () => {
      const { access_token: token, id_token: idToken } = await forRecords('openid records:read');
      expect(decodeProtectedHeader(idToken).typ).to.not.equal('at+jwt');
      const asToken = await jwtVerify(idToken, keys, { audience: RECORDS, typ: 'at+jwt' }).catch(
        ({ code }) => code,
      );
      expect(asToken).to.match(/^ERR_JWT/u);
      const hint = await new UserAgent().open(client.authorizeUrl({ id_token_hint: token }));
      expect(callbackOf(hint).get('error')).to.equal('invalid_request');
    });
  });

  describe('for services (client_credentials)', () => {
    let service: HandClient;
    before(async () => {
      service = handClient(server.issuer, await server.addClient(SERVICE));
    });
    const ask = (fields = {}) => service.post('/token', { grant_type: 'client_credentials', ...fields });

    it('are opaque without a resource', async () => {
      const { status, body } = await ask();
      expect(status).to.equal(200);
      expect(body).to.include({ token_type: 'Bearer', expires_in: 600 });
      expect(body).to.not.have.any.keys('id_token', 'refresh_token');
      expect(body.access_token.split('.')).to.have.length(1);
    });

    it('are JWTs for a resource, about the client itself', async () => {
      const { body } = await ask({ resource: RECORDS, scope: 'records:read' });
      const { payload } = await jwtVerify(body.access_token, keys, { audience: RECORDS, typ: 'at+jwt' });
      expect(payload).to.include({ client_id: service.id, sub: service.id, scope: 'records:read' });
      expect(payload).to.not.have.any.keys('roles', 'acr', 'amr', 'auth_time', 'sid');
    });

    it('keep to registered resources and their scopes', async () => {
      const unknown = await ask({ resource: 'https://unknown.example' });
      expect([unknown.status, unknown.body.error]).to.deep.equal([400, 'invalid_target']);
      const foreign = await ask({ resource: RECORDS, scope: 'records:read billing' });
      expect(decodeJwt(foreign.body.access_token).scope).to.equal('records:read');
    });

    it('hold no scope that the client was not registered for', async () => {
      const narrow = handClient(
        server.issuer,
        await server.addClient({ ...SERVICE, resource_scopes: ['records:read'] }),
      );
      const { body } = await narrow.post('/token', {
        grant_type: 'client_credentials',
        resource: RECORDS,
        scope: 'records:read records:write',
      });
      expect(decodeJwt(body.access_token).scope).to.equal('records:read');
      const { body: other } = await narrow.post('/token', {
        grant_type: 'client_credentials',
        resource: BILLING,
        scope: 'billing',
      });
      expect(decodeJwt(other.access_token)).to.not.have.property('scope');
    });

    it('open no userinfo', async () => {
      const { body } = await ask();
      expect((await service.userinfo(body.access_token)).status).to.equal(401);
    });
  });

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
      await server.house.database.query(
        `update oidc_artifacts set expires_at = now() - interval '1 second' where model = 'AccessToken'`,
      );
      for (const token of ['nonsense', tokens.access_token, tokens.id_token, expired]) {
        const { status, body } = await look(api, token);
        // What is no opaque token of ours is not looked at (RFC 7662, section 2.3, lets a server refuse).
        if (token === tokens.id_token) expect(body.active).to.not.equal(true);
        else expect([status, body]).to.deep.equal([200, { active: false }]);
      }
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
