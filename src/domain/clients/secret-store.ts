import type { Clock } from '../../kernel/clock.ts';
import type { Database, Statement, Transaction } from '../../storage/database.ts';
import { type SecretRow, secretOf, timeOf, type UsedSecret } from './record-store.ts';
import { secretIdOf } from './secrets.ts';

/**
 * The secrets of clients. Whoever changes those of one holds the client in the same transaction (`ClientStore.hold`); that there
 * are two at most, one of them with an end, the table holds by itself.
 */
export interface ClientSecretStore {
  /** Those that are taken at this moment, the newest first. */
  live(clientId: string): Promise<UsedSecret[]>;
  /**
   * Has the one that lasts end at that time, and adds another one that lasts; answers its id. Where that time is over, every other
   * one ends at once. Fails where two are live and neither is to end at once. `expiresAt`: when the former one would have ended
   * without the new one.
   */
  add(
    tx: Transaction,
    clientId: string,
    digest: string,
    endOfFormer: Date,
    expiresAt?: Date,
  ): Promise<string>;
  /**
   * Ends one at once; the one that is left lasts. Undefined where there is none of that name. `expiresAt`: where the one that
   * lasts again was going to end anyway before the other one was made.
   */
  end(
    tx: Transaction,
    clientId: string,
    id: string,
  ): Promise<{ readonly expiresAt: Date | undefined } | undefined>;
  /** Removes all, for a client that authenticates without one. */
  endAllOf(tx: Transaction, clientId: string): Promise<void>;
  /** Ids of clients with a secret that is digested under none of these keys: nobody can compare it. */
  withUnknownKey(keyIds: readonly string[]): Promise<string[]>;
  /** Compare-and-set: the digest of the same secret under another key. False when it is stored otherwise by now. */
  replaceDigest(clientId: string, from: string, to: string): Promise<boolean>;
}

const LIVE: Statement = {
  name: 'client_secrets_live',
  text: `
    select id, digest, created_at, ends_at, last_used_at, expires_at from client_secrets
    where client_id = $1 and (ends_at is null or ends_at > $2) order by created_at desc, id`,
};

const REMOVE_ENDED: Statement = {
  name: 'client_secrets_remove_ended',
  text: 'delete from client_secrets where client_id = $1 and ends_at <= $2',
};

const END_FORMER: Statement = {
  name: 'client_secrets_end_former',
  text: 'update client_secrets set ends_at = $2, expires_at = $3 where client_id = $1 and ends_at is null',
};

const ADD: Statement = {
  name: 'client_secrets_add',
  text: 'insert into client_secrets (client_id, id, digest, created_at) values ($1, $2, $3, $4)',
};

const REMOVE: Statement = {
  name: 'client_secrets_remove',
  text: 'delete from client_secrets where client_id = $1 and id = $2 returning id',
};

// Of two, the one that is left lasts.
const LET_LAST: Statement = {
  name: 'client_secrets_let_last',
  text: `
    update client_secrets set ends_at = null where client_id = $1 and ends_at > $2
      and not exists (select from client_secrets other where other.client_id = $1 and other.ends_at is null)
    returning expires_at`,
};

const REMOVE_ALL: Statement = {
  name: 'client_secrets_remove_all',
  text: 'delete from client_secrets where client_id = $1',
};

// For servers of the version before, which know one secret: the newest.
const TELL_OLD_VERSION: Statement = {
  name: 'clients_tell_old_version',
  text: `
    update clients set updated_at = $2, secret_digest = (
      select digest from client_secrets where client_id = $1 order by ends_at desc nulls first limit 1)
    where id = $1`,
};

const WITH_UNKNOWN_KEY: Statement = {
  name: 'client_secrets_with_unknown_key',
  text: `
    select distinct client_id as id from client_secrets
    where split_part(digest, '.', 1) <> all ($1::text[]) and (ends_at is null or ends_at > $2) order by id`,
};

const REPLACE_DIGEST: Statement = {
  name: 'client_secrets_replace_digest',
  text: `
    with replaced as (
      update client_secrets set digest = $3 where client_id = $1 and digest = $2 returning client_id),
    told as (
      update clients set secret_digest = $3, updated_at = $4
      where id = (select client_id from replaced) and secret_digest = $2)
    select client_id from replaced`,
};

export function createClientSecretStore(database: Database, clock: Clock): ClientSecretStore {
  const changed = (tx: Transaction, clientId: string) => tx.query(TELL_OLD_VERSION, [clientId, clock.now()]);
  return {
    live: async (clientId) => (await database.query<SecretRow>(LIVE, [clientId, clock.now()])).map(secretOf),

    async add(tx, clientId, digest, endOfFormer, expiresAt) {
      const now = clock.now();
      const id = secretIdOf(digest);
      if (endOfFormer <= now) await tx.query(REMOVE_ALL, [clientId]);
      else {
        await tx.query(REMOVE_ENDED, [clientId, now]);
        await tx.query(END_FORMER, [clientId, endOfFormer, expiresAt ?? null]);
      }
      await tx.query(ADD, [clientId, id, digest, now]);
      await changed(tx, clientId);
      return id;
    },

    async end(tx, clientId, id) {
      if ((await tx.query(REMOVE, [clientId, id])).length === 0) return undefined;
      const [lasts] = await tx.query<Pick<SecretRow, 'expires_at'>>(LET_LAST, [clientId, clock.now()]);
      await changed(tx, clientId);
      return { expiresAt: timeOf(lasts?.expires_at ?? null) };
    },

    async endAllOf(tx, clientId) {
      await tx.query(REMOVE_ALL, [clientId]);
      await changed(tx, clientId);
    },

    withUnknownKey: async (keyIds) =>
      (await database.query<{ id: string }>(WITH_UNKNOWN_KEY, [keyIds, clock.now()])).map(({ id }) => id),

    replaceDigest: async (clientId, from, to) =>
      (await database.query(REPLACE_DIGEST, [clientId, from, to, clock.now()])).length === 1,
  };
}
