import { expect } from 'chai';
import { type Granted, mergeGranted, NOTHING_GRANTED } from '../../src/domain/consents/store.ts';
import { asFixture } from '../support/evidence/fixture.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';
import { authorizePath, type Client, codeFor, consent, post, redeem, tokensFor } from './support.ts';

/** A clock that tests move. */
const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };

const payloadOf = (jwt: unknown): Record<string, unknown> =>
  JSON.parse(Buffer.from(String(jwt).split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

/** What only the right moment makes possible, and what a client might ask for beyond its due. */
describe('attacks', () => {
  let server: TestServer;
  let client: Client;

  before(async () => {
    server = await startTestServer({ replace: { clock } });
    client = await server.addClient(WEB_CLIENT);
  });
  after(() => server.stop());
  afterEach(() => {
    clock.offset = 0;
  });

  const signInPage = (agent: UserAgent, changes: Record<string, string | undefined> = {}): Promise<Page> =>
    agent.open(server.issuer + authorizePath(client, changes));

  it('a sign-in that was held back does not survive the end of all access', async () => {
    const person = await server.addAccount();
    const agent = new UserAgent();
    const page = await signInPage(agent);
    const { location } = await agent.submit(page, { identifier: person.email, password: person.password });
    const {
      database,
      lifecycle: { access },
    } = server.app;
    await database.transaction((tx) =>
      access.endAll(tx, person.id, 'everywhere', { actor: { kind: 'system' } }),
    );
    const resumed = await agent.open(String(location));
    expect(String(resumed.location)).not.to.contain('code=');
    const again = await agent.open(page.url);
    expect(String(again.location)).not.to.contain('code=');
    expect((await agent.get(`${server.issuer}/account`)).status).not.to.equal(200);
  });

  it('of applications that ask at the same moment, the session forgets none', async () => {
    const person = await server.addAccount();
    const others = await Promise.all(Array.from({ length: 6 }, () => server.addClient(WEB_CLIENT)));
    const agent = new UserAgent();
    await codeFor(server, client, person, {}, agent);
    await Promise.all(
      others.map((other) => agent.get(server.issuer + authorizePath(other, { prompt: 'none' }))),
    );
    const [row] = await server.app.database.query<{ payload: { authorizations: object } }>(
      `select payload from oidc_artifacts where model = 'Session' and account_id = $1`,
      [person.id],
    );
    expect(Object.keys(row?.payload.authorizations ?? {})).to.include.members(
      others.map(({ client_id: id }) => id),
    );
  });

  it('nobody consents in the name of somebody who has signed out', async () => {
    const person = await server.addAccount();
    const stranger = await server.addClient({ ...WEB_CLIENT, first_party: false });
    const agent = new UserAgent();
    await codeFor(server, client, person, {}, agent);
    const page = await agent.open(server.issuer + authorizePath(stranger));
    await agent.submit(await agent.open(`${server.issuer}/logout`), { logout: 'yes' });
    const answer = await consent(agent, page);
    expect(await server.app.clients.consents.find(person.id, String(stranger.client_id))).to.equal(undefined);
    expect(answer.status).to.equal(400);
  });

  it('the consent page does not name who has signed out', async () => {
    const person = await server.addAccount({ name: 'Quiet Person' });
    const stranger = await server.addClient({ ...WEB_CLIENT, first_party: false });
    const agent = new UserAgent();
    await codeFor(server, client, person, {}, agent);
    const page = await agent.open(server.issuer + authorizePath(stranger));
    expect(page.body).to.contain('Quiet Person');
    await agent.submit(await agent.open(`${server.issuer}/logout`), { logout: 'yes' });
    expect((await agent.open(page.url)).body).not.to.contain('Quiet Person');
  });

  it('the claims parameter opens nothing whose scope the client may not have', async () => {
    const person = await server.addAccount({ roles: ['matron'] });
    const narrow = await server.addClient({ ...WEB_CLIENT, scope: 'openid' });
    const claims = JSON.stringify({ id_token: { email: null, roles: null }, userinfo: { name: null } });
    const agent = new UserAgent();
    await codeFor(server, client, person, {}, agent);
    const answer = await agent.open(server.issuer + authorizePath(narrow, { scope: 'openid', claims }));
    const code = new URL(String(answer.location)).searchParams.get('code');
    const { body } =
      code === null ? { body: {} as Record<string, unknown> } : await redeem(server, narrow, code);
    expect(body.id_token === undefined ? {} : payloadOf(body.id_token)).not.to.have.any.keys(
      'email',
      'roles',
    );
  });

  it('nobody registers under the name of our own pages', async () => {
    const error = await server.addClient({ ...WEB_CLIENT, client_id: 'gatehouse' }).catch((reason) => reason);
    expect(error).to.have.property('code', 'client_metadata_invalid');
  });

  it('our own pages get nothing but a session: no token, no code, no answer about tokens', async () => {
    const own = { client_id: 'gatehouse' };
    for (const grant_type of ['client_credentials', 'authorization_code', 'refresh_token']) {
      const answer = await post(server, '/token', { ...own, grant_type, code: 'x', refresh_token: 'x' });
      expect(answer.status, grant_type).to.equal(400);
      expect(answer.body).not.to.have.property('access_token');
    }
    const person = await server.addAccount();
    const tokens = await tokensFor(server, client, person);
    const told = await post(server, '/token/introspect', { ...own, token: String(tokens.access_token) });
    expect(told.body).to.deep.equal({ active: false });
    for (const response_type of ['code', 'id_token', 'code id_token', 'token']) {
      const query = new URLSearchParams({
        ...own,
        response_type,
        scope: 'openid',
        redirect_uri: `${server.issuer}/account`,
      });
      const { location } = await new UserAgent().get(`${server.issuer}/authorize?${query}`);
      expect(String(location), response_type).to.match(/[?#]error=/u);
    }
  });

  describe('a consent that is withdrawn while a request goes by it', () => {
    /** Withdraws the consent after the next request has read it, and before it commits. */
    function withdrawAfterReading(person: { id: string }, application: Client, read: Granted): void {
      const {
        database,
        clients: { consents },
        lifecycle: { access },
      } = server.app;
      const { find } = consents;
      consents.find = async (accountId, clientId) => {
        consents.find = find;
        const granted = await find(accountId, clientId);
        await asFixture(database, async (tx) => {
          await consents.withdraw(tx, person.id, String(application.client_id));
          await access.endForClient(tx, person.id, String(application.client_id));
        });
        return granted && mergeGranted(granted, read);
      };
    }

    const kept = (person: { id: string }, application: Client) =>
      server.app.database.query<{ model: string }>(
        'select model from oidc_artifacts where account_id = $1 and client_id = $2',
        [person.id, application.client_id],
      );

    for (const [which, scopes, fresh] of [
      ['by the grant of the session', [], false],
      ['by a grant that grows', ['email'], false],
      ['by a new grant', [], true],
    ] as const) {
      it(`leaves the application with nothing: ${which}`, async () => {
        const person = await server.addAccount();
        const stranger = await server.addClient({ ...WEB_CLIENT, first_party: false });
        const agent = new UserAgent();
        await codeFor(server, stranger, person, { scope: 'openid profile' }, agent);
        const browser = fresh ? new UserAgent() : agent;
        if (fresh) await codeFor(server, client, person, {}, browser);
        withdrawAfterReading(person, stranger, { ...NOTHING_GRANTED, scopes });
        const answer = await browser.open(
          server.issuer + authorizePath(stranger, { scope: ['openid profile', ...scopes].join(' ') }),
        );
        expect(String(answer.location)).not.to.contain('code=');
        expect(await kept(person, stranger)).to.deep.equal([]);
      });
    }
  });
});
