import { expect } from 'chai';
import { decodeJwt } from 'jose';
import pg from 'pg';
import { untilWaiting } from '../support/lock-waits.ts';
import { callbackOf, type HandClient, handClient, type Person, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

/** Two requests about one thing at the same instant, on two nodes: in this order, and the second has read what was before. */
describe('at the same instant', function parallel() {
  this.timeout(60_000);
  let server: TestServer;
  let second: TestServer;
  let person: Person;
  let client: HandClient;
  /** Sees who waits for whom. */
  let owner: pg.Client;

  before(async () => {
    server = await startTestServer();
    second = await server.secondNode();
    owner = new pg.Client({ connectionString: server.database.ownerUrl });
    await owner.connect();
    person = await server.addAccount();
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(async () => {
    await owner.end();
    await second.stop();
    await server.stop();
  });

  const there = (given: HandClient) =>
    handClient(`http://localhost:${second.app.config.server.port}`, {
      client_id: given.id,
      client_secret: String(given.secret),
    });

  /** Begins the requests one after the other while the artefacts of this kind cannot be changed, then lets go of them. */
  async function inTurn<T>(model: string, ...requests: (() => Promise<T>)[]): Promise<T[]> {
    const { database } = server.app;
    const begun: Promise<T>[] = [];
    await database.transaction(async (tx) => {
      await tx.query('select 1 from oidc_artifacts where model = $1 and account_id = $2 for update', [
        model,
        person.id,
      ]);
      for (const request of requests) {
        begun.push(request());
        await untilWaiting(owner, begun.length);
      }
    });
    return Promise.all(begun);
  }

  for (const kind of ['access_token', 'refresh_token'] as const) {
    it(`a refresh leaves nothing alive when the ${kind.replace('_', ' ')} is revoked`, async () => {
      const tokens = await tokensFor(client, person);
      const [refreshed, revoked] = await inTurn(
        'RefreshToken',
        () => client.refresh(tokens.refresh_token),
        () => there(client).post('/token/revoke', { token: tokens[kind], token_type_hint: kind }),
      );
      expect(revoked?.status).to.equal(200);
      if (refreshed?.status === 200) {
        const { access_token: access, refresh_token: refresh } = refreshed.body;
        expect((await client.refresh(refresh)).body.error).to.equal('invalid_grant');
        expect((await client.userinfo(access)).status).to.equal(401);
        const seen = await client.post('/token/introspect', { token: access });
        expect(seen.body).to.deep.equal({ active: false });
      }
      expect((await client.refresh(tokens.refresh_token)).body.error).to.equal('invalid_grant');
      expect((await client.userinfo(tokens.access_token)).status).to.equal(401);
      // The person goes on in the same way as before.
      expect(await tokensFor(client, person)).to.have.property('access_token');
    });
  }

  it('two first requests of one client in a session get one sid and one grant', async () => {
    const agent = new UserAgent();
    await tokensFor(client, person, {}, agent);
    const fresh = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    const url = fresh.authorizeUrl({ prompt: 'none', scope: 'openid offline_access' });
    const other = url.replace(server.issuer, `http://localhost:${second.app.config.server.port}`);
    const pages = await inTurn<Page>(
      'Session',
      () => agent.get(url),
      () => agent.get(other),
    );
    const tokens = [];
    for (const page of pages) {
      const { location } = await agent.follow(page, (to) => !to.includes('/authorize'));
      tokens.push((await fresh.redeem(String(callbackOf(String(location)).get('code')))).body);
    }
    const sids = tokens.map(({ id_token: token }) => decodeJwt(token).sid);
    expect(new Set(sids)).to.have.property('size', 1);
    const grants = await server.app.database.query(
      `select distinct grant_id from oidc_artifacts where model = 'RefreshToken' and client_id = $1`,
      [fresh.id],
    );
    expect(grants).to.have.length(1);

    const page = await agent.open(`${server.issuer}/logout`);
    await agent.follow(await agent.submit(page, { logout: 'yes' }));
    for (const { access_token: token } of tokens) {
      expect((await fresh.userinfo(token)).status, 'signed out').to.equal(401);
    }
  });
});
