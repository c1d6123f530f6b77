import { expect } from 'chai';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { createRelyingParty, signInThrough, WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

describe('authorization code flow', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  it('signs a person in, with an ID token, userinfo and a refresh token', async () => {
    const person = await server.addAccount({ name: 'Robin Reyes', roles: ['clinician'] });
    const party = await createRelyingParty(server.issuer, await server.addClient(WEB_CLIENT));
    const { tokens } = await signInThrough(party, person, { scope: 'openid profile email roles' });

    const keys = createRemoteJWKSet(new URL(`${server.issuer}/jwks`));
    const { payload, protectedHeader } = await jwtVerify(String(tokens.id_token), keys, {
      issuer: server.issuer,
    });
    expect(protectedHeader.alg).to.equal('RS256');
    expect(payload).to.include({ sub: person.id, acr: 'aal1' });
    expect(payload.amr).to.deep.equal(['pwd']);
    expect(payload.auth_time).to.be.a('number');

    const userinfo = await client.fetchUserInfo(party.configuration, tokens.access_token, person.id);
    expect(userinfo).to.deep.include({ name: 'Robin Reyes', email: person.email, roles: ['clinician'] });

    const refreshed = await client.refreshTokenGrant(party.configuration, String(tokens.refresh_token));
    expect(refreshed.refresh_token).to.be.a('string').and.not.equal(tokens.refresh_token);
  });
});
