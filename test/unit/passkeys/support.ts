import { randomUUID } from 'node:crypto';
import {
  createPasskeyCeremonies,
  type PasskeyCeremonies,
  type PasskeyOwner,
} from '../../../src/domain/passkeys/ceremony.ts';
import { createChallenges } from '../../../src/domain/passkeys/challenges.ts';
import {
  createPasskeyStore,
  PasskeyRecord,
  type PasskeyStore,
  UsedPasskeyChallengeRecord,
} from '../../../src/domain/passkeys/store.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { commitWrites, type UnitConflict, type Write } from '../../../src/storage/unit-of-work.ts';
import { createAuthenticator } from '../../support/authenticator.ts';
import { createStoreDatabase, migrationsPath, type TestDatabase } from '../../support/postgres.ts';

export const ISSUER = 'https://id.example.org';
export const KEYRING = {
  current: 'k2',
  keys: new Map([
    ['k2', Buffer.alloc(32, 2)],
    ['k1', Buffer.alloc(32, 1)],
  ]),
};

/** Passkeys over a database of their own, and a clock that the tests of a `describe` set: call it inside. */
export function usePasskeys() {
  let test: TestDatabase;
  let database: Database;
  let passkeys: PasskeyStore;
  let ceremonies: PasskeyCeremonies;
  const clock = { offset: 0, now: () => new Date(Date.UTC(2026, 10, 23, 9) + clock.offset * 1000) };

  const openPool = () =>
    openDatabase({
      url: test.serverUrl,
      entities: [PasskeyRecord, UsedPasskeyChallengeRecord],
      role: 'server',
      poolSize: 10,
      migrationsPath,
    });
  const ceremoniesWith = (keyring = KEYRING) =>
    createPasskeyCeremonies({
      issuer: ISSUER,
      serviceName: 'Example Hospital',
      passkeys,
      challenges: createChallenges(keyring, clock, systemRandomness),
      attestation: { attestation: 'none', roots: [], allowedAaguids: [] },
      clock,
    });

  before(async () => {
    test = await createStoreDatabase();
    database = await openPool();
    passkeys = createPasskeyStore(database, clock, systemRandomness);
    ceremonies = ceremoniesWith();
  });
  after(async () => {
    await database.close();
    await test.drop();
  });
  beforeEach(() => {
    clock.offset = 0;
  });

  const person = (): PasskeyOwner => ({ id: randomUUID(), email: 'pat@example.org', name: 'Pat Person' });
  const commit = (writes: readonly Write[]) => commitWrites(database, writes);
  const outcome = (writes: readonly Write[], pool = database) =>
    commitWrites(pool, writes).then(
      () => 'done',
      (error: UnitConflict) => error.code,
    );

  async function registered(
    owner = person(),
    options: Partial<Parameters<typeof createAuthenticator>[0]> = {},
  ) {
    const authenticator = createAuthenticator({ origin: ISSUER, ...options });
    const answer = authenticator.create(await ceremonies.registrationOptions(owner, 'session'));
    const result = await ceremonies.verifyRegistration(owner, 'session', answer, 'My key');
    if ('refused' in result) throw new Error(result.refused);
    await commit(result.writes);
    return { owner, authenticator, passkeyId: result.passkeyId };
  }

  return {
    get database() {
      return database;
    },
    get passkeys() {
      return passkeys;
    },
    get ceremonies() {
      return ceremonies;
    },
    ...{ clock, openPool, ceremoniesWith, person, commit, outcome, registered },
  };
}

/** Why an answer was refused, or that it was accepted. */
export const refusalOf = (result: object) => ('refused' in result ? result.refused : 'accepted');
