/**
 * Temporary access codes: what an operator hands over by another way than the sign-in, for somebody who has lost every second
 * factor or has left it at home. This folder owns the code, its tries and its end: one for each account, for a while, spent once.
 * Who may have one, what it stands for and who is told of it, it leaves to others.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';
import { addSeconds, type Clock } from '../../kernel/clock.ts';
import type { Keyring } from '../../kernel/crypto.ts';
import type { Randomness } from '../../kernel/ids.ts';
import { type Database, type Executor, type Statement, sweepStatement } from '../../storage/database.ts';
import type { Write } from '../../storage/unit-of-work.ts';
import { digestOf, isCode, MAX_TRIES, newCode, parseCode } from './policy.ts';

export const TemporaryCodeRecord = defineEntity({
  name: 'TemporaryCodeRecord',
  tableName: 'temporary_codes',
  properties: {
    accountId: p.uuid().primary(),
    codeDigest: p.blob(),
    keyId: p.text(),
    tries: p.smallint().default(0),
    createdAt: p.datetime(),
    expiresAt: p.datetime().index('temporary_codes_expires_at_index'),
    usedAt: p.datetime().nullable(),
  },
});

/** The code with which a unit fails when its temporary code was used by another request, or replaced by an operator, meanwhile. */
const FACTOR_USED = 'factor_used';

export interface IssuedCode {
  /** Told once, here: only a keyed digest is stored. */
  readonly code: string;
  readonly expiresAt: Date;
}

/** `none`: there is no code, or it is used, used up or too old. Which of these it is, is told only to those who know the code. */
export type TemporaryRefusal = 'malformed' | 'wrong' | 'none';

export type TemporaryMatch =
  /** `write` spends the code, and fails the unit with `factor_used` where that has happened meanwhile. */
  { readonly write: Write } | { readonly refused: TemporaryRefusal };

export interface TemporaryCodeStore {
  /** A new code in the place of an earlier one, whatever has become of that. */
  issue(tx: Executor, accountId: string): Promise<IssuedCode>;
  /**
   * Takes one of the tries, which counts on all nodes before anything is compared, and compares. What cannot be a code at all takes
   * none: it tells nothing about one.
   */
  match(accountId: string, typed: string): Promise<TemporaryMatch>;
  revoke(accountId: string): Write;
  /** Deletes up to `limit` of those that expired before `before`; answers how many. */
  sweep(before: Date, limit: number): Promise<number>;
}

/** As SQL: whether the row `code` of this table may still be used. `now` is an expression. */
export const isUsable = (code: string, now: string): string =>
  `${code}.used_at is null and ${code}.tries < ${MAX_TRIES} and ${code}.expires_at > ${now}`;

const ISSUE: Statement = {
  name: 'temporary_codes_issue',
  text: `
    insert into temporary_codes (account_id, code_digest, key_id, created_at, expires_at)
    values ($1, $2, $3, $4, $5)
    on conflict (account_id) do update set code_digest = excluded.code_digest, key_id = excluded.key_id, tries = 0,
      created_at = excluded.created_at, expires_at = excluded.expires_at, used_at = null`,
};

const TAKE_TRY: Statement = {
  name: 'temporary_codes_take_try',
  text: `
    update temporary_codes c set tries = tries + 1
    where account_id = $1 and ${isUsable('c', '$2')} returning code_digest, key_id`,
};

const SWEEP = sweepStatement('temporary_codes');

export interface TemporaryCodeSettings {
  readonly temporaryCodeHours: number;
}

export function createTemporaryCodeStore(
  database: Database,
  keyring: Keyring,
  { temporaryCodeHours }: TemporaryCodeSettings,
  clock: Clock,
  random: Randomness,
): TemporaryCodeStore {
  return {
    async issue(tx, accountId) {
      const code = newCode(random);
      const { digest, keyId } = digestOf(keyring, accountId, parseCode(code) ?? code);
      const now = clock.now();
      const expiresAt = addSeconds(now, temporaryCodeHours * 3_600);
      await tx.query(ISSUE, [accountId, digest, keyId, now, expiresAt]);
      return { code, expiresAt };
    },

    async match(accountId, typed) {
      const parsed = parseCode(typed);
      if (parsed === undefined) return { refused: 'malformed' };
      const [row] = await database.query<{ code_digest: Buffer; key_id: string }>(TAKE_TRY, [
        accountId,
        clock.now(),
      ]);
      if (row === undefined) return { refused: 'none' };
      const { code_digest: digest, key_id: keyId } = row;
      if (!isCode(keyring, accountId, parsed, { digest, keyId })) return { refused: 'wrong' };
      return {
        write: {
          otherwise: FACTOR_USED,
          sql: (parameter) => {
            const now = parameter(clock.now());
            return `
              update temporary_codes set used_at = ${now}
              where account_id = ${parameter(accountId)} and code_digest = ${parameter(digest)} and used_at is null
                and expires_at > ${now}
              returning 1`;
          },
        },
      };
    },

    revoke: (accountId) => ({
      sql: (parameter) => `delete from temporary_codes where account_id = ${parameter(accountId)}`,
    }),

    sweep: async (before, limit) => (await database.query(SWEEP, [before, limit])).length,
  };
}
