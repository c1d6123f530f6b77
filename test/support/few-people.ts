import { createHash } from 'node:crypto';
import { nameKey } from '../../src/domain/accounts/listing/words.ts';
import { createAccountStore } from '../../src/domain/accounts/store.ts';
import type { AttributeValues } from '../../src/kernel/attributes.ts';
import type { Database } from '../../src/storage/database.ts';
import { openDatabase } from '../../src/storage/orm.ts';
import { ENTITIES, MIGRATIONS_PATH } from '../../src/wire.ts';
import { createStoreDatabase, type TestDatabase } from './postgres.ts';

/** People for tests of lists: few enough to be compared one by one, of every kind, made as the stores make them. */

export interface MadePerson {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly nameKey: string;
  readonly username?: string;
  readonly roles: readonly string[];
  /** The time of the role `locum` is over. */
  readonly ended: boolean;
  readonly status: 'active' | 'disabled';
  readonly unit: string | undefined;
  readonly locked: boolean;
  readonly factors: readonly string[];
  readonly lastSignIn: Date | undefined;
  readonly invited: boolean;
  readonly createdAt: Date;
  /** When they are disabled as dormant, as they were told. */
  readonly dormantAt: Date | undefined;
  /** They have signed in since they were told. */
  readonly backAgain: boolean;
  readonly attributes: AttributeValues;
}

/** A hash without a password, which nothing here verifies. */
const HASH =
  '$argon2id$v=19$m=1024,t=1,p=1$BwcHBwcHBwcHBwcHBwcHBw$iqU34Exod/UHeBSuIQaIkB7kZKZ6EfpiK59Yqu5m+34';

const COUNT = 120;
const GIVEN = ['María', 'Núñez', 'João', 'Ana', 'Li', 'Mar', 'Łukasz'];
const FAMILY = ['Martins', 'Lopes', 'Ávila', 'Nun', 'Lovelace', 'Schön', 'Maresch', 'O’Brien', 'Lo'];
const UNITS = ['a', 'b', 'c'].map((letter) => `00000000-0000-4000-8000-00000000000${letter}`);

const uuidOf = (text: string) => {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

function person(n: number): MadePerson {
  const random = createHash('sha256').update(`person ${n}`).digest();
  const at = (index: number, below: number) => Number(random[index]) % below;
  const name = `${GIVEN[at(0, GIVEN.length)]} ${FAMILY[at(1, FAMILY.length)]}`;
  const invited = at(2, 6) === 0;
  const status = !invited && at(3, 5) === 0 ? 'disabled' : 'active';
  const signedIn = !invited && at(4, 5) > 0;
  return {
    id: uuidOf(`person ${n}`),
    email: `p${n}@example.org`,
    name,
    nameKey: nameKey(name),
    ...(at(5, 3) === 0 ? { username: `user${n}` } : {}),
    roles: ['staff', ...(at(6, 4) === 0 ? ['nurse'] : []), ...(at(7, 5) === 0 ? ['locum'] : [])],
    ended: at(8, 2) === 0,
    status,
    unit: at(9, 4) === 0 ? undefined : UNITS[at(10, 5) === 0 ? 0 : 1],
    locked: at(11, 7) === 0,
    factors: invited ? [] : ([[], ['totp'], ['passkey'], ['passkey', 'totp']][at(12, 4)] ?? []),
    lastSignIn: signedIn ? new Date(Date.UTC(2026, at(13, 12), 1 + at(14, 28))) : undefined,
    invited,
    createdAt: new Date(Date.UTC(2025, 0, 1 + at(15, 60))),
    dormantAt: at(16, 3) === 0 ? new Date(Date.UTC(2026, 11, 2 + at(17, 20))) : undefined,
    backAgain: at(18, 4) === 0,
    attributes: {
      ...(at(16, 3) === 0 ? { department: 'Cardiología' } : { department: 'Oncology' }),
      ...(at(17, 4) === 0 ? { languages: ['pt', 'Ko'] } : {}),
      ...(at(18, 5) === 0 ? { beds: 12.5, onCall: true } : {}),
    },
  };
}

export const aFewPeople: readonly MadePerson[] = Array.from({ length: COUNT }, (_, n) => person(n));

/** A database with them in it, and nothing else. */
export function useFewPeople() {
  let test: TestDatabase;
  let database: Database;
  before(async () => {
    test = await createStoreDatabase();
    database = await openDatabase({
      url: test.serverUrl,
      entities: ENTITIES,
      role: 'server',
      poolSize: 4,
      migrationsPath: MIGRATIONS_PATH,
    });
    await database.query(
      `insert into units (id, name, name_key, created_at) select id, id::text, id::text, now() from unnest($1::uuid[]) as given(id)`,
      [UNITS],
    );
    for (const each of aFewPeople) await make(database, each);
  });
  after(async () => {
    await database.close();
    await test.drop();
  });
  return {
    database: () => database,
    test: () => test,
    units: { small: UNITS.slice(0, 1), both: UNITS },
  };
}

async function make(database: Database, each: MadePerson): Promise<void> {
  const { unit, ...described } = each;
  const clock = { now: () => each.createdAt };
  const random = { uuid: () => each.id, bytes: () => Buffer.alloc(0) };
  const accounts = createAccountStore(database, clock, random);
  await database.transaction(async (tx) => {
    await accounts.create(tx, {
      ...described,
      ...(unit === undefined ? {} : { unit }),
      ...(each.invited ? {} : { passwordHash: HASH, emailVerified: true }),
      roles: each.roles,
    });
    if (each.ended)
      await tx.query(
        `insert into account_role_terms (account, role, owned, until) values ($1, 'locum', false, '2026-11-30T00:00:00Z')`,
        [each.id],
      );
    if (each.locked)
      await tx.query(
        `insert into lockouts (key_hash, account_id, of_device, failures, locked_at, locked_until, locks, updated_at)
         values (sha256($1::text::bytea), $1::uuid, false, 5, '2026-12-01T11:45:00Z', '2026-12-01T12:15:00Z', 1, now())`,
        [each.id],
      );
    if (each.factors.includes('totp'))
      await tx.query(
        `insert into totp_authenticators (id, account_id, sealed_seed, sealed_by, last_step, created_at, confirmed_at)
         values ($1, $1, '', 'mfa', 0, now(), now())`,
        [each.id],
      );
    if (each.factors.includes('passkey'))
      await tx.query(
        `insert into passkeys (id, account_id, credential_id, public_key, counter, transports, backup_eligible, backed_up, aaguid, created_at)
         values ($1::uuid, $1::uuid, sha256($1::text::bytea), '', 0, '{}', false, false, $1::uuid, now())`,
        [each.id],
      );
    if (each.dormantAt !== undefined)
      await tx.query(
        'insert into dormancy_notices (account, since, told_at, disable_at) values ($1, $2, now(), $3)',
        [each.id, each.backAgain ? '2020-01-01' : (each.lastSignIn ?? each.createdAt), each.dormantAt],
      );
    if (each.lastSignIn !== undefined)
      await tx.query(
        `insert into sign_ins (account_id, session_uid, at) values ($1::text, 'first', $2::timestamptz - interval '1 day'), ($1::text, 'last', $2)`,
        [each.id, each.lastSignIn],
      );
  });
}
