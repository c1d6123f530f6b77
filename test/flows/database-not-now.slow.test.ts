import { expect } from 'chai';
import pg from 'pg';
import { type Asked, expectNotNow, prepare, ready } from '../support/database-not-now.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { eventually } from '../support/processes.ts';
import { authorize, callbackOf } from '../support/protocol.ts';
import { startServerOn, startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

/** What is not possible at the moment is 503 with `Retry-After`, and never 500, wherever it is asked. */
describe('a database that cannot do it now', function notNow() {
  this.timeout(120_000);

  describe('settings of the database', () => {
    let owner: pg.Client;
    let server: TestServer;
    let asked: Asked;
    let name: string;

    before(async () => {
      server = await startTestServer({ settings: { MAX_CONCURRENT_SESSIONS: '1000' } });
      asked = await prepare(server);
      owner = new pg.Client({ connectionString: server.database.ownerUrl });
      await owner.connect();
      name = new URL(server.database.ownerUrl).pathname.slice(1);
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
    async function withSetting(setting: string, work: () => Promise<void>): Promise<void> {
      const [key] = setting.split(' = ');
      await owner.query(`alter database ${name} set ${setting}`);
      try {
        await cut();
        await work();
      } finally {
        await owner.query(`alter database ${name} reset ${key}`);
        await cut();
        await eventually('it is ready', async () => (await ready(asked)) === 200);
      }
    }

    it('read only as its default is 503, and not ready', async () => {
      await withSetting('default_transaction_read_only = on', async () => {
        await eventually('it is not ready', async () => (await ready(asked)) === 503);
        await expectNotNow(asked);
      });
    });

    it('serializable as its default loses none of 200 parallel sign-ins', async () => {
      await withSetting(`default_transaction_isolation = 'serializable'`, async () => {
        await eventually('it is ready', async () => (await ready(asked)) === 200);
        const people = await Promise.all(Array.from({ length: 10 }, () => server.addAccount()));
        const ends = await Promise.all(
          Array.from({ length: 200 }, async (_, index) => {
            const person = people[index % people.length];
            const page = await authorize(new UserAgent(), asked.client.authorizeUrl(), person);
            return page.location === undefined ? page.status : 'code';
          }),
        );
        expect(new Set(ends)).to.deep.equal(new Set(['code']));
        const [found] = await server.app.database.query<{ isolation: string }>(
          `select current_setting('transaction_isolation') as isolation`,
        );
        expect(found?.isolation).to.equal('read committed');
      });
    });

    it('other time zones, styles and encodings change nothing', async () => {
      await withSetting(`timezone = 'Asia/Seoul'`, async () => {
        await owner.query(`alter database ${name} set datestyle = 'German, DMY'`);
        await owner.query(`alter database ${name} set intervalstyle = 'sql_standard'`);
        try {
          await cut();
          await eventually('it is ready', async () => (await ready(asked)) === 200);
          const before = Date.now();
          const person = await server.addAccount();
          const end = await authorize(new UserAgent(), asked.client.authorizeUrl(), person);
          expect(callbackOf(end).has('code')).to.equal(true);
          const account = await server.app.accounts.store.findById(person.id);
          expect(account?.createdAt.getTime()).to.be.within(before - 60_000, Date.now() + 60_000);
        } finally {
          await owner.query(`alter database ${name} reset datestyle`);
          await owner.query(`alter database ${name} reset intervalstyle`);
        }
      });
    });

    it('no connection left is 503', async () => {
      const admin = new pg.Client({
        connectionString: server.database.ownerUrl.replace(`/${name}`, '/postgres'),
      });
      await admin.connect();
      try {
        await admin.query(`create role crowded login noinherit connection limit 0`);
        await admin.query(`grant gatehouse_server to crowded`);
        await admin.query(`alter role crowded password 'crowded'`);
        const url = new URL(server.database.ownerUrl);
        url.username = 'crowded';
        url.password = 'crowded';
        const error = await startServerOn({ ...server.database, serverUrl: url.href }).catch(
          (thrown) => thrown,
        );
        expect(error.code).to.equal('53300');
        await admin.query(`alter role crowded connection limit 20`);
        const crowded = await startServerOn({ ...server.database, serverUrl: url.href });
        try {
          const other = await prepare(crowded);
          await admin.query(`alter role crowded connection limit 0`);
          await admin.query(
            `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'crowded'`,
          );
          await new Promise((resolve) => setTimeout(resolve, 100));
          await expectNotNow(other);
          expect(await ready(other)).to.equal(503);
          await admin.query(`alter role crowded connection limit 20`);
          await eventually('it is ready', async () => (await ready(other)) === 200);
        } finally {
          await crowded.stop();
        }
      } finally {
        await admin.query('drop role crowded');
        await admin.end();
      }
    });

    it('a statement that takes too long, or waits too long for a lock, is 503', async () => {
      for (const limit of ['statement_timeout=400', 'lock_timeout=300']) {
        const strict = await startServerOn(server.database, {
          settings: { DATABASE_URL: `${server.database.serverUrl}?${limit}` },
        });
        try {
          const other = await prepare(strict);
          await owner.query('begin');
          await owner.query('lock table audit_events in exclusive mode');
          const { status, headers } = await other.client.post('/token', { grant_type: 'client_credentials' });
          expect(status, limit).to.equal(503);
          expect(headers.get('retry-after'), limit).to.match(/^\d+$/);
        } finally {
          await owner.query('rollback');
          await strict.stop();
        }
      }
    });

    it('a lock that is free a moment later is waited for, though not for long at a time', async () => {
      const patient = await startServerOn(server.database, {
        settings: { DATABASE_URL: `${server.database.serverUrl}?lock_timeout=100` },
      });
      try {
        const other = await prepare(patient);
        await owner.query('begin');
        await owner.query('lock table audit_events in exclusive mode');
        const asking = other.client.post('/token', { grant_type: 'client_credentials' });
        await new Promise((resolve) => setTimeout(resolve, 250));
        await owner.query('rollback');
        expect((await asking).status).to.equal(200);
      } finally {
        await owner.query('rollback');
        await patient.stop();
      }
    });

    it('a pool that is exhausted is 503', async () => {
      const small = await startServerOn(server.database, {
        settings: {
          DATABASE_POOL_SIZE: '2',
          DATABASE_URL: `${server.database.serverUrl}?connectionTimeoutMillis=500`,
        },
      });
      try {
        const other = await prepare(small);
        const held = await small.app.database.reserve();
        try {
          await expectNotNow(other);
        } finally {
          held.release();
        }
      } finally {
        await small.stop();
      }
    });

    it('a connection that is cut in a statement is 503, and the statement is made once', async () => {
      const page = await authorize(new UserAgent(), asked.client.authorizeUrl(), asked.person);
      const code = String(callbackOf(page).get('code'));
      await owner.query('begin');
      await owner.query('lock table audit_events in exclusive mode');
      const redeeming = asked.client.redeem(code);
      await eventually('it waits', async () => {
        const { rows } = await owner.query(
          `select count(*)::int as waiting from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rows[0].waiting >= 1;
      });
      await cut();
      const { status, headers } = await redeeming;
      await owner.query('rollback');
      expect(status).to.equal(503);
      expect(headers.get('retry-after')).to.match(/^\d+$/);
      await eventually('it is ready', async () => (await ready(asked)) === 200);
      expect((await asked.client.redeem(code)).status).to.equal(200);
    });
  });

  describe('tables of another version', () => {
    let database: TestDatabase;
    let owner: pg.Client;
    before(async () => {
      database = await createTestDatabase();
      owner = new pg.Client({ connectionString: database.ownerUrl });
      await owner.connect();
    });
    after(async () => {
      await owner.end();
      await database.drop();
    });

    const start = () =>
      startServerOn(database).then(
        (server) => server.stop().then(() => 'started'),
        (error) => error,
      );

    it('refuse the start, with the names of what is pending or unknown', async () => {
      const { rows } = await owner.query(
        `delete from schema_migrations where name like '%_mail' returning *`,
      );
      const pending = await start();
      expect(pending.code).to.equal('migrations_pending');
      expect(pending.message)
        .to.include('gatehouse migrate up')
        .and.to.include('Migration20261123000500_mail');
      await owner.query('insert into schema_migrations (name, executed_at) values ($1, now())', [
        rows[0].name,
      ]);
      await owner.query(
        `insert into schema_migrations (name, executed_at) values ('Migration29990101_future', now())`,
      );
      const unknown = await start();
      expect(unknown.code).to.equal('migrations_unknown');
      expect(unknown.message).to.include('Migration29990101_future');
      await owner.query(`delete from schema_migrations where name = 'Migration29990101_future'`);
      expect(await start()).to.equal('started');
    });

    it('refuse the start where the role of the server could do more than it must', async () => {
      await owner.query('grant update on audit_events to gatehouse_server');
      const able = await start();
      expect(able.code).to.equal('database_role');
      expect(able.message).to.include('audit events');
      await owner.query('revoke update on audit_events from gatehouse_server');
      expect(await start()).to.equal('started');
    });
  });
});
