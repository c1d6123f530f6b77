import { expect } from 'chai';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { clients } from '../../src/administration/clients/index.ts';
import { signJwt } from '../../src/oidc/own-jwts.ts';
import { type AdminApi, audienceOf, commandLine, serveAdminApi, WHO } from '../support/admin-api.ts';
import { act } from '../support/administration.ts';
import { asFixture, fixtures } from '../support/evidence/fixture.ts';
import { eventually } from '../support/processes.ts';
import { type Answer, type HandClient, handClient, postForm, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { sessionsOf } from '../support/sessions.ts';
import { useTravel } from '../support/time.ts';
import { UserAgent } from '../support/user-agent.ts';

const SERVICE = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
const RECORDS = 'https://records.example.org';

/** What opens the administration API, and for how long. */
describe('a token at the administration API', function adminTokens() {
  this.timeout(60_000);
  const time = useTravel();
  let server: TestServer;
  let api: AdminApi;
  let resource: string;

  before(async () => {
    server = await startTestServer({ replace: { clock: time.clock } });
    resource = audienceOf(server);
    await server.addResource({ identifier: RECORDS, name: 'Records', scopes: ['records:read'] });
    api = await serveAdminApi(server);
  });
  after(async () => {
    await api.served[Symbol.asyncDispose]();
    await server.stop();
  });

  const register = async (metadata: object) =>
    handClient(server.issuer, await server.addClient(metadata as Record<string, unknown>));
  const newService = (more: object = {}) => register({ ...SERVICE, admin_scopes: ['people:read'], ...more });
  const forItself = async (by: HandClient, more: Record<string, string> = {}): Promise<string> => {
    const fields = { grant_type: 'client_credentials', resource, scope: 'people:read', ...more };
    return String((await by.post('/token', fields)).body.access_token);
  };
  const newPortal = (more: object = {}) =>
    register({ ...WEB_CLIENT, admin_scopes: ['people:read'], ...more });
  const scope = 'openid people:read';

  function expectRefusal({ status, body, headers }: Answer, expected: number, error: string): void {
    expect([status, body.error]).to.deep.equal([expected, error]);
    expect(String(headers.get('www-authenticate'))).to.include(`error="${error}"`);
  }
  const updated = (by: HandClient, metadata: object) =>
    act(server.app, clients.update, { metadata: { ...metadata, client_id: by.id } });

  it('is needed, in the header, and the answer says how it may come', async () => {
    const { status, headers, body } = await api.ask(WHO);
    expect([status, body.error]).to.deep.equal([401, 'invalid_token']);
    expect(headers.get('www-authenticate')).to.equal(
      `Bearer realm="${server.issuer}", scope="people:read", ` +
        `DPoP realm="${server.issuer}", scope="people:read", algs="ES256 Ed25519 EdDSA"`,
    );
    const token = await forItself(await newService());
    expectRefusal(await api.ask(`${WHO}?access_token=${token}`), 400, 'invalid_request');
    for (const authorization of [
      token,
      `Basic ${token}`,
      `Bearer ${token} ${token}`,
      `Bearer ${token}, DPoP ${token}`,
    ])
      expect((await api.ask(WHO, { authorization })).status, authorization).to.equal(401);
  });

  it('says who comes: a program with what its client may have, or a person in their session', async () => {
    const service = await newService({ admin_scopes: ['people:read', 'audit:read'] });
    await api.withBearer(await forItself(service, { scope: 'people:read audit:read' }));
    const { origin, ...program } = api.calls.at(-1) ?? {};
    expect(program).to.deep.equal({
      kind: 'client',
      clientId: service.id,
      scopes: ['people:read', 'audit:read'],
    });
    expect(origin).to.have.property('ip');
    const [portal, person] = [await newPortal(), await server.addAccount()];
    const { access_token: token } = await tokensFor(portal, person, { resource, scope });
    expect((await api.withBearer(token)).status).to.equal(200);
    const [session] = await sessionsOf(server, person.id);
    expect(api.calls.at(-1)).to.deep.include({
      kind: 'person',
      accountId: person.id,
      sessionId: session?.uid,
      level: 'aal1',
      provenAt: new Date(Number(decodeJwt(token).auth_time) * 1000),
      clientId: portal.id,
      scopes: ['people:read'],
    });
  });

  it('is for this audience, of this kind and this issuer, and as it was issued', async () => {
    const service = await newService({ resource_scopes: ['records:read'] });
    const token = await forItself(service);
    const elsewhere = await forItself(service, { resource: RECORDS, scope: 'records:read' });
    const { id_token: idToken, access_token: opaque } = await tokensFor(
      await newPortal(),
      await server.addAccount(),
    );
    for (const other of [elsewhere, String(idToken), opaque, 'a.b.c'])
      expectRefusal(await api.withBearer(other), 401, 'invalid_token');
    const key = server.app.protocol.active.keys.find(({ alg }) => alg === 'ES256');
    if (key === undefined) throw new Error('no key');
    const claims = decodeJwt(token);
    const signed = (given: object, typ = 'at+jwt') => signJwt(key, typ, { ...claims, ...given });
    expect((await api.withBearer(await signed({}))).status).to.equal(200);
    for (const given of [
      { aud: [resource] },
      { aud: `${resource}/v1` },
      { aud: server.issuer },
      { iss: 'https://evil.example' },
      { cnf: { jkt: 'x' } },
      { cnf: {} },
      { client_id: 'nobody', sub: 'nobody' },
    ])
      expectRefusal(await api.withBearer(await signed(given)), 401, 'invalid_token');
    expectRefusal(await api.withBearer(await signed({}, 'JWT')), 401, 'invalid_token');
  });

  it('is not one of a resource of before that has scopes of the same names', async () => {
    const scopes = [{ name: 'people:read' }];
    const before = { identifier: 'https://old.example', name: 'Old', scopes };
    await asFixture(server.app.database, (tx) =>
      server.app.clients.resources.create(tx, { ...before, tokenAlgorithm: 'RS256', tokenSeconds: 600 }),
    );
    const service = await register(SERVICE);
    const token = await forItself(service, { resource: before.identifier });
    expect(decodeJwt(token)).to.include({ aud: before.identifier, scope: 'people:read' });
    expectRefusal(await api.withBearer(token), 401, 'invalid_token');
  });

  it('has the scope of the act, and a scope that its client has at this moment', async () => {
    const lacking = await forItself(await newService({ admin_scopes: ['audit:read'] }), {
      scope: 'audit:read',
    });
    expectRefusal(await api.withBearer(lacking), 403, 'insufficient_scope');
    const portal = await newPortal({ admin_scopes: ['people:read', 'audit:read'] });
    const metadata = { ...WEB_CLIENT, admin_scopes: ['people:read', 'audit:read'] };
    const { access_token: wide } = await tokensFor(portal, await server.addAccount(), {
      resource,
      scope: `${scope} audit:read`,
    });
    expect((await api.withBearer(wide)).status).to.equal(200);
    await updated(portal, { ...metadata, admin_scopes: ['audit:read'] });
    expectRefusal(await api.withBearer(wide), 401, 'invalid_token');
    await updated(portal, metadata);
    expectRefusal(await api.withBearer(wide), 401, 'invalid_token');
  });

  it('loses with its client’s admin_scopes what codes, refresh tokens and consents have of them, and no more', async () => {
    const metadata = { ...WEB_CLIENT, first_party: false, admin_scopes: ['people:read', 'audit:read'] };
    const [portal, person] = [await register(metadata), await server.addAccount()];
    const agent = new UserAgent();
    const asked = { resource, scope: `${scope} audit:read` };
    const tokens = await tokensFor(portal, person, asked, agent);
    const elsewhere = await tokensFor(
      portal,
      person,
      { resource: RECORDS, scope: 'openid records:read' },
      agent,
    );
    const { ends } = await updated(portal, { ...metadata, admin_scopes: ['audit:read'] });
    expect(ends.join()).to.include('administration API with the scopes people:read end at once');
    const narrowed = await portal.refresh(tokens.refresh_token, { resource });
    expect([narrowed.status, narrowed.body.scope]).to.deep.equal([200, 'audit:read']);
    const other = await portal.refresh(elsewhere.refresh_token, { resource: RECORDS });
    expect([other.status, other.body.scope]).to.deep.equal([200, 'records:read']);
    await updated(portal, metadata);
    const again = await portal.refresh(narrowed.body.refresh_token, { resource });
    expect(again.body.scope, 'what is given back is asked for anew').to.equal('audit:read');
    const granted = await server.app.clients.consents.find(person.id, portal.id);
    expect(granted?.resources[resource]).to.deep.equal(['audit:read']);
    expect(granted?.resources[RECORDS]).to.deep.equal(['records:read']);
  });

  it('of a service is narrowed at once, and ends with the client', async () => {
    const service = await newService();
    const token = await forItself(service);
    await updated(service, { ...SERVICE, admin_scopes: ['audit:read'] });
    // A node hears of it in a moment.
    await eventually(
      'the client has lost the scope',
      async () => (await api.withBearer(token)).status !== 200,
    );
    expectRefusal(await api.withBearer(token), 401, 'invalid_token');
    const [gone, kept] = [await newService(), await newService()];
    const tokens = [await forItself(gone), await forItself(kept)] as const;
    await act(server.app, clients.delete, { client: gone.id });
    await eventually('the client is gone', async () => (await api.withBearer(tokens[0])).status !== 200);
    expectRefusal(await api.withBearer(tokens[0]), 401, 'invalid_token');
    expect((await api.withBearer(tokens[1])).status).to.equal(200);
  });

  it('ends with the session and the account of its person, and after ten minutes', async () => {
    const portal = await newPortal();
    const person = await server.addAccount();
    const agent = new UserAgent();
    const { access_token: token } = await tokensFor(portal, person, { resource, scope }, agent);
    expect((await api.withBearer(token)).status).to.equal(200);
    await agent.submit(await agent.open(`${server.issuer}/logout`), { logout: 'yes' });
    expectRefusal(await api.withBearer(token), 401, 'invalid_token');
    const { access_token: ofDisabled } = await tokensFor(portal, person, { resource, scope });
    await server.app.accounts.store.setStatus(fixtures(server.app.database), person.id, 'disabled');
    expectRefusal(await api.withBearer(ofDisabled), 401, 'invalid_token');
    const late = await forItself(await newService());
    time.pass(601);
    expectRefusal(await api.withBearer(late), 401, 'invalid_token');
  });

  it('counts as a use of the session, of which not more is written than once a minute', async () => {
    const person = await server.addAccount();
    const { access_token: token } = await tokensFor(await newPortal(), person, { resource, scope });
    const lastActive = async () => (await sessionsOf(server, person.id))[0]?.last_active_at.getTime();
    const before = await lastActive();
    time.pass(50);
    await api.withBearer(token);
    expect(await lastActive()).to.equal(before);
    time.pass(20);
    await Promise.all([api.withBearer(token), api.withBearer(token)]);
    expect(Number(await lastActive()) - Number(before)).to.be.greaterThan(60_000);
    time.pass(30 * 60);
    expectRefusal(await api.withBearer(token), 401, 'invalid_token');
  });

  it('is got with a key and no secret (private_key_jwt), with an assertion that works once', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' };
    const { id } = await newService({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [jwk] },
    });
    const now = Math.floor(time.clock.now().getTime() / 1000);
    const assertion = await new SignJWT({ jti: 'once', iat: now, exp: now + 60 })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setIssuer(id)
      .setSubject(id)
      .setAudience(server.issuer)
      .sign(privateKey);
    const fields = {
      grant_type: 'client_credentials',
      scope: 'people:read',
      resource,
      client_assertion: assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    };
    const { body } = await postForm(`${server.issuer}/token`, fields);
    expect((await api.withBearer(body.access_token)).body).to.deep.equal({
      kind: 'client',
      scopes: ['people:read'],
    });
    expect((await postForm(`${server.issuer}/token`, fields)).body.error).to.equal('invalid_client');
  });

  it('of the command line ends with the session as well', async () => {
    const [cli, person, agent] = [await commandLine(server), await server.addAccount(), new UserAgent()];
    const { access_token: token } = await cli.tokens(person, {}, agent);
    expect((await api.withProof(cli.key, token)).status).to.equal(200);
    await agent.submit(await agent.open(`${server.issuer}/logout`), { logout: 'yes' });
    expectRefusal(await api.withProof(cli.key, token), 401, 'invalid_token');
  });
});
