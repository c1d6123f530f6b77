/**
 * Account requests: what somebody who is not signed in has asked for by naming an address, and what has not been answered
 * yet. This folder owns keeping them until a job answers. The page that takes a request neither looks the address up nor
 * waits for the answer, so nothing about it (status, content, time) can depend on whether there is an account. What a
 * request leads to, it leaves to others.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';
import { addSeconds, type Clock } from '../../kernel/clock.ts';
import { type Keyring, seal, unseal } from '../../kernel/crypto.ts';
import { type Randomness, uuidV7 } from '../../kernel/ids.ts';
import type { Database, Executor, Statement } from '../../storage/database.ts';
import type { SealedColumn } from '../../storage/resealing.ts';
import type { Write } from '../../storage/unit-of-work.ts';

export const AccountRequestRecord = defineEntity({
  name: 'AccountRequestRecord',
  tableName: 'account_requests',
  properties: {
    id: p.uuid().primary(),
    kind: p.text(),
    /** What was typed may be anything, a password too. */
    sealed: p.text(),
    notBefore: p.datetime().index('account_requests_not_before_index'),
    createdAt: p.datetime(),
  },
});

/** The table whose changes wake those who answer. */
export const ACCOUNT_REQUESTS_TABLE = 'account_requests';

export interface AccountRequest {
  readonly id: string;
  readonly kind: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
}

export interface AccountRequestStore {
  /** Keeps a request, as part of the answer that says that it was taken. */
  write(kind: string, content: AccountRequest['content']): Write;
  /** Takes the next request out; what is made of it belongs into the same transaction. */
  take(tx: Executor): Promise<AccountRequest | undefined>;
  /** Puts off the oldest request that is due, whose answer failed. One that is too old is forgotten: nobody waits any more. */
  putOff(): Promise<void>;
  nextDue(): Promise<Date | undefined>;
}

const RETRY_SECONDS = 30;
const FORGET_SECONDS = 1_800;

const TAKE: Statement = {
  name: 'account_requests_take',
  text: `
    delete from account_requests where id = (
      select id from account_requests where not_before <= $1 order by not_before limit 1 for update skip locked)
    returning id, kind, sealed, created_at`,
};

const PUT_OFF: Statement = {
  name: 'account_requests_put_off',
  text: `
    with old as (delete from account_requests where created_at <= $3)
    update account_requests set not_before = $2 where id = (
      select id from account_requests where not_before <= $1 and created_at > $3
      order by not_before limit 1 for update skip locked)`,
};

const NEXT_DUE: Statement = {
  name: 'account_requests_next_due',
  text: 'select not_before from account_requests order by not_before limit 1',
};

interface Row {
  id: string;
  kind: string;
  sealed: string;
  created_at: Date | string;
}

export const SEALED_ACCOUNT_REQUESTS: SealedColumn = {
  table: ACCOUNT_REQUESTS_TABLE,
  id: 'id',
  column: 'sealed',
  contextOf: (id) => `account-request:${id}`,
};

const { contextOf } = SEALED_ACCOUNT_REQUESTS;

export function createAccountRequestStore(
  database: Database,
  keyring: Keyring,
  clock: Clock,
  random: Randomness,
): AccountRequestStore {
  return {
    write(kind, content) {
      const now = clock.now();
      const id = uuidV7(random, now);
      const sealed = seal(keyring, random, contextOf(id), JSON.stringify(content));
      return {
        sql: (parameter) => {
          const at = parameter(now);
          return `
            insert into account_requests (id, kind, sealed, not_before, created_at)
            values (${parameter(id)}, ${parameter(kind)}, ${parameter(sealed)}, ${at}, ${at})`;
        },
      };
    },

    async take(tx) {
      const [row] = await tx.query<Row>(TAKE, [clock.now()]);
      if (row === undefined) return undefined;
      const content = JSON.parse(unseal(keyring, contextOf(row.id), row.sealed).toString());
      return { id: row.id, kind: row.kind, content, createdAt: new Date(row.created_at) };
    },

    async putOff() {
      const now = clock.now();
      await database.query(PUT_OFF, [now, addSeconds(now, RETRY_SECONDS), addSeconds(now, -FORGET_SECONDS)]);
    },

    async nextDue() {
      const [row] = await database.query<{ not_before: Date | string }>(NEXT_DUE);
      return row && new Date(row.not_before);
    },
  };
}
