import { expect } from 'chai';
import { EVERYTHING } from '../../../src/administration/rights/limit.ts';
import { createRightsReader } from '../../../src/administration/rights/rights-store.ts';
import { administrativeRoles } from '../../../src/administration/rights/roles.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { ENTITIES } from '../../../src/wire.ts';
import { createStoreDatabase, migrationsPath, type TestDatabase } from '../../support/postgres.ts';

const id = (digit: number) => `00000000-0000-4000-8000-${String(digit).padStart(12, '0')}`;
const [HOSPITAL, NORTH, WARD, SOUTH] = [id(1), id(2), id(3), id(4)];
const [DESK, BOSS, PAT, SAM, GONE, NOBODY] = [id(11), id(12), id(13), id(14), id(15), id(16)];
const NOW = new Date('2030-01-01T12:00:00Z');

describe('rights, as they are in the database', () => {
  let test: TestDatabase;
  let database: Database;
  const rights = () =>
    createRightsReader(database, {
      clock: { now: () => NOW },
      roles: administrativeRoles({}, ['people.unlock']),
    });

  before(async () => {
    test = await createStoreDatabase();
    database = await openDatabase({
      ...{ url: test.serverUrl, entities: ENTITIES, role: 'server', poolSize: 4, migrationsPath },
    });
    for (const [unit, parent] of [[HOSPITAL], [NORTH, HOSPITAL], [WARD, NORTH], [SOUTH, HOSPITAL]])
      await database.query(
        'insert into units (id, parent, name, name_key, created_at) values ($1::uuid, $2, $1::text, $1::text, $3)',
        [unit, parent ?? null, NOW],
      );
    for (const [account, roles, unit, status = 'active'] of [
      [DESK, ['helpdesk', 'nurse'], SOUTH],
      [BOSS, ['administrator'], null],
      [PAT, [], WARD],
      [SAM, [], null],
      [GONE, ['administrator'], null, 'disabled'],
    ] as const)
      await database.query(
        `insert into accounts (id, email, email_key, email_verified, name, roles, status, unit, created_at, updated_at)
         values ($1::uuid, $1::text, $1::text, true, 'x', $2, $4, $3, $5, $5)`,
        [account, roles, unit, status, NOW],
      );
    await terms(DESK, 'helpdesk', { unit: NORTH });
  });
  after(async () => {
    await database.close();
    await test.drop();
  });

  const terms = (account: string, role: string, { unit, owned = false, until }: Record<string, unknown>) =>
    database.query(
      `insert into account_role_terms (account, role, unit, owned, until) values ($1, $2, $3, $4, $5)
       on conflict (account, role) do update set unit = $3, owned = $4, until = $5`,
      [account, role, unit ?? null, owned, until ?? null],
    );

  const limitOf = async (account: string) => (await rights().of(account)).limitFor('people.unlock');

  it('reach a unit with all that are below it', async () => {
    expect(await limitOf(DESK)).to.deep.equal({ units: [NORTH, WARD] });
    expect(await limitOf(BOSS)).to.equal(EVERYTHING);
  });

  it('are none of whoever is disabled, unknown, or has no administrative role', async () => {
    for (const account of [GONE, NOBODY, PAT]) expect(await limitOf(account)).to.equal(undefined);
  });

  it('end with the term of the role, in that moment', async () => {
    await terms(BOSS, 'administrator', { until: new Date(NOW.getTime() + 1) });
    expect(await limitOf(BOSS)).to.equal(EVERYTHING);
    await terms(BOSS, 'administrator', { until: NOW });
    expect(await limitOf(BOSS)).to.equal(undefined);
    await database.query('delete from account_role_terms where account = $1', [BOSS]);
  });

  it('reach the people of these units, and nobody without one', async () => {
    const limit = { units: [NORTH, WARD] };
    const within = (account: string, hold = false) => rights().reachesPerson(account, limit, database, hold);
    expect(await within(PAT)).to.equal(true);
    expect(await within(PAT, true)).to.equal(true);
    for (const account of [DESK, SAM, NOBODY]) expect(await within(account), account).to.equal(false);
    expect(await rights().reachesPerson(SAM, EVERYTHING)).to.equal(true);
    expect(await rights().reachesPerson(PAT, { units: [] })).to.equal(false);
  });

  it('reach the clients that somebody owns', async () => {
    await database.query(
      `insert into clients (id, metadata, created_at, updated_at) values ('ward-app', '{}', $1, $1)`,
      [NOW],
    );
    await database.query(
      `insert into client_owners (client, account, added_at) values ('ward-app', $1, $2)`,
      [PAT, NOW],
    );
    const owned = (ownedBy?: string) =>
      rights().reachesClient('ward-app', {
        units: [HOSPITAL],
        ...(ownedBy === undefined ? {} : { ownedBy }),
      });
    expect(await owned(PAT)).to.equal(true);
    expect(await owned(DESK)).to.equal(false);
    expect(await owned()).to.equal(false);
    expect(await rights().reachesClient('ward-app', EVERYTHING)).to.equal(true);
    await terms(DESK, 'helpdesk', { owned: true });
    expect(await limitOf(DESK)).to.deep.equal({ units: [], ownedBy: DESK });
  });
});
