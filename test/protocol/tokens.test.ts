import { expect } from 'chai';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { fixtures } from '../support/evidence/fixture.ts';
import {
  answerOf,
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

describe('ID tokens and userinfo', () => {
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
      roles: ['clinician', 'reviewer'],
    });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    await server.addResource({
      identifier: RECORDS,
      name: 'Records',
      scopes: ['records:read', 'records:write', 'roles'],
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
        roles: ['clinician', 'reviewer'],
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
      await server.app.accounts.store.setStatus(fixtures(server.app.database), leaver.id, 'disabled');
      expect((await client.userinfo(token)).status).to.equal(401);
      expect((await client.refresh(refresh)).body.error).to.equal('invalid_grant');
    });
  });
});
