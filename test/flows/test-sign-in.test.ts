import { expect } from 'chai';
import { clients } from '../../src/administration/clients/index.ts';
import { act } from '../support/administration.ts';
import { callbackOf, eventsDuring, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  addTester,
  claimsIn,
  goOn,
  keptFor,
  runTest,
  type Tester,
  type TestInput,
  testLinkFor,
  textOf,
} from '../support/test-sign-ins.ts';
import { UserAgent } from '../support/user-agent.ts';

const RECORDS = 'https://records.example.org';
/** A code that is spent, of a grant that is gone. */
const SPENT = [{ model: 'AuthorizationCode', consumed: true }];

describe('a test sign-in', function tests() {
  this.timeout(60_000);
  let server: TestServer;
  let owner: Tester;

  before(async () => {
    server = await startTestServer();
    owner = await addTester(server, { name: 'Olu Owner' });
    await server.addResource({
      identifier: RECORDS,
      name: 'Records',
      scopes: ['records:read', 'records:write'],
    });
  });
  after(() => server.stop());

  const addClient = async (metadata: Record<string, unknown> = {}) =>
    String((await server.addClient({ ...WEB_CLIENT, ...metadata })).client_id);
  const run = async (client: string, input: TestInput = {}, decision?: string, agent = new UserAgent()) =>
    runTest(await testLinkFor(server, owner, client, input), owner, agent, decision);
  const rows = async (text: string, ...values: unknown[]) => server.app.database.query(text, values);

  it('shows the person who asked what the client would be told, and leaves nothing', async () => {
    const client = await addClient({
      first_party: true,
      client_name: 'Ward board',
      id_token_claims: ['email'],
      backchannel_logout_uri: 'https://board.example.org/logout',
    });
    const agent = new UserAgent();
    const { events, result: page } = await eventsDuring(server, () => run(client, {}, 'allow', agent));
    expect(page.status, page.body).to.equal(200);
    expect(textOf(page)).to.include('Olu Owner').and.to.include('Ward board');
    expect(claimsIn(page, 'id-token')).to.deep.include({
      aud: client,
      email: owner.email,
      sub: owner.id,
      acr: 'aal2',
    });
    expect(claimsIn(page, 'userinfo')).to.deep.include({ sub: owner.id, roles: ['application-manager'] });
    expect(page.headers.get('cache-control')).to.equal('no-store');
    expect(await keptFor(server, client)).to.deep.equal(SPENT);
    const told = events.filter(({ type }) => type.startsWith('client.'));
    expect(told.map(({ type, account, client: id, outcome }) => [type, account, id, outcome])).to.deep.equal(
      ['asked', 'begun', 'done'].map((step) => [`client.test_sign_in_${step}`, owner.id, client, 'success']),
    );
    expect(told[2]?.details).to.deep.equal({ result: 'shown', scope: 'openid profile email roles groups' });

    // Neither with the session nor with the client.
    expect(await rows('select * from session_clients where client_id = $1', client)).to.deep.equal([]);
    const [session] = await rows(
      `select payload from oidc_artifacts where model = 'Session' and account_id = $1`,
      owner.id,
    );
    expect((session as { payload: { authorizations: object } }).payload.authorizations ?? {}).to.deep.equal(
      {},
    );
    const shown = await act(server.app, clients.show, { client });
    expect(shown.lastUsedAt).to.equal(null);
    // Whoever is signed in is signed in for the next test, as for any application.
    const again = await agent.open(await testLinkFor(server, owner, client));
    expect(claimsIn(again, 'id-token')).to.include({ sub: owner.id });
  });

  it('asks for consent as people of the client are asked, and remembers nothing of it', async () => {
    const client = await addClient({ client_name: 'Of somebody else', first_party: false });
    const page = await run(client);
    expect(claimsIn(page, 'userinfo')).to.include({ email: owner.email });
    expect(await rows('select * from consents where client_id = $1', client)).to.deep.equal([]);
    const refused = await run(client, {}, 'deny');
    expect(textOf(refused)).to.include('was refused').and.to.include('access_denied');
    expect(await rows('select * from consents where client_id = $1', client)).to.deep.equal([]);
    expect(await keptFor(server, client)).to.deep.equal(SPENT);
  });

  it('leaves the tokens that the client really holds, and their grant', async () => {
    const made = await server.addClient({ ...WEB_CLIENT, first_party: true });
    const client = handClient(server.issuer, made);
    const agent = new UserAgent();
    const page = await goOn(agent, await agent.get(client.authorizeUrl()), owner, 'allow');
    const tokens = await client.redeem(page.location ?? '');
    const kept = await keptFor(server, client.id);
    const shown = await run(client.id, {}, 'allow', agent);
    expect(claimsIn(shown, 'id-token')).to.include({ sub: owner.id });
    expect(await keptFor(server, client.id)).to.have.deep.members([...SPENT, ...kept]);
    expect((await client.userinfo(tokens.body.access_token)).status).to.equal(200);
    expect((await client.refresh(tokens.body.refresh_token)).status).to.equal(200);
    const [joined] = await rows('select sid from session_clients where client_id = $1', client.id);
    expect(joined).to.not.equal(undefined);
  });

  it('says of each scope whether it is given, and else why not', async () => {
    const client = await addClient({
      first_party: true,
      scope: 'openid email',
      resource_scopes: ['records:read'],
    });
    const page = await run(client, {
      scope: 'openid email offline_access records:read records:write nonsense',
      resource: [RECORDS],
    });
    const text = textOf(page);
    for (const [scope, why] of [
      ['openid', 'given'],
      ['email', 'given'],
      ['records:read', 'given'],
      ['offline_access', 'not given The scope of the client’s registration does not list it.'],
      ['records:write', `not given of ${RECORDS} The resource_scopes or admin_scopes of the client`],
      ['nonsense', 'not given No scope of this name is known here.'],
    ])
      expect(text, text).to.match(new RegExp(`${scope} ${why}`.replaceAll('.', '\\.'), 'u'));
    expect(claimsIn(page, 'access-token')).to.include({ aud: RECORDS, sub: owner.id, scope: 'records:read' });
    expect(text).to.include('so it does not open userinfo');
    expect(await keptFor(server, client)).to.deep.equal(SPENT);
  });

  it('says which claims have no value', async () => {
    const page = await run(await addClient({ first_party: true }), { scope: 'openid profile' });
    expect(textOf(page)).to.match(/profile given_name family_name locale zoneinfo/u);
  });

  for (const [name, metadata] of Object.entries({
    public: { token_endpoint_auth_method: 'none' },
    native: {
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['org.example.app:/callback'],
    },
    'with its own keys': {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: 'https://app.example.org/keys',
    },
    'that has to push its requests': { require_pushed_authorization_requests: true },
    'whose tokens are bound to a key': { dpop_bound_access_tokens: true },
    'that is answered by a form': { response_modes: ['form_post'] },
    'with a level and an age of its own': { default_acr_values: ['aal2'], default_max_age: 600 },
  }))
    it(`works for a client ${name}`, async () => {
      const client = await addClient({ first_party: true, ...metadata });
      const agent = new UserAgent();
      let page = await run(client, {}, 'allow', agent);
      if (name.includes('form')) page = await agent.submit(page, {});
      expect(claimsIn(page, 'id-token'), page.body).to.include({ sub: owner.id, aud: client });
      expect(claimsIn(page, 'userinfo')).to.include({ email: owner.email });
      expect(await keptFor(server, client)).to.deep.equal(SPENT);
    });

  it('says why a request is refused, and what to change', async () => {
    const client = await addClient({ first_party: true });
    for (const [input, words] of [
      [{ scope: 'nonsense' }, /Error invalid_scope .* scope/u],
      [{ resource: ['https://nobody.example.org'] }, /Error invalid_target .* resource/u],
      [{ prompt: 'none' }, /Error login_required/u],
      [{ claims: { id_token: 'text' } }, /Error invalid_request .* claims/u],
    ] as [TestInput, RegExp][]) {
      const page = await run(client, input);
      expect(textOf(page), `${JSON.stringify(input)} ${textOf(page)}`).to.match(words);
      expect(textOf(page)).to.include('Nothing was issued');
    }
    expect(await keptFor(server, client)).to.deep.equal([]);
  });

  it('is made for a person whom the operator names, and who may do it themselves', async () => {
    const client = await addClient({ first_party: true });
    const { link, person } = await act(server.app, clients.testSignIn, { client, person: owner.id });
    expect(person).to.equal(owner.id);
    expect(claimsIn(await runTest(link, owner), 'id-token')).to.include({ sub: owner.id });
    const code = (input: object) =>
      act(server.app, clients.testSignIn, { client, ...input }).then(
        () => 'done',
        (error: { code: string }) => error.code,
      );
    expect(await code({})).to.equal('test_person_missing');
    expect(await code({ person: (await server.addAccount()).id })).to.equal('test_person_not_permitted');
  });

  it('goes on at another node, and after a restart', async () => {
    const client = await addClient({ first_party: true });
    const agent = new UserAgent();
    const page = await goOn(
      agent,
      await agent.get(await testLinkFor(server, owner, client)),
      owner,
      'allow',
      (url) => url.includes('/callback'),
    );
    expect(callbackOf(page).get('code')).to.be.a('string');
    server = await server.restart();
    expect(claimsIn(await agent.open(page.location ?? ''), 'id-token')).to.include({ sub: owner.id });
  });
});
