import { expect } from 'chai';
import { createLifecycleStore } from '../../../src/domain/accounts/life-store.ts';
import { listedPeople } from '../../../src/domain/accounts/listing/facts-store.ts';
import type { PeopleFilters } from '../../../src/domain/accounts/listing/filters.ts';
import { indexDuePeople } from '../../../src/domain/accounts/listing/indexing-store.ts';
import { pageOfPeople } from '../../../src/domain/accounts/listing/listing-store.ts';
import { aFewPeople, useFewPeople } from '../../support/few-people.ts';

const NOW = new Date('2026-12-01T12:00:00.000Z');

describe('what lists go by', () => {
  const { database, units } = useFewPeople();
  const life = createLifecycleStore({ now: () => NOW });
  const [small = '', other = ''] = units.both;
  const [ada, sam, pat, kim, lee, jo] = aFewPeople.filter(
    ({ factors, lastSignIn }) => factors.length === 2 && lastSignIn !== undefined,
  );
  const change = <T>(work: (tx: Parameters<typeof life.lock>[0]) => Promise<T>) =>
    database().transaction(work);
  const finds = async (id: string | undefined, filters: PeopleFilters, within?: readonly string[]) => {
    const options = {
      filters,
      sort: { by: 'name', descending: false },
      limit: 200,
      units: within,
      now: NOW,
    } as const;
    return (await pageOfPeople(database(), options)).ids.includes(String(id));
  };

  it('follows a change of the name and of the address at once', async () => {
    const id = String(ada?.id);
    const name = 'Zoë Quimby';
    await change((tx) => life.setProfile(tx, id, { name, locale: undefined, zoneinfo: undefined }));
    await change((tx) => life.setAddress(tx, id, 'Quimby.Zoe@Example.org'));
    for (const text of ['zoe', 'QUIM', 'quimby.zoe@']) expect(await finds(id, { text }), text).to.equal(true);
    for (const text of [String(ada?.name), String(ada?.email)])
      expect(await finds(id, { text }), text).to.equal(false);
  });

  it('follows a change that a server of the version before makes, a moment later', async () => {
    const id = String(sam?.id);
    await database().query(`update accounts set name = 'Quentin Zebra' where id = $1`, [id]);
    expect(await finds(id, { text: 'zebra' })).to.equal(false);
    expect(await indexDuePeople(database(), 500)).to.equal(1);
    expect(await finds(id, { text: 'zebra' })).to.equal(true);
    expect(await indexDuePeople(database(), 500)).to.equal(0);
  });

  it('follows a person to another unit', async () => {
    const id = String(pat?.id);
    for (const unit of [small, other, undefined, small]) {
      await change((tx) => life.setUnit(tx, id, unit));
      for (const filters of [{ text: String(pat?.email) }, { role: 'staff' }, { factor: 'totp' }] as const)
        expect(await finds(id, filters, [other])).to.equal(unit === other);
    }
  });

  it('follows roles, factors and sign-ins', async () => {
    const id = String(kim?.id);
    await change((tx) => life.setRoles(tx, id, ['porter']));
    expect(await finds(id, { role: 'porter' })).to.equal(true);
    expect(await finds(id, { role: 'staff' })).to.equal(false);
    await database().query('delete from passkeys where account_id = $1', [id]);
    expect(await finds(id, { factor: 'passkey' })).to.equal(false);
    await database().query('delete from totp_authenticators where account_id = $1', [id]);
    expect(await finds(id, { factor: 'none' })).to.equal(true);
    await database().query(
      `insert into totp_authenticators (id, account_id, sealed_seed, sealed_by, last_step, created_at, expires_at)
       values ($1, $1, '', 'mfa', 0, now(), now())`,
      [id],
    );
    expect(await finds(id, { factor: 'none' })).to.equal(true);
    await database().query(
      'update totp_authenticators set confirmed_at = now(), expires_at = null where account_id = $1',
      [id],
    );
    expect(await finds(id, { factor: 'totp' })).to.equal(true);
    for (const [at, last] of [
      ['2026-12-01T11:00:00Z', '2026-12-01T11:00:00Z'],
      ['2026-11-01T11:00:00Z', '2026-12-01T11:00:00Z'],
    ] as const) {
      await database().query(
        'insert into sign_ins (account_id, session_uid, at) values ($1, $2, $2::text::timestamptz)',
        [id, at],
      );
      expect((await listedPeople(database(), [id], NOW))[0]?.lastSignIn).to.deep.equal(new Date(last));
    }
  });

  it('follows attributes, also those that somebody changes without the server', async () => {
    const id = String(jo?.id);
    const profile = { name: 'Jo', locale: undefined, zoneinfo: undefined };
    const has = (name: string, value: string, within?: readonly string[]) =>
      finds(id, { attribute: { name, value } }, within);
    await change((tx) => life.setProfile(tx, id, { ...profile, attributes: { ward: ['Norte', 'Sur'] } }));
    expect([
      await has('ward', 'norte'),
      await has('ward', 'SUR'),
      await has('department', 'oncology'),
    ]).to.deep.equal([true, true, false]);
    await change((tx) => life.setUnit(tx, id, other));
    expect([await has('ward', 'sur', [other]), await has('ward', 'sur', [small])]).to.deep.equal([
      true,
      false,
    ]);
    await database().query(`update accounts set attributes = '{"ward": "Este"}' where id = $1`, [id]);
    await indexDuePeople(database(), 500);
    expect([await has('ward', 'norte'), await has('ward', 'este')]).to.deep.equal([false, true]);
    await change((tx) => life.setProfile(tx, id, profile));
    expect(await has('ward', 'este'), 'not given: they stay').to.equal(true);
  });

  it('counts what was there before it, for everybody, in batches', async () => {
    for (const table of ['account_listings', 'account_words', 'account_roles'])
      await database().query(`delete from ${table}`);
    await database().query(`update accounts set listing_due = true, name_key = ''`);
    const batches: number[] = [];
    for (let count = 50; count === 50; batches.push(count)) count = await indexDuePeople(database(), 50);
    expect(batches).to.deep.equal([50, 50, 20]);
    const id = String(lee?.id);
    expect((await listedPeople(database(), [id], NOW))[0]).to.deep.include({
      lastSignIn: lee?.lastSignIn,
      factors: lee?.factors,
    });
    expect(await finds(id, { text: String(lee?.name) })).to.equal(true);
    expect(await finds(id, { role: 'staff' })).to.equal(true);
  });

  it('is done by one node each, and by none twice', async () => {
    await database().query('update accounts set listing_due = true');
    const counts = await Promise.all(Array.from({ length: 4 }, () => indexDuePeople(database(), 30)));
    expect(counts.reduce((sum, count) => sum + count, 0)).to.be.at.most(aFewPeople.length);
    while ((await indexDuePeople(database(), 500)) > 0);
    expect(await database().query('select id from accounts where listing_due')).to.deep.equal([]);
  });

  it('goes with the person', async () => {
    const id = String(lee?.id);
    await change((tx) => life.remove(tx, id));
    for (const table of ['account_listings', 'account_words', 'account_roles'])
      expect(await database().query(`select from ${table} where account = $1`, [id])).to.deep.equal([]);
  });

  it('is in the order of code points, whatever the order of the database is', async () => {
    const rows = await database().query(
      `select attrelid::regclass::text as table, attname as column from pg_attribute
       join pg_collation on pg_collation.oid = attcollation where collname = 'C' and attrelid::regclass::text ~ '^account(_word)?s$' order by 1`,
    );
    expect(rows).to.deep.equal([
      { table: 'account_words', column: 'word' },
      { table: 'accounts', column: 'name_key' },
    ]);
  });
});
