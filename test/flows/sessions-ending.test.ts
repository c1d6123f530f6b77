import { expect } from 'chai';
import { fixture, fixtures } from '../support/evidence/fixture.ts';
import { endSessionsOn } from '../support/jobs.ts';
import { addManySessions } from '../support/many-sessions.ts';
import { type HandClient, handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { sessionsOf } from '../support/sessions.ts';
import { UserAgent } from '../support/user-agent.ts';

const MINUTE = 60_000;

describe('sessions whose time is over', function ending() {
  this.timeout(120_000);
  const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
  let server: TestServer;
  let client: HandClient;

  before(async () => {
    server = await startTestServer({ replace: { clock } });
    const metadata = {
      ...WEB_CLIENT,
      first_party: true,
      offline_access: true,
      backchannel_logout_uri: 'http://127.0.0.1:9/never',
    };
    client = handClient(server.issuer, await server.addClient(metadata));
  });
  after(() => server.stop());
  beforeEach(async () => {
    clock.offset = 0;
    await fixture(server.app.database, `delete from sessions where ended_at is null`);
  });

  /** Has every node look at once, until there is nothing left. */
  async function sweep(nodes = [endSessionsOn(server.app)]): Promise<void> {
    await Promise.all(
      nodes.map(async (job) => {
        while ((await job.round()) < 1_000);
      }),
    );
  }

  const endings = (uids: readonly string[]) =>
    server.app.database.query<{ session: string; actor_kind: string; reason: string }>(
      `select session, actor_kind, details ->> 'reason' as reason from audit_events
       where type = 'session.ended' and session = any ($1)`,
      [uids],
    );

  it('are ended with their reason, told to their clients and to the trail, once, on two nodes at once', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, () => server.addAccount()));
    for (const person of people) await tokensFor(client, person);
    clock.offset = 19 * MINUTE;
    const fresh = await server.addAccount();
    const agent = new UserAgent();
    await tokensFor(client, fresh, {}, agent);
    clock.offset = 21 * MINUTE;
    const second = await server.secondNode();
    try {
      await sweep([endSessionsOn(server.app), endSessionsOn(second.app)]);
    } finally {
      await second.stop();
    }
    const rows = (await Promise.all(people.map(({ id }) => sessionsOf(server, id)))).flat();
    expect(rows.map((row) => row.end_reason)).to.deep.equal(people.map(() => 'idle'));
    const uids = rows.map(({ uid }) => uid);
    const told = await endings(uids);
    expect(told.map(({ session }) => session)).to.have.members(uids);
    expect(told.every(({ actor_kind: kind, reason }) => kind === 'system' && reason === 'idle')).to.equal(
      true,
    );
    const notices = await server.app.logouts.outbox.list({ clientId: client.id, limit: 100 });
    expect(notices.map(({ sessionUid }) => sessionUid)).to.have.members(uids);
    const left = await server.app.database.query(
      'select model from oidc_artifacts where account_id = any ($1) and model <> $2',
      [people.map(({ id }) => id), 'Interaction'],
    );
    expect(left).to.deep.equal([]);
    expect((await agent.get(`${server.issuer}/account`)).status).to.equal(200);
  });

  it('are ended as too old where they were used to the end, and keep what was granted for absence', async () => {
    const person = await server.addAccount();
    const agent = new UserAgent();
    const tokens = await tokensFor(
      client,
      person,
      { scope: 'openid offline_access', prompt: 'consent' },
      agent,
    );
    for (clock.offset = 0; clock.offset < 12 * 60 * MINUTE; clock.offset += 15 * MINUTE) {
      expect((await agent.get(`${server.issuer}/account`)).status).to.equal(200);
    }
    clock.offset = 12 * 60 * MINUTE + 1_000;
    await sweep();
    expect((await sessionsOf(server, person.id)).map((row) => row.end_reason)).to.deep.equal(['absolute']);
    clock.offset = 11 * 60 * MINUTE;
    expect((await client.refresh(tokens.refresh_token)).status).to.equal(200);
  });

  it('are ended by the running server within seconds', async () => {
    const person = await server.addAccount();
    await tokensFor(client, person);
    clock.offset = 20 * MINUTE;
    server.app.jobs.wake('end-sessions');
    for (let tries = 0; tries < 100; tries += 1) {
      if ((await sessionsOf(server, person.id))[0]?.end_reason === 'idle') return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect.fail('nobody ended it');
  });

  it('are many: two nodes end each of thousands once, with all that hangs on it, while people sign in', async () => {
    const { database } = server.app;
    const count = 3_000;
    const other = await server.addClient({
      ...WEB_CLIENT,
      first_party: true,
      backchannel_logout_uri: 'http://127.0.0.1:9/never',
    });
    const clients = [client.id, String(other.client_id)];
    const idleExpiresAt = new Date(Date.now() + MINUTE);
    await addManySessions(fixtures(database), { count, clients, prefix: 'swept-', idleExpiresAt });
    clock.offset = 2 * MINUTE;
    const second = await server.secondNode();
    let signIns = 0;
    try {
      let sweeping = true;
      const swept = sweep([endSessionsOn(server.app), endSessionsOn(second.app)]).finally(() => {
        sweeping = false;
      });
      for (; sweeping; signIns += 1) await tokensFor(client, await server.addAccount());
      await swept;
    } finally {
      await second.stop();
    }
    expect(signIns).to.be.above(0);
    const [left] = await database.query<Record<string, number>>(
      `select (select count(*) from sessions where uid like 'swept-%' and end_reason = 'idle')::int as ended,
        (select count(*) from audit_events where type = 'session.ended' and session like 'swept-%')::int as events,
        (select count(distinct session) from audit_events
          where type = 'session.ended' and session like 'swept-%')::int as told,
        (select count(*) from logout_deliveries where session_uid like 'swept-%')::int as notices,
        (select count(distinct (session_uid, client_id)) from logout_deliveries
          where session_uid like 'swept-%')::int as clients,
        (select count(*) from oidc_artifacts
          where session_uid like 'swept-%' or grant_id like 'swept-%' or payload ->> 'jti' like 'swept-%')::int as artifacts`,
    );
    expect(left).to.deep.equal({
      ended: count,
      events: count,
      told: count,
      notices: 2 * count,
      clients: 2 * count,
      artifacts: 0,
    });
  });

  it('are looked for often enough that each is ended within fifteen seconds', async () => {
    const pause = await endSessionsOn(server.app).round();
    expect(pause).to.be.within(1_000, 7_500);
  });
});
