import { expect } from 'chai';
import pg from 'pg';
import type { Database } from '../../src/storage/database.ts';
import { migrateDown, migrateUp } from '../../src/storage/migrating.ts';
import { openDatabase } from '../../src/storage/orm.ts';
import { ENTITIES, MIGRATIONS_PATH } from '../../src/wire.ts';
import { asksFor, typeCode, typePassword } from '../support/factors.ts';
import { createEmptyDatabase, createStoreDatabase, type TestDatabase } from '../support/postgres.ts';
import { eventually } from '../support/processes.ts';
import { auditTrail, handClient } from '../support/protocol.ts';
import { dumpSchema } from '../support/releases/dump.ts';
import { RELEASES, type Release, readRelease, readReleaseSql } from '../support/releases/release.ts';
import { startServerOn, type TestServer } from '../support/server.ts';
import { useTravel } from '../support/time.ts';
import { totpCode } from '../support/totp.ts';
import { UserAgent } from '../support/user-agent.ts';

type Rows = Record<string, Record<string, unknown>[]>;

async function withClient<T>(
  { ownerUrl }: TestDatabase,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const rowsOf = (database: TestDatabase): Promise<Rows> =>
  withClient(database, async (client) => {
    await client.query(`set timezone = 'UTC'`);
    const { rows: tables } = await client.query<{ name: string }>(
      `select quote_ident(relname) as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
    );
    const found: Rows = {};
    for (const { name } of tables) {
      const { rows } = await client.query(
        `select to_jsonb(t) as row from ${name} t order by to_jsonb(t)::text`,
      );
      found[name] = rows.map(({ row }) => row);
    }
    return found;
  });

/** Rows of before that are not there any more, or have other values in the columns that they had. */
function lostOf(before: Rows, after: Rows): string[] {
  return Object.entries(before).flatMap(([table, rows]) => {
    const columns = Object.keys(rows[0] ?? {});
    const textOf = (row: Record<string, unknown>) => JSON.stringify(columns.map((column) => row[column]));
    const left = new Set(after[table]?.map(textOf));
    return rows.filter((row) => !left.has(textOf(row))).map((row) => `${table} ${textOf(row)}`);
  });
}

/** Without the months of the audit trail: which are there depends on when the database was made. */
const schemaOf = async (database: TestDatabase) => {
  const { tables, rest } = await withClient(database, dumpSchema);
  return [...tables, ...rest].filter((line) => !/\baudit_events_\d{4}_\d{2}|attach partition/u.test(line));
};

const openAsOwner = ({ ownerUrl: url }: TestDatabase): Promise<Database> =>
  openDatabase({ url, entities: ENTITIES, role: 'owner', poolSize: 2, migrationsPath: MIGRATIONS_PATH });

for (const version of RELEASES) {
  describe(`an upgrade from ${version}`, function upgrade() {
    this.timeout(60_000);
    const travel = useTravel();
    let release: Release;
    let database: TestDatabase;
    let owner: Database;
    let old: Rows;
    let server: TestServer | undefined;

    const start = async (): Promise<TestServer> => {
      server ??= await startServerOn(database, { replace: { clock: travel.clock } });
      return server;
    };

    // One after the other, as an operator does it; the tests below look at what came of it.
    before(async () => {
      release = await readRelease(version);
      database = await createEmptyDatabase();
      const sql = await readReleaseSql(version);
      await withClient(database, (client) => client.query(sql));
      old = await rowsOf(database);
      owner = await openAsOwner(database);
      await migrateUp(owner);
      travel.pass((Date.parse(release.takenAt) - Date.now()) / 1000 + 60);
    });
    after(async () => {
      await server?.stop();
      await owner?.close();
      await database?.drop();
    });

    it('begins with data in every table', () => {
      const empty = Object.keys(old).filter((table) => old[table]?.length === 0);
      expect(empty).to.deep.equal([]);
      expect(Object.keys(old).length).to.be.above(30);
    });

    it('loses nothing', async () => {
      expect(lostOf(old, await rowsOf(database))).to.deep.equal([]);
    });

    it('ends with the tables, functions and rights of a new installation, as the entities describe them', async () => {
      const fresh = await createStoreDatabase();
      try {
        expect(await schemaOf(database)).to.deep.equal(await schemaOf(fresh));
      } finally {
        await fresh.drop();
      }
      const difference = await owner.orm.schema.getUpdateSchemaSQL({ wrap: false });
      const lines = difference
        .split('\n')
        .filter((line) => !/^(|drop (trigger|function) .*|.*schema_migrations.*)$/u.test(line));
      expect(lines).to.deep.equal([]);
    });

    it('can be taken back and made again, and loses nothing', async () => {
      const later = (await owner.orm.migrator.getExecuted()).filter(
        ({ name }) => !(name in release.migrations),
      );
      for (const _each of later) await migrateDown(owner);
      expect(
        lostOf(old, await rowsOf(database)).filter((row) => !row.startsWith('schema_migrations')),
      ).to.deep.equal([]);
      await migrateUp(owner);
      expect(
        lostOf(old, await rowsOf(database)).filter((row) => !row.startsWith('schema_migrations')),
      ).to.deep.equal([]);
    });

    it('leaves the trail as it was, for nobody to change', async () => {
      const after = await rowsOf(database);
      expect(after.audit_events?.length).to.be.at.least(old.audit_events?.length ?? 0);
      const refused = await withClient(database, (client) => client.query(`delete from audit_events`)).then(
        () => 'allowed',
        (error: Error) => error.message,
      );
      expect(refused).to.contain('append-only');
    });

    it('takes a refresh token of before', async () => {
      const { issuer } = await start();
      const client = handClient(issuer, release.client as Record<string, string>);
      const { status, body } = await client.refresh(release.person.refreshToken);
      expect([status, body.error]).to.deep.equal([200, undefined]);
      const { body: claims } = await client.userinfo(body.access_token);
      expect(claims.sub).to.be.a('string');
    });

    it('signs somebody in with a password and an app of before, who has allowed the application already', async () => {
      const { issuer } = await start();
      const client = handClient(issuer, release.client as Record<string, string>);
      const agent = new UserAgent();
      const page = await typePassword(agent, await agent.open(client.authorizeUrl()), { ...release.person });
      expect(asksFor(page)).to.equal('totp');
      const code = totpCode(release.person.totpSecret, travel.now());
      const end = await agent.follow(await typeCode(agent, page, code));
      expect((await client.redeem(String(end.location))).status).to.equal(200);
    });

    it('verifies the password hashes of before, of every kind', async () => {
      const { issuer } = await start();
      const changed = /^(argon2id|scrypt$|bcrypt-4@)/;
      const { password, emails } = release.others;
      const kinds: string[] = [];
      for (const [email, kind] of Object.entries(emails)) {
        if (changed.test(kind) || changed.test(email)) continue;
        const agent = new UserAgent();
        const page = await typePassword(agent, await agent.open(`${issuer}/account`), { email, password });
        expect(new URL(page.url).pathname, kind).to.equal('/account');
        kinds.push(kind);
      }
      expect(kinds).to.have.length.above(5);
    });

    it('keeps a lock that failures have begun', async () => {
      const started = await start();
      const agent = new UserAgent();
      const person = { email: 'scrypt@example.org', password: release.others.password };
      await typePassword(agent, await agent.open(`${started.issuer}/account`), person);
      expect((await agent.get(`${started.issuer}/account`)).status).not.to.equal(200);
      const last = (await auditTrail(started)).findLast(({ type }) => type === 'sign_in.failed');
      expect(last?.details.reason).to.equal('locked');
    });

    it('sends the mails that were waiting', async () => {
      const { mailbox } = await start();
      const waiting = old.mail_outbox?.filter(({ state }) => state === 'waiting') ?? [];
      expect(waiting).to.have.length.above(0);
      await eventually('they are sent', async () => mailbox.messages.length >= waiting.length);
    });

    it('publishes the keys of before', async () => {
      const { issuer } = await start();
      const { keys } = (await (await fetch(`${issuer}/jwks`)).json()) as { keys: { kid: string }[] };
      expect(keys.map(({ kid }) => kid)).to.include.members(old.signing_keys?.map(({ kid }) => kid) ?? []);
    });
  });
}
