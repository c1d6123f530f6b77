/**
 * Passkeys: WebAuthn credentials. This folder owns the public keys, their counters and flags, and that no challenge is
 * answered twice; `ceremony.ts` decides whether an answer is good, `attestation.ts` whether its maker is. Asking for a
 * passkey, what a failure costs and who is told of it, it leaves to others.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Clock } from '../../kernel/clock.ts';
import { sha256 } from '../../kernel/crypto.ts';
import type { Randomness } from '../../kernel/ids.ts';
import { type Database, type Executor, type Statement, sweepStatement } from '../../storage/database.ts';
import { changeOwned } from '../../storage/owned-rows.ts';
import type { Condition, Write } from '../../storage/unit-of-work.ts';

export const PasskeyRecord = defineEntity({
  name: 'PasskeyRecord',
  tableName: 'passkeys',
  properties: {
    id: p.uuid().primary(),
    accountId: p.uuid().index('passkeys_account_id_index'),
    credentialId: p.blob().unique('passkeys_credential_id_unique'),
    publicKey: p.blob(),
    counter: p.bigint(),
    transports: p.array(),
    backupEligible: p.boolean(),
    backedUp: p.boolean(),
    aaguid: p.uuid(),
    name: p.text().nullable(),
    createdAt: p.datetime(),
    lastUsedAt: p.datetime().nullable(),
  },
});

export const UsedPasskeyChallengeRecord = defineEntity({
  name: 'UsedPasskeyChallengeRecord',
  tableName: 'used_passkey_challenges',
  properties: {
    challengeHash: p.blob().primary(),
    expiresAt: p.datetime().index('used_passkey_challenges_expires_at_index'),
  },
});

export interface Passkey {
  readonly id: string;
  readonly name: string | undefined;
  /** The model of the authenticator, as far as it is told; zeros where it is not. */
  readonly aaguid: string;
  /** Whether it can be, or is, on several devices of its owner. */
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | undefined;
}

/** A passkey with what its assertions are verified with. */
export interface Credential {
  readonly id: string;
  readonly accountId: string;
  /** In base64url. */
  readonly credentialId: string;
  /** In COSE form. */
  readonly publicKey: Buffer;
  readonly counter: number;
  readonly backupEligible: boolean;
}

export interface NewPasskey {
  readonly accountId: string;
  readonly credentialId: string;
  readonly publicKey: Uint8Array;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly aaguid: string;
  readonly name: string | undefined;
}

/** The code with which a unit fails when the passkey is registered already, or would be one too many. */
export const PASSKEY_EXISTS = 'passkey_exists';
/** … when another request has answered the challenge meanwhile. */
export const CHALLENGE_USED = 'challenge_used';
/** … when the passkey was removed meanwhile, or used by another request with a higher counter. */
export const FACTOR_USED = 'factor_used';
/** … when the passkey is not there, or not the person's. */
export const FACTOR_UNKNOWN = 'factor_unknown';

export interface PasskeyStore {
  /** The oldest first; with an executor, as its transaction sees them. */
  list(accountId: string, executor?: Executor): Promise<Passkey[]>;
  /** Ids and transports of the person's credentials, for the browser. One prepared statement. */
  descriptors(accountId: string): Promise<{ id: string; transports: string[] }[]>;
  /** One prepared statement. */
  find(credentialId: string): Promise<Credential | undefined>;
  /** Fails with {@link PASSKEY_EXISTS}. */
  add(passkey: NewPasskey): { readonly id: string; readonly write: Write };
  /** Notes a use. Fails with {@link FACTOR_USED}. */
  used(credential: Credential, now: { counter: number; backedUp: boolean }): Write;
  /** Uses a challenge up. Fails with {@link CHALLENGE_USED}. */
  useChallenge(challenge: string, end: Date): Write;
  /** Fails with {@link FACTOR_UNKNOWN}. */
  rename(accountId: string, id: string, name: string): Write;
  /** Fails with {@link FACTOR_UNKNOWN}. */
  remove(accountId: string, id: string): Write;
  removeAll(accountId: string): Write;
  /** Deletes up to `limit` used challenges that ended before `before`; answers how many. */
  sweep(before: Date, limit: number): Promise<number>;
}

/** Passkeys of one person. */
export const MAX_PASSKEYS = 20;

const LIST: Statement = {
  name: 'passkeys_list',
  text: `
    select id, name, aaguid, backup_eligible, backed_up, created_at, last_used_at from passkeys
    where account_id = $1 order by created_at, id`,
};

const DESCRIPTORS: Statement = {
  name: 'passkeys_descriptors',
  text: 'select credential_id, transports from passkeys where account_id = $1 order by created_at, id',
};

const FIND: Statement = {
  name: 'passkeys_find',
  text: `
    select id, account_id, credential_id, public_key, counter::float8 as counter, backup_eligible
    from passkeys where credential_id = $1`,
};

const SWEEP = sweepStatement('used_passkey_challenges');

interface ListRow {
  id: string;
  name: string | null;
  aaguid: string;
  backup_eligible: boolean;
  backed_up: boolean;
  created_at: Date | string;
  last_used_at: Date | string | null;
}

interface CredentialRow {
  id: string;
  account_id: string;
  credential_id: Buffer;
  public_key: Buffer;
  counter: number;
  backup_eligible: boolean;
}

export function createPasskeyStore(database: Database, clock: Clock, random: Randomness): PasskeyStore {
  const change = (accountId: string, id: string, sql: Condition): Write =>
    changeOwned({ id, accountId }, FACTOR_UNKNOWN, sql);

  return {
    sweep: async (before, limit) => (await database.query(SWEEP, [before, limit])).length,

    async list(accountId, executor = database) {
      const rows = await executor.query<ListRow>(LIST, [accountId]);
      return rows.map((row) => ({
        id: row.id,
        name: row.name ?? undefined,
        aaguid: row.aaguid,
        backupEligible: row.backup_eligible,
        backedUp: row.backed_up,
        createdAt: new Date(row.created_at),
        lastUsedAt: row.last_used_at === null ? undefined : new Date(row.last_used_at),
      }));
    },

    async descriptors(accountId) {
      const rows = await database.query<{ credential_id: Buffer; transports: string[] }>(DESCRIPTORS, [
        accountId,
      ]);
      return rows.map((row) => ({
        id: row.credential_id.toString('base64url'),
        transports: row.transports,
      }));
    },

    async find(credentialId) {
      const [row] = await database.query<CredentialRow>(FIND, [Buffer.from(credentialId, 'base64url')]);
      if (row === undefined) return undefined;
      return {
        id: row.id,
        accountId: row.account_id,
        credentialId: row.credential_id.toString('base64url'),
        publicKey: row.public_key,
        counter: row.counter,
        backupEligible: row.backup_eligible,
      };
    },

    add(passkey) {
      const id = random.uuid();
      const now = clock.now();
      const write: Write = {
        otherwise: PASSKEY_EXISTS,
        sql: (parameter) => {
          const account = parameter(passkey.accountId);
          return `
            insert into passkeys (id, account_id, credential_id, public_key, counter, transports, backup_eligible,
              backed_up, aaguid, name, created_at)
            select ${parameter(id)}::uuid, ${account}::uuid,
              ${parameter(Buffer.from(passkey.credentialId, 'base64url'))}::bytea,
              ${parameter(Buffer.from(passkey.publicKey))}::bytea, ${parameter(passkey.counter)}::bigint,
              ${parameter([...passkey.transports])}::text[], ${parameter(passkey.backupEligible)}::boolean,
              ${parameter(passkey.backedUp)}::boolean, ${parameter(passkey.aaguid)}::uuid,
              ${parameter(passkey.name ?? null)}::text, ${parameter(now)}::timestamptz
            where ${MAX_PASSKEYS} > (select count(*) from passkeys where account_id = ${account}::uuid)
            on conflict (credential_id) do nothing returning 1`;
        },
      };
      return { id, write };
    },

    // Of authenticators that do not count, every answer says zero (WebAuthn Level 3, section 6.1.1).
    used: ({ id }, { counter, backedUp }) => ({
      otherwise: FACTOR_USED,
      sql: (parameter) => `
        update passkeys set counter = ${parameter(counter)}::bigint, backed_up = ${parameter(backedUp)},
          last_used_at = ${parameter(clock.now())}
        where id = ${parameter(id)}
          and (counter < ${parameter(counter)}::bigint or (counter = 0 and ${parameter(counter)}::bigint = 0))
        returning 1`,
    }),

    useChallenge: (challenge, end) => ({
      otherwise: CHALLENGE_USED,
      sql: (parameter) => `
        insert into used_passkey_challenges (challenge_hash, expires_at)
        values (${parameter(sha256(challenge))}, ${parameter(end)}) on conflict do nothing returning 1`,
    }),

    rename: (accountId, id, name) =>
      change(accountId, id, (parameter) => `update passkeys set name = ${parameter(name)}`),
    remove: (accountId, id) => change(accountId, id, () => 'delete from passkeys'),
    removeAll: (accountId) => ({
      sql: (parameter) => `delete from passkeys where account_id = ${parameter(accountId)}`,
    }),
  };
}
