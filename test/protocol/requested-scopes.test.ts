import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { fixture } from '../support/evidence/fixture.ts';
import { eventually } from '../support/processes.ts';
import {
  type Answer,
  authorize,
  callbackOf,
  type HandClient,
  handClient,
  type Person,
} from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const RECORDS = 'https://records.example.org';
const BILLING = 'https://billing.example.org';
const OWN = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
type Parameters = Record<string, string | undefined>;

/** Which of the requested scopes are given, and when a request is refused (RFC 6749, sections 3.3 and 5.1; RFC 8707). */
describe('requested scopes and resources', function scopes() {
  this.timeout(60_000);
  let server: TestServer;
  let person: Person;
  let app: HandClient;
  /** May only read records. */
  let narrow: HandClient;
  /** An application of somebody else, which asks people. */
  let partner: HandClient;
  let service: HandClient;

  before(async () => {
    server = await startTestServer();
    person = await server.addAccount({ roles: ['clinician'] });
    const register = async (metadata: object) =>
      handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, ...metadata }));
    app = await register({ offline_access: true });
    narrow = await register({ resource_scopes: ['records:read'] });
    partner = await register({ first_party: false });
    service = await register({ ...OWN, resource_scopes: ['records:read', 'records:write'] });
    await server.addResource({
      identifier: RECORDS,
      name: 'Records',
      scopes: ['records:read', 'records:write'],
    });
    await server.addResource({ identifier: BILLING, name: 'Billing', scopes: ['billing', 'roles'] });
  });
  after(() => server.stop());

  /** The pushed request of a client, or the error with which it is refused. */
  async function push(client: HandClient, parameters: Parameters): Promise<Answer> {
    return client.post('/par', client.parameters(parameters));
  }

  const REFUSED: [string, () => HandClient, Parameters, string][] = [
    ['no scope that is known', () => app, { scope: 'nonsense' }, 'invalid_scope'],
    ['several that are not known', () => app, { scope: 'a b c:d' }, 'invalid_scope'],
    ['a scope of a resource without the resource', () => app, { scope: 'records:read' }, 'invalid_scope'],
    ['a scope of another resource', () => app, { scope: 'billing', resource: RECORDS }, 'invalid_scope'],
    [
      'a scope that is not for the client',
      () => narrow,
      { scope: 'records:write', resource: RECORDS },
      'invalid_scope',
    ],
    ['offline access to nothing', () => app, { scope: 'offline_access', prompt: 'consent' }, 'invalid_scope'],
    [
      'offline access that is not for the client',
      () => narrow,
      { scope: 'offline_access', prompt: 'consent' },
      'invalid_scope',
    ],
    [
      'offline access and nothing known',
      () => app,
      { scope: 'offline_access nonsense', prompt: 'consent', resource: RECORDS },
      'invalid_scope',
    ],
    ['no scope', () => app, { scope: undefined }, 'invalid_scope'],
    ['no scope at a resource', () => app, { scope: undefined, resource: RECORDS }, 'invalid_scope'],
    [
      'a resource at which the client has no scope',
      () => narrow,
      { scope: 'openid billing', resource: BILLING },
      'invalid_target',
    ],
    [
      'the same without asking for one',
      () => narrow,
      { scope: 'openid', resource: BILLING },
      'invalid_target',
    ],
    [
      'a resource that is not registered',
      () => app,
      { scope: 'openid', resource: 'https://unknown.example' },
      'invalid_target',
    ],
  ];
  for (const [what, client, parameters, error] of REFUSED) {
    it(`refuses ${what} before anybody signs in`, async () => {
      const agent = new UserAgent();
      const page = await agent.open(client().authorizeUrl(parameters));
      const answer = callbackOf(page);
      expect(Object.fromEntries(answer)).to.include({ error, state: 'the-state', iss: server.issuer });
      expect(answer.get('error_description')).to.match(/\w+ \w+/u);
      // Silently, too, and for who is signed in.
      const silent = await agent.open(client().authorizeUrl({ ...parameters, prompt: 'none' }));
      expect(callbackOf(silent).get('error')).to.equal(error);
      await authorize(agent, app.authorizeUrl(), person);
      const signedIn = await agent.open(client().authorizeUrl(parameters));
      expect(callbackOf(signedIn).get('error')).to.equal(error);
      const { status, body } = await push(client(), parameters);
      expect([status, body.error]).to.deep.equal([400, error]);
    });
  }

  it('narrows what is partly known, asks nobody for the rest, and says what is left', async () => {
    const requests: [HandClient, Parameters, string][] = [
      [app, { scope: 'openid nonsense email' }, 'openid email'],
      [app, { scope: 'openid email records:read' }, 'openid email'],
      [app, { scope: 'openid nonsense records:read billing', resource: RECORDS }, 'records:read'],
      [narrow, { scope: 'openid records:read records:write', resource: RECORDS }, 'records:read'],
      [narrow, { scope: 'openid offline_access email', prompt: 'consent' }, 'openid email'],
      [partner, { scope: 'openid admin records:read', resource: RECORDS }, 'records:read'],
      [app, { scope: 'nonsense records:read', resource: RECORDS }, 'records:read'],
    ];
    for (const [client, parameters, expected] of requests) {
      for (const resource of parameters.resource === undefined ? [undefined] : [undefined, RECORDS]) {
        const page = await authorize(new UserAgent(), client.authorizeUrl(parameters), person);
        expect(page.body).to.not.contain('nonsense').and.not.contain('admin');
        const { status, body } = await client.redeem(String(page.location), { resource });
        expect([status, body.scope], JSON.stringify(parameters)).to.deep.equal([200, expected]);
        if (body.refresh_token === undefined) continue;
        const again = await client.refresh(body.refresh_token, { resource });
        expect(again.body.scope, JSON.stringify(parameters)).to.equal(expected);
      }
    }
  });

  it('gives nobody a scope of a resource as one about a person, also where consent is asked for again', async () => {
    const agent = new UserAgent();
    const parameters = { scope: 'openid records:read', resource: RECORDS };
    const redeemed = async (more: Parameters) => {
      const page = await authorize(agent, partner.authorizeUrl({ ...parameters, ...more }), person);
      return (await partner.redeem(String(page.location))).body;
    };
    await redeemed({});
    const again = await redeemed({ prompt: 'consent', scope: 'openid billing records:read admin' });
    expect(again.scope).to.equal('records:read');
    const about = (await partner.refresh(again.refresh_token, { scope: 'openid' })).body;
    const { body } = await partner.post('/token/introspect', { token: about.access_token });
    expect(body).to.include({ active: true, scope: 'openid' });
    const consents = await server.app.clients.consents.find(person.id, partner.id);
    expect(consents).to.deep.include({ scopes: ['openid'], resources: { [RECORDS]: ['records:read'] } });
  });

  describe('at the token endpoint', () => {
    const granted = async (client: HandClient, parameters: Parameters) => {
      const page = await authorize(new UserAgent(), client.authorizeUrl(parameters), person);
      return String(page.location);
    };
    const told = ({ status, body }: Answer) => [status, body.error];

    it('gives no token for a resource without a scope there', async () => {
      const code = await granted(app, { scope: 'openid', resource: RECORDS });
      expect(told(await app.redeem(code, { resource: RECORDS }))).to.deep.equal([400, 'invalid_target']);
    });

    it('spends neither the code nor the refresh token that came with a resource or scope that cannot be had', async () => {
      const code = await granted(app, { scope: 'openid records:read', resource: RECORDS });
      for (const resource of [BILLING, 'https://unknown.example', 'nonsense', 'https://x.example/#y']) {
        expect(told(await app.redeem(code, { resource })), resource).to.deep.equal([400, 'invalid_target']);
      }
      const { status, body } = await app.redeem(code, { resource: RECORDS });
      expect(status).to.equal(200);
      let refresh = body.refresh_token;
      for (const fields of [
        { resource: BILLING },
        { resource: 'https://unknown.example' },
        { scope: 'openid records:write' },
        { scope: 'openid', resource: RECORDS },
      ]) {
        const answer = await app.refresh(refresh, fields);
        expect(answer.body.error, JSON.stringify(fields)).to.be.oneOf(['invalid_target', 'invalid_scope']);
        const good = await app.refresh(refresh, { resource: RECORDS });
        expect(good.body.scope, JSON.stringify(fields)).to.equal('records:read');
        refresh = good.body.refresh_token;
      }
      // A second use of what was spent is still the end of all of it.
      expect(told(await app.redeem(code, { resource: RECORDS }))).to.deep.equal([400, 'invalid_grant']);
      expect(told(await app.refresh(refresh))).to.deep.equal([400, 'invalid_grant']);
    });

    it('says the scope where a client asks for less', async () => {
      const code = await granted(app, {
        scope: 'openid email records:read records:write',
        resource: RECORDS,
      });
      const { body } = await app.redeem(code, { resource: RECORDS });
      expect(body.scope).to.equal('records:read records:write');
      const less = await app.refresh(body.refresh_token, { resource: RECORDS, scope: 'records:read' });
      expect(less.body.scope).to.equal('records:read');
      expect(decodeJwt(less.body.access_token).scope).to.equal('records:read');
    });
  });

  describe('of a service', () => {
    const ask = (fields: Parameters) =>
      service.post('/token', { grant_type: 'client_credentials', ...fields });

    it('are given as a whole, and said', async () => {
      for (const scope of ['records:read', 'records:write records:read']) {
        const { body } = await ask({ scope, resource: RECORDS });
        expect(body.scope).to.equal(scope);
        expect(decodeJwt(body.access_token)).to.include({ scope, aud: RECORDS });
      }
    });

    it('are refused as a whole where one is unknown, not its own, of another resource, or about people', async () => {
      const asked: Parameters[] = [
        { scope: 'nonsense' },
        { scope: 'billing' },
        { scope: 'openid' },
        { scope: 'profile email' },
        { scope: 'offline_access' },
        { scope: 'nonsense', resource: RECORDS },
        { scope: 'records:read nonsense', resource: RECORDS },
        { scope: 'records:read openid', resource: RECORDS },
        { scope: 'records:read billing', resource: RECORDS },
        { scope: 'records:read  records:write', resource: RECORDS },
      ];
      for (const fields of asked) {
        const { status, body } = await ask(fields);
        expect([status, body.error], JSON.stringify(fields)).to.deep.equal([400, 'invalid_scope']);
        expect(body).to.not.have.property('access_token');
      }
    });

    it('need a resource that is known and at which it has one', async () => {
      for (const resource of [
        BILLING,
        'https://unknown.example',
        'nonsense',
        `${RECORDS}/`,
        `${RECORDS}#a`,
      ]) {
        for (const scope of [undefined, 'billing', 'roles', 'records:read']) {
          const { status, body } = await ask({ resource, scope });
          expect([status, body.error], `${resource} ${scope}`).to.deep.equal([400, 'invalid_target']);
        }
      }
    });

    it('may have the name of one about people where the resource has it', async () => {
      const all = handClient(
        server.issuer,
        await server.addClient({
          grant_types: ['client_credentials'],
          redirect_uris: [],
          response_types: [],
        }),
      );
      const { body } = await all.post('/token', {
        grant_type: 'client_credentials',
        resource: BILLING,
        scope: 'roles',
      });
      expect(decodeJwt(body.access_token)).to.include({ scope: 'roles' }).and.not.have.property('roles');
    });
  });

  it('are none at a resource that has none, which cannot be registered any more and gets no tokens', async () => {
    const refused = await server.addResource({ identifier: 'urn:none', name: 'None', scopes: [] }).then(
      () => undefined,
      (error: Error) => error.message,
    );
    expect(refused).to.match(/at least one/u);
    await fixture(
      server.app.database,
      `insert into resources values ('urn:none', 'None', '[]', 'RS256', 600, now())`,
    );
    await eventually(
      'it is known',
      async () => (await server.app.clients.resources.find('urn:none')) !== undefined,
    );
    const page = await new UserAgent().open(app.authorizeUrl({ resource: 'urn:none' }));
    expect(callbackOf(page).get('error')).to.equal('invalid_target');
    const own = handClient(server.issuer, await server.addClient(OWN));
    const { body } = await own.post('/token', { grant_type: 'client_credentials', resource: 'urn:none' });
    expect(body.error).to.equal('invalid_target');
  });
});
