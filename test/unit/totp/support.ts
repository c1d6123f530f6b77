import { randomUUID } from 'node:crypto';
import { TotpAuthenticatorRecord } from '../../../src/domain/totp/record-store.ts';
import { createTotpStore, type TotpStore } from '../../../src/domain/totp/store.ts';
import type { Keyring } from '../../../src/kernel/crypto.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { commitWrites, type UnitConflict, type Write } from '../../../src/storage/unit-of-work.ts';
import { createStoreDatabase, migrationsPath, type TestDatabase } from '../../support/postgres.ts';
import { totpCode } from '../../support/totp.ts';

export const ring = (current: string, ...ids: string[]): Keyring => ({
  current,
  keys: new Map([current, ...ids].map((id) => [id, Buffer.alloc(32, id)])),
});
export const GENERAL = ring('g1');

/** A store over a database of its own, and a clock that the tests of a `describe` set: call it inside. */
export function useTotpStore() {
  let test: TestDatabase;
  let database: Database;
  let totp: TotpStore;
  const clock = { offset: 0, now: () => new Date(Date.UTC(2026, 10, 23, 9, 0, 15) + clock.offset * 1000) };

  const openPool = () =>
    openDatabase({
      url: test.serverUrl,
      entities: [TotpAuthenticatorRecord],
      role: 'server',
      poolSize: 10,
      migrationsPath,
    });
  const storeWith = (keyring: Keyring, pool = database) =>
    createTotpStore({
      database: pool,
      keyring,
      generalKeyring: GENERAL,
      clock,
      random: systemRandomness,
      issuerName: 'Example Hospital',
    });

  before(async () => {
    test = await createStoreDatabase();
    database = await openPool();
    totp = storeWith(ring('k1'));
  });
  after(async () => {
    await database.close();
    await test.drop();
  });
  beforeEach(() => {
    clock.offset = 0;
  });

  const person = () => ({ id: randomUUID(), email: 'pat@example.org' });
  const commit = (...writes: Write[]) => commitWrites(database, writes);
  const outcome = (write: Write, pool = database) =>
    commitWrites(pool, [write]).then(
      () => 'done',
      (error: UnitConflict) => error.code,
    );
  const code = (secret: string, drift = 0) => totpCode(secret, clock.now(), drift);
  const rows = (accountId: string) =>
    database.query<{ sealed_seed: string; sealed_by: string; last_step: number }>(
      'select sealed_seed, sealed_by, last_step from totp_authenticators where account_id = $1',
      [accountId],
    );

  async function begun(owner = person(), name?: string) {
    const setup = totp.begin(owner, name);
    await commit(...setup.writes);
    return { owner, setup };
  }

  /** Set up with a code of a minute ago, so that the present ones are still to be used. */
  async function enrolled(owner = person(), name?: string) {
    clock.offset -= 60;
    const { setup } = await begun(owner, name);
    const confirmed = await totp.confirm(owner, setup.id, code(setup.secret));
    if ('refused' in confirmed) throw new Error(confirmed.refused);
    await commit(confirmed.write);
    clock.offset += 60;
    return { owner, id: setup.id, secret: setup.secret };
  }

  async function used(accountId: string, typed: string, pool = database): Promise<string> {
    const match = await totp.match(accountId, typed);
    return 'refused' in match ? match.refused : outcome(match.write, pool);
  }

  return {
    get totp() {
      return totp;
    },
    get database() {
      return database;
    },
    ...{ clock, openPool, storeWith, person, commit, outcome, code, rows, begun, enrolled, used },
  };
}
