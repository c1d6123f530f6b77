import { expect } from 'chai';
import pg from 'pg';
import { normaliseIdentifier } from '../../../src/domain/accounts/policy.ts';
import type { GatehouseError } from '../../../src/kernel/errors.ts';
import type { Database } from '../../../src/storage/database.ts';
import { migrateDown, migrateUp } from '../../../src/storage/migrating.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { ENTITIES, MIGRATIONS_PATH } from '../../../src/wire.ts';
import { createStoreDatabase, type TestDatabase } from '../../support/postgres.ts';

const NAME = 'Migration20261130000504_one_spelling_of_domains';

/** As accounts were known before: the spelling that was typed, normalised but for its domain. */
const keyOfBefore = (email: string) => email.normalize('NFKC').toLowerCase().normalize('NFKC').trim();

const ADDRESSES = [
  'plain@example.org',
  'Ada@xn--bcher-kva.example',
  'bo@Bücher.example',
  'cy@XN--STRAE-OQA.de',
  'di@mail.xn--80ak6aa92e.xn--p1ai',
  'ed@xn--fiqs8s.xn--fiqz9s',
  'fi@xn--wgv71a119e.jp',
  'gi@xn--ls8h.la',
  'xn--name@example.org',
  // What no registry would take keeps its spelling.
  'hu@xn--zz.example',
  'iv@xn--a.example',
  'jo@xn--99999999999999999999.example',
  'ka@xn--abc-.example',
];

describe('the migration to one spelling of domains', function migration() {
  this.timeout(60_000);
  let test: TestDatabase;
  let owner: Database;
  let client: pg.Client;

  before(async () => {
    test = await createStoreDatabase();
    owner = await openDatabase({
      url: test.ownerUrl,
      entities: ENTITIES,
      role: 'owner',
      poolSize: 2,
      migrationsPath: MIGRATIONS_PATH,
    });
    client = new pg.Client({ connectionString: test.ownerUrl });
    await client.connect();
    while ((await owner.orm.migrator.getExecuted()).some(({ name }) => name === NAME))
      await migrateDown(owner);
  });
  after(async () => {
    await client.end();
    await owner.close();
    await test.drop();
  });
  beforeEach(() => client.query('delete from accounts'));

  async function add(...emails: string[]) {
    for (const email of emails) {
      await client.query(
        `insert into accounts (id, email, email_key, email_verified, name, roles, status, created_at, updated_at)
         values (gen_random_uuid(), $1, $2, true, 'A', '{}', 'active', now(), now())`,
        [email, keyOfBefore(email)],
      );
    }
  }
  const keys = async () => {
    const { rows } = await client.query<{ email: string; email_key: string }>(
      'select email, email_key from accounts order by email',
    );
    return Object.fromEntries(rows.map(({ email, email_key: key }) => [email, key]));
  };

  it('stops where two accounts are one mailbox, names them, and has changed nothing', async () => {
    await add(...ADDRESSES, 'ADA@bücher.example', 'x@xn--bcher-kva.example');
    const before = await keys();
    const error = await migrateUp(owner).then(
      () => undefined,
      (thrown: GatehouseError) => thrown,
    );
    expect(error?.code).to.equal('migration_stopped');
    expect(error?.message)
      .to.contain(NAME)
      .and.match(/Ada@xn--bcher-kva\.example \([0-9a-f-]{36}\)/)
      .and.match(/ADA@bücher\.example \([0-9a-f-]{36}\)/)
      .and.not.contain('x@xn--');
    expect(await keys()).to.deep.equal(before);
    expect((await owner.orm.migrator.getExecuted()).map(({ name }) => name)).to.not.include(NAME);
  });

  it('gives each account the key by which its address is looked up, and can be taken back', async () => {
    await add(...ADDRESSES);
    const before = await keys();
    await migrateUp(owner);
    const after = await keys();
    for (const email of ADDRESSES) expect(after[email], email).to.equal(normaliseIdentifier(email));
    expect(after['Ada@xn--bcher-kva.example']).to.equal('ada@bücher.example');
    while ((await owner.orm.migrator.getExecuted()).some(({ name }) => name === NAME))
      await migrateDown(owner);
    expect(await keys()).to.deep.equal(before);
    const { rows } = await client.query(`select proname from pg_proc where proname like '%_in_unicode'`);
    expect(rows).to.deep.equal([]);
  });
});
