import { expect } from 'chai';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import {
  authorize,
  callbackOf,
  type HandClient,
  handClient,
  type Person,
  tokensFor,
} from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const RECORDS = 'https://records.example.org';
const BILLING = 'https://billing.example.org/api';
const SERVICE = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

describe('access tokens', () => {
  let server: TestServer;
  let person: Person;
  let client: HandClient;
  let keys: ReturnType<typeof createRemoteJWKSet>;

  before(async () => {
    server = await startTestServer();
    person = await server.addAccount({ roles: ['clinician', 'reviewer'] });
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
      expect(decodeJwt(token).roles).to.deep.equal(['clinician', 'reviewer']);
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

    it('without a scope of the resource are opaque and for userinfo, where `resource` is not repeated', async () => {
      const page = await authorize(
        new UserAgent(),
        client.authorizeUrl({ scope: 'openid email', resource: RECORDS }),
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
      for (const scope of [
        'records:read billing',
        'billing',
        'nonsense',
        'records:read openid',
        'offline_access',
      ]) {
        const { status, body } = await ask({ resource: RECORDS, scope });
        expect([scope, status, body.error]).to.deep.equal([scope, 400, 'invalid_scope']);
      }
    });

    it('hold no scope that the client was not registered for', async () => {
      const narrow = handClient(
        server.issuer,
        await server.addClient({ ...SERVICE, resource_scopes: ['records:read'] }),
      );
      const askFor = (scope: string, resource: string) =>
        narrow.post('/token', { grant_type: 'client_credentials', resource, scope });
      const { body } = await askFor('records:read', RECORDS);
      expect(decodeJwt(body.access_token).scope).to.equal('records:read');
      const { body: wider } = await askFor('records:read records:write', RECORDS);
      expect(wider).to.include({ error: 'invalid_scope', scope: 'records:write' });
      expect((await askFor('billing', BILLING)).body.error).to.equal('invalid_target');
    });

    it('open no userinfo', async () => {
      const { body } = await ask();
      expect((await service.userinfo(body.access_token)).status).to.equal(401);
    });
  });
});
