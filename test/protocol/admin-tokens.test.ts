import { expect } from 'chai';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { clients } from '../../src/administration/clients/index.ts';
import { resources } from '../../src/administration/resources.ts';
import { ADMIN_SCOPES } from '../../src/domain/clients/admin-scopes.ts';
import { GatehouseError } from '../../src/kernel/errors.ts';
import { audienceOf } from '../support/admin-api.ts';
import { act } from '../support/administration.ts';
import { authorize, callbackOf, type HandClient, handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const SERVICE = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
const RECORDS = 'https://records.example.org';

/** Who is given tokens for the administration API, and which. */
describe('tokens for the administration API', function adminTokens() {
  this.timeout(60_000);
  let server: TestServer;
  let resource: string;

  before(async () => {
    server = await startTestServer();
    resource = audienceOf(server);
    await server.addResource({ identifier: RECORDS, name: 'Records', scopes: ['records:read'] });
  });
  after(() => server.stop());

  const register = async (metadata: object) =>
    handClient(server.issuer, await server.addClient(metadata as Record<string, unknown>));
  const forItself = (by: HandClient, scope: string, more: Record<string, string> = {}) =>
    by.post('/token', { grant_type: 'client_credentials', resource, scope, ...more });

  it('are JWTs of ten minutes for this audience alone, with the scopes that were asked for', async () => {
    const service = await register({ ...SERVICE, admin_scopes: ['people:read', 'audit:read'] });
    const { status, body } = await forItself(service, 'people:read');
    expect([status, body.token_type, body.expires_in, body.scope]).to.deep.equal([
      200,
      'Bearer',
      600,
      'people:read',
    ]);
    expect(body).to.not.have.property('refresh_token');
    expect(decodeProtectedHeader(body.access_token)).to.include({ typ: 'at+jwt', alg: 'ES256' });
    const claims = decodeJwt(body.access_token);
    expect(claims).to.deep.include({ aud: resource, sub: service.id, scope: 'people:read' });
    expect(Number(claims.exp) - Number(claims.iat)).to.equal(600);
  });

  it('are refused to a client without admin_scopes as for a resource that does not exist', async () => {
    const [plain, firstParty] = [await register(SERVICE), await register(WEB_CLIENT)];
    const unknown = {
      ...(await forItself(plain, 'people:read', { resource: 'https://nobody.example' })).body,
    };
    const { status, body } = await forItself(plain, 'people:read');
    expect([status, body]).to.deep.equal([400, unknown]);
    expect(body.error).to.equal('invalid_target');
    const page = await authorize(
      new UserAgent(),
      firstParty.authorizeUrl({ resource, scope: 'openid people:read' }),
    );
    expect(callbackOf(page).get('error')).to.equal('invalid_target');
    const withList = await register({ ...SERVICE, resource_scopes: ['people:read'] });
    expect((await forItself(withList, 'people:read')).body.error).to.equal('invalid_target');
    expect((await forItself(withList, 'people:read', { resource: '' })).status).to.equal(400);
  });

  it('have no scope beyond admin_scopes: a service is refused, a person’s application gets less', async () => {
    const service = await register({ ...SERVICE, admin_scopes: ['audit:read'] });
    const refused = await forItself(service, 'audit:read people:read');
    expect([refused.status, refused.body.error]).to.deep.equal([400, 'invalid_scope']);
    const portal = await register({ ...WEB_CLIENT, admin_scopes: ['people:read'] });
    const person = await server.addAccount();
    const scope = 'openid people:read people:write audit:read';
    const tokens = await tokensFor(portal, person, { resource, scope });
    expect(decodeJwt(tokens.access_token)).to.deep.include({ aud: resource, scope: 'people:read' });
    const nothing = await authorize(
      new UserAgent(),
      portal.authorizeUrl({ resource, scope: 'people:write' }),
      person,
    );
    expect(callbackOf(nothing).get('error')).to.equal('invalid_scope');
  });

  it('are for the API alone, which a request has to name', async () => {
    const service = await register({
      ...SERVICE,
      admin_scopes: ['people:read'],
      resource_scopes: ['records:read'],
    });
    const unnamed = await service.post('/token', { grant_type: 'client_credentials', scope: 'people:read' });
    expect([unnamed.status, unnamed.body.error]).to.deep.equal([400, 'invalid_scope']);
    for (const near of [`${resource}/`, `${resource}/v1`, resource.toUpperCase(), `${resource}?x`])
      expect((await forItself(service, 'people:read', { resource: near })).body.error).to.equal(
        'invalid_target',
      );
    const both = await service.post('/token', {
      grant_type: 'client_credentials',
      scope: 'people:read records:read',
      resource: RECORDS,
    });
    expect(both.body.error).to.equal('invalid_scope');
  });

  it('are given to an application that is not the organisation’s own when the person has allowed it', async () => {
    const app = await register({ ...WEB_CLIENT, first_party: false, admin_scopes: ['people:read'] });
    const person = await server.addAccount();
    const agent = new UserAgent();
    const url = app.authorizeUrl({ resource, scope: 'openid people:read' });
    const page = await agent.open(url);
    const asked = await agent.follow(
      await agent.submit(page, { identifier: person.email, password: person.password }),
    );
    expect(asked.body).to.include('Administration: see people and their accounts');
    const back = await agent.follow(await agent.submit(asked, { decision: 'allow' }, '/consent'));
    const { body } = await app.redeem(back.location ?? '', { resource });
    expect(body.scope).to.include('people:read');
  });

  it('outlive no session, whatever is asked for', async () => {
    const portal = await register({ ...WEB_CLIENT, admin_scopes: ['people:read'] });
    const person = await server.addAccount();
    const scope = 'openid people:read offline_access';
    const tokens = await tokensFor(portal, person, { resource, scope, prompt: 'consent' });
    expect(tokens.scope).to.not.include('offline_access');
    const both = {
      ...WEB_CLIENT,
      admin_scopes: ['people:read'],
      offline_access: true,
    };
    await act(server.app, clients.create, { metadata: both }).then(
      () => expect.fail('registered'),
      (error) => expect(String(error.safeMessage)).to.include('admin_scopes'),
    );
  });

  describe('and its identifier and scopes', () => {
    const create = async (identifier: string, scopes: string[]) =>
      act(server.app, resources.create, { identifier, name: 'Mine', scopes }).then(
        () => 'registered',
        (error: unknown) => (error instanceof GatehouseError ? error.code : String(error)),
      );

    it('belong to nobody else', async () => {
      const { port, hostname } = new URL(server.issuer);
      for (const identifier of [
        resource,
        `${resource}/`,
        `${resource}/v1`,
        `${server.issuer}/API/%61dmin`,
        `${server.issuer}//api//admin/x`,
        `https://${hostname}/api/admin`,
        `http://${hostname.toUpperCase()}:${port}/api/admin/v1?x`,
      ])
        expect(await create(identifier, ['own:read']), identifier).to.equal('resource_reserved');
      for (const scope of ADMIN_SCOPES)
        expect(await create('https://mine.example', ['own:read', scope]), scope).to.equal(
          'resource_reserved',
        );
      expect(await create(`${server.issuer}/api/administrator`, ['own:read'])).to.equal('registered');
      expect(await create('https://elsewhere.example/api/admin', ['other:read'])).to.equal('registered');
    });

    it('are on no list: not in discovery, not among the resources', async () => {
      const response = await fetch(`${server.issuer}/.well-known/openid-configuration`);
      const discovery = (await response.json()) as { scopes_supported: string[] };
      expect(discovery.scopes_supported).to.not.include.members(['people:read']);
      const { resources: known } = await act(server.app, resources.list, {});
      expect(known.map(({ identifier }) => identifier)).to.not.include(resource);
      await act(server.app, resources.delete, { identifier: resource }).then(
        () => expect.fail('deleted'),
        (error) => expect(error.code).to.equal('resource_unknown'),
      );
    });
  });
});
