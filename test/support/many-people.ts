import pg from 'pg';
import { AS_FIXTURE } from './evidence/fixture.ts';

/** Units of {@link addManyPeople}: a top with all others below, one with 5 % of everybody, and small ones. */
export const MANY_UNITS = {
  top: '00000000-0000-4000-8000-000000000000',
  large: '00000000-0000-4000-8000-000000000001',
  small: Array.from(
    { length: 38 },
    (_, index) => `00000000-0000-4000-8000-${(index + 2).toString(16).padStart(12, '0')}`,
  ),
};

const FILLED = [
  'accounts',
  'account_listings',
  'account_words',
  'account_roles',
  'account_attributes',
  'lockouts',
];

/**
 * The people of a large organisation: names from few words and many, a role that many have and one that few have, some disabled, some
 * locked, some with factors, some invited; a tenth in no unit.
 */
export async function addManyPeople(ownerUrl: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl, options: AS_FIXTURE });
  await client.connect();
  try {
    await client.query('set synchronous_commit = off');
    // What the triggers would do row by row is done for all at once, and the indexes are built when everybody is there.
    await client.query('set session_replication_role = replica');
    const { rows: indexes } = await client.query<{ name: string; definition: string }>(
      `select indexname as name, indexdef as definition from pg_indexes
       where tablename = any ($1) and indexdef not like 'CREATE UNIQUE%'`,
      [FILLED],
    );
    for (const { name } of indexes) await client.query(`drop index ${name}`);
    const { top, large, small } = MANY_UNITS;
    await client.query(
      `insert into units (id, parent, name, name_key, created_at)
       select id, case when place > 1 then $1::uuid end, 'Unit ' || place, 'unit ' || place, now()
       from unnest($2::uuid[]) with ordinality as given(id, place)`,
      [top, [top, large, ...small]],
    );
    await client.query(
      `insert into accounts (id, email, email_key, email_verified, name, name_key, listing_due, roles, status, unit, password_changed_at,
         created_at, updated_at)
       select md5(n::text)::uuid, mail, mail, state < 980, initcap(called), called, false,
         array['staff'] || case when role < 100 then '{nurse}'::text[] else '{}' end
           || case when role % 150 = 14 then '{physician}'::text[] else '{}' end
           || case when n % 20000 = 5 then '{auditor}'::text[] else '{}' end,
         case when state < 20 then 'disabled' else 'active' end,
         case when place < 100 then null when place < 150 then $2::uuid else ($3::uuid[])[1 + (place % 38)::int] end,
         case when state < 980 then now() end,
         timestamptz '2020-01-01' + n * interval '1 minute', now()
       from (
         select n, 'person.' || n || '@example.org' as mail, random % 1000 as state, random / 1000 % 1000 as place,
           random / 1000000 % 1000 as role,
           (array['maria', 'nunez', 'joao', 'ana', 'li', 'min', 'sofia', 'pedro'])[1 + (random / 7 % 8)::int] || ' '
             || substr(md5('family' || random % 5003), 1, 6) || ' ' || random % 997 as called
         from (select n, ('x' || substr(md5('person ' || n), 1, 8))::bit(32)::bigint as random
           from generate_series(1, $1::integer) as n) as rolled) as made`,
      [count, large, small],
    );
    await client.query(
      `insert into account_words (account, word, unit)
       select id, each.word, unit from accounts, unnest(string_to_array(name_key, ' ') || email_key) as each(word) on conflict do nothing`,
    );
    await client.query(
      'insert into account_roles (account, role, unit) select id, each.role, unit from accounts, unnest(roles) as each(role)',
    );
    // A department that half of everybody has, some hundred that some thousands have, and a number of one's own.
    await client.query(
      `insert into account_attributes (account, name, value, unit)
       select id, 'department', case when substr(md5(id::text), 5, 1) < '8' then 'ward' else 'dep ' || substr(md5(id::text), 6, 2) end, unit
       from accounts
       union all select id, 'number', split_part(email, '.', 2), unit from accounts`,
    );
    await client.query(
      `insert into account_listings (account, unit, last_sign_in, factors)
       select id, unit,
         case when left(md5(id::text), 1) = '0' then '-infinity'
           else timestamptz '2026-01-01' + ('x' || substr(md5(id::text), 1, 6))::bit(24)::int * interval '1 second' end,
         case when substr(md5(id::text), 8, 1) < '8' then '{totp}' when substr(md5(id::text), 8, 2) = 'f0' then '{}' else '{passkey,totp}' end::text[]
       from accounts`,
    );
    await client.query(
      `insert into lockouts (key_hash, account_id, of_device, failures, locked_at, locked_until, locks, updated_at)
       select sha256(id::text::bytea), id, false, 5, now(), now() + interval '1 day', 1, now()
       from accounts where left(id::text, 3) = 'abc'`,
    );
    for (const { definition } of indexes) await client.query(definition);
    for (const table of FILLED) await client.query(`vacuum (analyze) ${table}`);
  } finally {
    await client.end();
  }
}

/** Each filter by itself. */
export const MANY_PEOPLE_FILTERS = {
  everybody: {},
  'common beginning of a name': { text: 'mar' },
  'rarer word of a name': { text: '99' },
  'family name': { text: 'a0' },
  address: { text: 'person.4711' },
  'every address': { text: 'person.' },
  active: { status: 'active' },
  disabled: { status: 'disabled' },
  'common role': { role: 'nurse' },
  'rarer role': { role: 'physician' },
  'rare role': { role: 'auditor' },
  locked: { locked: true },
  'not locked': { locked: false },
  'no factor': { factor: 'none' },
  'any factor': { factor: 'any' },
  passkey: { factor: 'passkey' },
  'authenticator app': { factor: 'totp' },
  'not signed in lately': { lastSignInBefore: new Date('2026-01-03T00:00:00Z') },
  'signed in lately': { lastSignInAfter: new Date('2026-07-13T00:00:00Z') },
  invited: { invited: true },
  'not invited': { invited: false },
  'common attribute': { attribute: { name: 'department', value: 'Ward' } },
  'rarer attribute': { attribute: { name: 'department', value: 'DEP 3f' } },
  'attribute of one': { attribute: { name: 'number', value: '4711@example' } },
} as const;

/** Filters that no index answers together. */
export const MANY_PEOPLE_COMBINED = {
  'two words': { text: 'maria 99' },
  'role and status': { role: 'nurse', status: 'disabled' },
  'disabled without a factor': { status: 'disabled', factor: 'none' },
  'role, not signed in lately': { role: 'staff', lastSignInBefore: new Date('2026-01-03T00:00:00Z') },
  'common attribute and role': { attribute: { name: 'department', value: 'ward' }, role: 'nurse' },
  'nobody at all': { role: 'nurse', text: 'nobody' },
} as const;
