import { expect } from 'chai';
import pg from 'pg';
import { AS_FIXTURE } from '../support/evidence/fixture.ts';
import { eventually } from '../support/processes.ts';
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

/** What may break at any moment breaks, and nothing is wrongly granted, half written or lost. */
describe('faults', () => {
  describe('the connection to PostgreSQL lost', () => {
    let server: TestServer;
    let person: Person;
    let client: HandClient;
    let owner: pg.Client;

    before(async () => {
      server = await startTestServer();
      person = await server.addAccount();
      client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
      owner = new pg.Client({ connectionString: server.database.ownerUrl, options: AS_FIXTURE });
      await owner.connect();
    });
    after(async () => {
      await owner.end();
      await server.stop();
    });

    const cut = () =>
      owner.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      );
    const ready = () => fetch(`${server.issuer}/health/ready`).then(({ ok }) => ok);

    it('between two requests: the next one works, or says 503 and then works', async () => {
      const tokens = await tokensFor(client, person);
      await cut();
      const { status } = await client.userinfo(tokens.access_token);
      expect(status).to.be.oneOf([200, 503]);
      await eventually(
        'it works again',
        async () => (await client.userinfo(tokens.access_token)).status === 200,
      );
    });

    it('in the middle of requests: each is answered, none is half done', async () => {
      const pages = await Promise.all(
        Array.from({ length: 6 }, () => authorize(new UserAgent(), client.authorizeUrl(), person)),
      );
      const codes = pages.map((page) => String(callbackOf(page).get('code')));
      // Whoever commits waits for this lock, and is waiting when the connections are cut.
      await owner.query('begin');
      await owner.query('lock table audit_events in exclusive mode');
      const waiting = codes.map((code) => client.redeem(code));
      await eventually('all are waiting', async () => {
        const { rows } = await owner.query(
          `select count(*)::int as waiting from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rows[0].waiting >= 4;
      });
      await cut();
      await owner.query('rollback');
      const answers = await Promise.all(waiting);
      for (const { status, body, headers } of answers) {
        expect(status).to.be.oneOf([200, 503]);
        if (status === 200) continue;
        expect(body).to.not.have.any.keys('access_token', 'id_token', 'refresh_token');
        expect(headers.get('retry-after')).to.match(/^\d+$/u);
      }
      expect(answers.filter(({ status }) => status === 503)).to.not.have.length(0);
      await eventually('it is ready again', ready);
      for (const [index, code] of codes.entries()) {
        const { status } = await client.redeem(code);
        expect(status).to.equal(answers[index]?.status === 200 ? 400 : 200);
      }
    });

    it('for a while: refuses with 503, grants nothing, stays alive, and recovers', async () => {
      const name = new URL(server.database.ownerUrl).pathname.slice(1);
      const tokens = await tokensFor(client, person);
      const agent = new UserAgent();
      const page = await agent.open(client.authorizeUrl());
      const admin = new pg.Client({
        connectionString: server.database.ownerUrl.replace(`/${name}`, '/postgres'),
      });
      await admin.connect();
      try {
        await admin.query(`alter database ${name} with allow_connections false`);
        await cut();
        const answers = [
          await client.refresh(tokens.refresh_token),
          await client.userinfo(tokens.access_token),
          await client.post('/token/introspect', { token: tokens.access_token }),
        ];
        for (const { status, body } of answers) {
          expect(status).to.equal(503);
          expect(body).to.not.have.any.keys('access_token', 'sub', 'active');
        }
        const refused = await agent.submit(page, { identifier: person.email, password: person.password });
        expect(refused.status).to.equal(503);
        expect(refused.body).to.include('Not available at the moment');
        expect((await fetch(`${server.issuer}/health/ready`)).status).to.equal(503);
        expect((await fetch(`${server.issuer}/health/live`)).status).to.equal(200);
        expect((await fetch(`${server.issuer}/jwks`)).status).to.equal(200);
      } finally {
        await admin.query(`alter database ${name} with allow_connections true`);
        await admin.end();
      }
      await eventually('it is ready again', ready);
      const end = await agent.follow(
        await agent.submit(page, { identifier: person.email, password: person.password }),
      );
      expect(callbackOf(end).has('code')).to.equal(true);
      expect((await client.refresh(tokens.refresh_token)).status).to.equal(200);
    });

    it('does not leave clients in a cache that nobody can empty', async () => {
      const registration = await server.addClient(WEB_CLIENT);
      const short = handClient(server.issuer, registration);
      expect((await new UserAgent().open(short.authorizeUrl())).status).to.equal(200);
      await cut();
      await eventually('connections are back', ready);
      await owner.query('delete from clients where id = $1', [short.id]);
      await eventually(
        'the deleted client is refused',
        async () => (await new UserAgent().open(short.authorizeUrl())).status === 400,
      );
    });
  });
});
