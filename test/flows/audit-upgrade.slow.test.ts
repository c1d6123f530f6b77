import { expect } from 'chai';
import pg from 'pg';
import type { Database } from '../../src/storage/database.ts';
import { migrateDown, migrateUp } from '../../src/storage/migrating.ts';
import { openDatabase } from '../../src/storage/orm.ts';
import { ENTITIES, MIGRATIONS_PATH } from '../../src/wire.ts';
import { createEmptyDatabase, type TestDatabase } from '../support/postgres.ts';

/** The first of the migrations that partition the trail. */
const FIRST = 'Migration20261201001701_audit_key';

const EVENTS = 200_000;
/** What somebody may notice of an upgrade: a sign-in waits this long for its event, and no longer. */
const LONGEST_PAUSE_MS = 1_000;

/** As many events as a trail of five years may have, by the version before. */
const OLD_EVENTS = `
  insert into audit_events (id, at, type, outcome, account, client, ip, user_agent, request_id, details, xid, cluster)
  select gen_random_uuid(), now() - n * interval '5 years' / ${EVENTS}, 'sign_in.succeeded', 'success', 'person ' || n % 1000,
    'client ' || n % 20, '192.0.2.7', repeat('agent ', 10), gen_random_uuid()::text, '{"amr": ["pwd"], "acr": "aal1"}', null, null
  from generate_series(1, ${EVENTS}) as n`;

/** How version 0.1.0 writes events, prepared once for each connection. */
const WRITE = {
  name: 'audit_insert',
  text: `
    insert into audit_events
      (id, at, type, outcome, actor, account, client, session, factor, ip, user_agent, request_id, command, details)
    select id, at, type, outcome, actor, account, client, session, factor, ip, user_agent, request_id, command, details
    from jsonb_to_recordset($1::jsonb) as row(
      id uuid, at timestamptz, type text, outcome text, actor text, account text, client text, session text,
      factor text, ip text, user_agent text, request_id text, command text, details jsonb)`,
};
const READ = {
  name: 'audit_activity',
  text: `select id, at, type from audit_events where account = $1 order by at desc, id desc limit 25`,
};

const eventNow = (n: number) =>
  JSON.stringify([
    {
      id: `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`,
      at: new Date().toISOString(),
      type: 'sign_in.failed',
      outcome: 'failure',
      account: `person ${n % 1000}`,
      details: { reason: 'password_wrong' },
    },
  ]);

interface Traffic {
  readonly done: number;
  readonly longestMs: number;
}

/** Does one thing after the other on a connection of the server's role until it is told to stop; rejects where one fails. */
function drive(database: TestDatabase, once: (client: pg.Client, n: number) => Promise<unknown>) {
  let running = true;
  const end = (async (): Promise<Traffic> => {
    const client = new pg.Client({ connectionString: database.serverUrl });
    await client.connect();
    await client.query('set role gatehouse_server');
    let [done, longestMs] = [0, 0];
    while (running) {
      const began = performance.now();
      await once(client, done);
      longestMs = Math.max(longestMs, performance.now() - began);
      done += 1;
    }
    await client.end();
    return { done, longestMs };
  })();
  return {
    stop: () => {
      running = false;
      return end;
    },
  };
}

describe('an audit trail of before is partitioned in place', function partitioned() {
  this.timeout(120_000);
  let database: TestDatabase;
  let owner: Database;
  let written: Traffic;
  let read: Traffic;
  const count = async (where = 'true') =>
    Number(
      (await owner.query<{ count: string }>(`select count(*) from audit_events where ${where}`))[0]?.count,
    );
  const digest = async () =>
    (
      await owner.query<{ digest: string }>(
        `select md5(string_agg(e::text, '\\n' order by id)) as digest from audit_events e where xid is null`,
      )
    )[0]?.digest;
  let digestBefore: string | undefined;

  before(async () => {
    database = await createEmptyDatabase();
    owner = await openDatabase({
      url: database.ownerUrl,
      entities: ENTITIES,
      role: 'owner',
      poolSize: 3,
      migrationsPath: MIGRATIONS_PATH,
    });
    for (const { name } of await owner.orm.migrator.getPending())
      if (name < FIRST) await owner.orm.migrator.up({ migrations: [name] });
    await owner.query(OLD_EVENTS);
    await owner.query('analyze audit_events');
    digestBefore = await digest();
    const writer = drive(database, (client, n) => client.query({ ...WRITE, values: [eventNow(n)] }));
    const reader = drive(database, (client, n) => client.query({ ...READ, values: [`person ${n % 1000}`] }));
    await migrateUp(owner);
    [written, read] = await Promise.all([writer.stop(), reader.stop()]);
  });
  after(async () => {
    await owner?.close();
    await database?.drop();
  });

  it('while servers of before go on writing and reading, without a failure and without a long pause', () => {
    expect(written.done).to.be.above(20);
    expect(read.done).to.be.above(20);
    expect(written.longestMs).to.be.below(LONGEST_PAUSE_MS);
    expect(read.longestMs).to.be.below(LONGEST_PAUSE_MS);
  });

  it('with every event, and each as it was', async () => {
    expect(await count()).to.equal(EVENTS + written.done);
    expect(await count('xid is null')).to.equal(EVENTS);
    expect(await digest()).to.equal(digestBefore);
  });

  it('and each month to come has a place', async () => {
    const partitions = await owner.query<{ name: string }>(
      `select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
       where inhparent = 'audit_events'::regclass order by 1`,
    );
    const names = partitions.map(({ name }) => name);
    expect(names).to.include.members(['audit_events_before', 'audit_events_default']);
    // The table of before takes this month and the two after it.
    expect(names).to.have.length(2 + 11);
    const [{ month } = { month: '' }] = await owner.query<{ month: string }>(
      `select to_char(now() at time zone 'UTC' + interval '13 months', 'YYYY_MM') as month`,
    );
    expect(names).to.include(`audit_events_${month}`);
  });

  it('and it can be one table again, with every event', async () => {
    while (((await owner.orm.migrator.getExecuted()).at(-1)?.name ?? '') >= FIRST) await migrateDown(owner);
    const [{ kind } = { kind: '' }] = await owner.query<{ kind: string }>(
      `select relkind::text as kind from pg_class where oid = 'audit_events'::regclass`,
    );
    expect(kind).to.equal('r');
    expect(await count()).to.equal(EVENTS + written.done);
    expect(await digest()).to.equal(digestBefore);
    await migrateUp(owner);
    expect(await count()).to.equal(EVENTS + written.done);
  });
});
