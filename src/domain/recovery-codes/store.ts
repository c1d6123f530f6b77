/**
 * Recovery codes: what a person prints and keeps for the day on which every other factor is lost (NIST SP 800-63B-4,
 * 3.1.2: look-up secrets). This folder owns their hashes and that each works once. Whether one is asked for, and who is
 * told of its use, it leaves to others.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Clock } from '../../kernel/clock.ts';
import type { Randomness } from '../../kernel/ids.ts';
import type { Database, Executor, Statement } from '../../storage/database.ts';
import type { Write } from '../../storage/unit-of-work.ts';
import { CODES, hashOf, newCode, parseCode } from './policy.ts';

export const RecoveryCodeRecord = defineEntity({
  name: 'RecoveryCodeRecord',
  tableName: 'recovery_codes',
  properties: {
    accountId: p.uuid().primary(),
    position: p.smallint().primary(),
    codeHash: p.blob(),
    createdAt: p.datetime(),
    usedAt: p.datetime().nullable(),
  },
});

/** The code with which a unit fails when its recovery code was used by another request meanwhile. */
export const FACTOR_USED = 'factor_used';

export type RecoveryRefusal = 'malformed' | 'wrong' | 'used';

export type RecoveryMatch =
  /** `write` uses the code up, and fails the unit with {@link FACTOR_USED}; `codesLeft` counts those that remain then. */
  { readonly write: Write; readonly codesLeft: number } | { readonly refused: RecoveryRefusal };

export interface RecoverySet {
  /** When they were made; undefined when there are none. */
  readonly createdAt: Date | undefined;
  readonly left: number;
}

export interface RecoveryCodeStore {
  /** Ten new codes in the place of all earlier ones. They are told once, here: only hashes are stored. */
  generate(accountId: string): { readonly codes: readonly string[]; readonly writes: Write[] };
  /** One prepared statement; nothing is changed before `write` is. */
  match(accountId: string, code: string): Promise<RecoveryMatch>;
  /** With an executor, as its transaction sees them. */
  remaining(accountId: string, executor?: Executor): Promise<RecoverySet>;
  removeAll(accountId: string): Write;
}

const FIND: Statement = {
  name: 'recovery_codes_find',
  text: `
    select used_at is not null as used,
      (select count(*)::int from recovery_codes o where o.account_id = c.account_id and o.used_at is null) as open
    from recovery_codes c where account_id = $1 and code_hash = $2 order by used limit 1`,
};

const REMAINING: Statement = {
  name: 'recovery_codes_remaining',
  text: `
    select min(created_at) as created_at, count(*) filter (where used_at is null)::int as left
    from recovery_codes where account_id = $1`,
};

export function createRecoveryCodeStore(
  database: Database,
  clock: Clock,
  random: Randomness,
): RecoveryCodeStore {
  return {
    generate(accountId) {
      const codes = Array.from({ length: CODES }, () => newCode(random));
      const hashes = codes.map((code) => hashOf(accountId, parseCode(code) ?? code));
      const now = clock.now();
      // By position, so that of two sets made at the same time one takes the whole place of the other.
      const upsert: Write = {
        sql: (parameter) => `
          insert into recovery_codes (account_id, position, code_hash, created_at)
          select ${parameter(accountId)}::uuid, row.position, row.code_hash, ${parameter(now)}::timestamptz
          from unnest(${parameter(hashes)}::bytea[]) with ordinality as row(code_hash, position)
          order by row.position
          on conflict (account_id, position) do update
            set code_hash = excluded.code_hash, created_at = excluded.created_at, used_at = null`,
      };
      return { codes, writes: [upsert] };
    },

    async match(accountId, typed) {
      const code = parseCode(typed);
      if (code === undefined) return { refused: 'malformed' };
      const hash = hashOf(accountId, code);
      const [row] = await database.query<{ used: boolean; open: number }>(FIND, [accountId, hash]);
      if (row === undefined) return { refused: 'wrong' };
      if (row.used) return { refused: 'used' };
      const now = clock.now();
      return {
        codesLeft: row.open - 1,
        write: {
          otherwise: FACTOR_USED,
          sql: (parameter) => `
            update recovery_codes set used_at = ${parameter(now)}
            where account_id = ${parameter(accountId)} and code_hash = ${parameter(hash)} and used_at is null
            returning 1`,
        },
      };
    },

    async remaining(accountId, executor = database) {
      const [row] = await executor.query<{ created_at: Date | string | null; left: number }>(REMAINING, [
        accountId,
      ]);
      const at = row?.created_at ?? null;
      return { createdAt: at === null ? undefined : new Date(at), left: row?.left ?? 0 };
    },

    removeAll: (accountId) => ({
      sql: (parameter) => `delete from recovery_codes where account_id = ${parameter(accountId)}`,
    }),
  };
}
