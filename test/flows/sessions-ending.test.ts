import { expect } from 'chai';
import { createEndSessions } from '../../src/jobs/end-sessions.ts';
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
    await server.house.database.query(`delete from sessions where ended_at is null`);
  });

  /** Has every node look at once, until there is nothing left. */
  async function sweep(nodes = [createEndSessions(server.house)]): Promise<void> {
    await Promise.all(
      nodes.map(async (job) => {
        while ((await job.round()) === 0);
      }),
    );
  }

  const endings = (uids: readonly string[]) =>
    server.house.database.query<{ session: string; actor: string; reason: string }>(
      `select session, actor, details ->> 'reason' as reason from audit_events
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
      await sweep([createEndSessions(server.house), createEndSessions(second.house)]);
    } finally {
      await second.stop();
    }
    const rows = (await Promise.all(people.map(({ id }) => sessionsOf(server, id)))).flat();
    expect(rows.map((row) => row.end_reason)).to.deep.equal(people.map(() => 'idle'));
    const uids = rows.map(({ uid }) => uid);
    const told = await endings(uids);
    expect(told.map(({ session }) => session)).to.have.members(uids);
    expect(told.every(({ actor, reason }) => actor === 'system' && reason === 'idle')).to.equal(true);
    const notices = await server.house.logouts.list({ clientId: client.id, limit: 100 });
    expect(notices.map(({ sessionUid }) => sessionUid)).to.have.members(uids);
    const left = await server.house.database.query(
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
    server.house.jobs.wake('end-sessions');
    for (let tries = 0; tries < 100; tries += 1) {
      if ((await sessionsOf(server, person.id))[0]?.end_reason === 'idle') return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect.fail('nobody ended it');
  });

  it('are many: thousands are ended in seconds, with all that hangs on them, while people sign in', async () => {
    const { database } = server.house;
    const count = 5_000;
    const step = 2_500;
    for (let from = 1; from <= count; from += step) {
      const numbers = `generate_series(${from}, ${from + step - 1}) n`;
      await database.query(`
        insert into sessions (uid, account_id, created_at, last_active_at, signed_in_at, idle_seconds,
          absolute_seconds, idle_expires_at, absolute_expires_at)
        select 'swept-' || n, gen_random_uuid()::text, now() - interval '2 hours', now() - interval '1 hour',
          now() - interval '2 hours', 1200, 43200, now() + interval '1 minute', now() + interval '10 hours'
        from ${numbers}`);
      await database.query(`
        insert into oidc_artifacts (model, id_hash, payload, account_id, session_uid, grant_id, expires_at)
        select model,
          sha256(convert_to(case model when 'Grant' then 'grant-' || n else model || n end, 'UTF8')),
          case model when 'Session'
            then jsonb_build_object('authorizations', jsonb_build_object('${client.id}',
              jsonb_build_object('grantId', 'grant-' || n)))
            else jsonb_build_object('sessionUid', 'swept-' || n) end,
          'nobody', case model when 'Session' then 'swept-' || n end,
          case when model = 'RefreshToken' then 'grant-' || n end, now() + interval '1 hour'
        from ${numbers}, unnest(array['Session', 'Grant', 'RefreshToken']) as model`);
    }
    clock.offset = 2 * MINUTE;
    const started = performance.now();
    let sweeping = true;
    const swept = sweep().finally(() => {
      sweeping = false;
    });
    let signIns = 0;
    for (; sweeping; signIns += 1) await tokensFor(client, await server.addAccount());
    await swept;
    expect(signIns).to.be.above(0);
    expect((performance.now() - started) / 1000).to.be.below(30);
    const [left] = await database.query<{ open: number; artifacts: number }>(`
      select (select count(*)::int from sessions where uid like 'swept-%' and ended_at is null) as open,
        (select count(*)::int from oidc_artifacts where account_id = 'nobody') as artifacts`);
    expect(left).to.deep.equal({ open: 0, artifacts: 0 });
  });
});
