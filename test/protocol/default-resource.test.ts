import { expect } from 'chai';
import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import { authorize, callbackOf, type HandClient, handClient, type Person } from '../support/protocol.ts';
import { createRelyingParty, signInThrough, WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const RECORDS = 'https://records.example.org';
const BILLING = 'https://billing.example.org';
const OWN = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
const SCOPES = ['records:read', 'records:write', 'billing', 'roles'];

/** A client whose `resource_scopes` say which resource a scope means need not name it (RFC 8707, section 2). */
describe('a request that names no resource', function defaults() {
  this.timeout(60_000);
  let server: TestServer;
  let person: Person & { name: string };
  let registration: Record<string, string>;
  let app: HandClient;
  /** An application of somebody else, which asks people. */
  let partner: HandClient;
  let service: HandClient;

  before(async () => {
    server = await startTestServer();
    person = await server.addAccount({ name: 'Robin Reyes', roles: ['clinician'] });
    await server.addResource({
      identifier: RECORDS,
      name: 'Records',
      scopes: ['records:read', 'records:write', 'common'],
    });
    await server.addResource({
      identifier: BILLING,
      name: 'Billing',
      scopes: ['billing', 'roles', 'common'],
    });
    registration = await server.addClient({ ...WEB_CLIENT, resource_scopes: SCOPES });
    app = handClient(server.issuer, registration);
    const register = async (metadata: object) =>
      handClient(server.issuer, await server.addClient(metadata as Record<string, unknown>));
    partner = await register({ ...WEB_CLIENT, first_party: false, resource_scopes: SCOPES });
    service = await register({ ...OWN, resource_scopes: [...SCOPES, 'common'] });
  });
  after(() => server.stop());

  const grantedTo = async (client: HandClient, parameters: Record<string, string | undefined>) => {
    const page = await authorize(new UserAgent(), client.authorizeUrl(parameters), person);
    return String(page.location);
  };
  const ask = (fields: Record<string, string | undefined>) =>
    service.post('/token', { grant_type: 'client_credentials', ...fields });

  it('gets a token for the one that its scopes mean, and who the person is in the ID token: openid-client', async () => {
    const party = await createRelyingParty(server.issuer, registration);
    const scope = 'openid profile email records:read';
    const { tokens } = await signInThrough(party, person, { scope });
    const told = { sub: person.id, name: 'Robin Reyes', email: person.email };
    expect(decodeJwt(tokens.access_token)).to.include({
      aud: RECORDS,
      scope: 'records:read',
      sub: person.id,
    });
    expect(tokens.claims()).to.include(told);
    const again = await openid.refreshTokenGrant(party.configuration, String(tokens.refresh_token));
    expect(decodeJwt(again.access_token)).to.include({ aud: RECORDS, scope: 'records:read' });
    expect(again.claims()).to.include(told);
    // Userinfo is for who asks for nothing but what it tells.
    const about = await openid.refreshTokenGrant(party.configuration, String(again.refresh_token), {
      scope: 'openid email',
    });
    const info = await openid.fetchUserInfo(party.configuration, about.access_token, person.id);
    expect(info).to.deep.equal({ sub: person.id, email: person.email, email_verified: false });
  });

  it('gets one for itself, too: openid-client', async () => {
    const { configuration } = await createRelyingParty(server.issuer, {
      client_id: service.id,
      client_secret: String(service.secret),
    });
    const { access_token: token } = await openid.clientCredentialsGrant(configuration, {
      scope: 'records:write records:read',
    });
    expect(decodeJwt(token)).to.include({ aud: RECORDS, scope: 'records:write records:read' });
  });

  it('has the resource pushed along, and asks people for its scopes', async () => {
    const parameters = { scope: 'openid email records:read', prompt: 'consent' };
    const { body } = await partner.post('/par', partner.parameters(parameters));
    const pushed = { client_id: partner.id, request_uri: body.request_uri };
    const agent = new UserAgent();
    const opened = await agent.open(`${server.issuer}/authorize?${new URLSearchParams(pushed)}`);
    const { email: identifier, password } = person;
    const asked = await agent.follow(await agent.submit(opened, { identifier, password }));
    expect(asked.body).to.contain('records:read');
    const back = await agent.follow(await agent.submit(asked, { decision: 'allow' }, '/consent'));
    const tokens = (await partner.redeem(String(back.location))).body;
    expect(decodeJwt(tokens.access_token)).to.include({ aud: RECORDS, scope: 'records:read' });
    expect(decodeJwt(tokens.id_token)).to.include({ email: person.email });
  });

  it('is for none where its scopes are about people, though a resource may have one of that name', async () => {
    const { body } = await app.redeem(await grantedTo(app, { scope: 'openid email roles', resource: '' }));
    expect(body.scope).to.equal('openid email roles');
    expect((await app.userinfo(body.access_token)).body.roles).to.deep.equal(['clinician']);
    const there = (await app.redeem(await grantedTo(app, { scope: 'openid roles billing' }))).body;
    expect(decodeJwt(there.access_token)).to.deep.include({ aud: BILLING, roles: ['clinician'] });
    const elsewhere = (await app.redeem(await grantedTo(app, { scope: 'openid roles records:read' }))).body;
    expect(decodeJwt(elsewhere.access_token)).to.include({ aud: RECORDS, scope: 'records:read' });
  });

  it('is refused where its scopes are of several, before anybody signs in', async () => {
    for (const scope of ['openid records:read billing', 'records:write billing openid email']) {
      const answer = callbackOf(await new UserAgent().open(app.authorizeUrl({ scope })));
      expect(answer.get('error'), scope).to.equal('invalid_target');
      expect(answer.get('error_description')).to.match(/name one in the parameter resource/u);
      const pushed = await app.post('/par', app.parameters({ scope }));
      expect([pushed.status, pushed.body.error]).to.deep.equal([400, 'invalid_target']);
      // Named, it is as clear as ever.
      const code = await grantedTo(app, { scope, resource: BILLING });
      expect(decodeJwt((await app.redeem(code)).body.access_token)).to.include({ aud: BILLING });
    }
    for (const scope of ['records:read billing', 'common', 'common records:read']) {
      const { status, body } = await ask({ scope });
      expect([status, body.error], scope).to.deep.equal([400, 'invalid_target']);
    }
    expect((await ask({ scope: 'common', resource: RECORDS })).body.scope).to.equal('common');
  });

  it('is refused for a scope that says nothing, or that the client does not list', async () => {
    for (const scope of ['records:read nonsense', 'nonsense', 'openid', 'records:read openid']) {
      const { status, body } = await ask({ scope });
      expect([status, body.error], scope).to.deep.equal([400, 'invalid_scope']);
    }
    const { body } = await app.redeem(await grantedTo(app, { scope: 'openid common' }));
    expect(body.scope).to.equal('openid');
    const without = await ask({});
    expect(without.body.access_token.split('.')).to.have.length(1);
  });

  it('at the token endpoint is for the one of several of which a scope was granted, or refused', async () => {
    const both = `&resource=${encodeURIComponent(BILLING)}`;
    const grant = async (scope: string) => {
      const url = `${app.authorizeUrl({ scope, resource: RECORDS })}${both}`;
      return String((await authorize(new UserAgent(), url, person)).location);
    };
    const one = (await app.redeem(await grant('billing'))).body;
    expect(decodeJwt(one.access_token)).to.include({ aud: BILLING, scope: 'billing' });
    const refused = await app.redeem(await grant('billing records:read'));
    expect([refused.status, refused.body.error]).to.deep.equal([400, 'invalid_target']);
    // Who signs people in and has named two says each time which of them; without, userinfo is meant.
    const signedIn = (await app.redeem(await grant('openid billing records:read'))).body;
    expect(signedIn.scope).to.equal('openid');
  });

  describe('and a second resource with the same scope', () => {
    const register = (identifier: string, scopes: string[]) =>
      server.addResource({ identifier, name: 'Another', scopes }).then(
        () => undefined,
        (error: { code: string; message: string }) => error,
      );

    it('is refused, with the clients that it would affect', async () => {
      const refused = await register('urn:another', ['another', 'records:read']);
      expect(refused?.code).to.equal('resource_scope_taken');
      for (const name of [app.id, partner.id, service.id, 'records:read', RECORDS]) {
        expect(refused?.message).to.contain(name);
      }
      expect(await server.app.clients.resources.find('urn:another')).to.equal(undefined);
      expect((await ask({ scope: 'records:read' })).body.scope).to.equal('records:read');
    });

    it('is taken where no client says by it which one it means', async () => {
      expect(await register('urn:people', ['roles', 'people'])).to.equal(undefined);
      expect(await register('urn:first', ['of-nobody'])).to.equal(undefined);
      expect(await register('urn:second', ['of-nobody'])).to.equal(undefined);
    });

    it('is refused to all but one of many at the same moment', async () => {
      await server.addClient({ ...OWN, resource_scopes: ['contested'] });
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) => register(`urn:contested:${index}`, ['contested'])),
      );
      expect(answers.filter((error) => error === undefined)).to.have.length(1);
      for (const error of answers) expect(error?.code).to.be.oneOf([undefined, 'resource_scope_taken']);
    });
  });
});
