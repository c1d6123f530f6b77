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
import { CODES, hashOf, newCodes, type ParsedCode, parseCode } from './policy.ts';

export const RecoveryCodeRecord = defineEntity({
  name: 'RecoveryCodeRecord',
  tableName: 'recovery_codes',
  properties: {
    accountId: p.uuid().primary(),
    position: p.smallint().primary(),
    /** SHA-256 of a long code; of a short one, what hashes passwords has made of it, as text. */
    codeHash: p.blob(),
    /** How a short code begins. */
    selector: p.text().nullable(),
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
  /**
   * Ten new codes, or `count`, in the place of all earlier ones. They are told once, here: only hashes are stored. Takes as long as ten
   * passwords. Throws `hashing_busy` (503).
   */
  generate(
    accountId: string,
    count?: number,
  ): Promise<{ readonly codes: readonly string[]; readonly writes: Write[] }>;
  /** One prepared statement, and one slow hash; nothing is changed before `write` is. Throws `hashing_busy` (503). */
  match(accountId: string, code: string): Promise<RecoveryMatch>;
  /** With an executor, as its transaction sees them. */
  remaining(accountId: string, executor?: Executor): Promise<RecoverySet>;
  removeAll(accountId: string): Write;
}

/** What hashes passwords. With nothing stored it takes the same time, and never matches. */
export interface SlowHashes {
  hash(text: string): Promise<string>;
  verify(stored: string | undefined, text: string): Promise<{ readonly matches: boolean }>;
}

const found = (condition: string) => `
  select code_hash, used_at is not null as used,
    (select count(*)::int from recovery_codes o where o.account_id = c.account_id and o.used_at is null) as open
  from recovery_codes c where account_id = $1 and ${condition} order by used limit 1`;

// Whatever its selector: a node of an earlier version that makes new codes leaves those of the codes before in their rows.
const FIND_LONG: Statement = { name: 'recovery_codes_find_long', text: found('code_hash = $2') };

const FIND_SHORT: Statement = { name: 'recovery_codes_find_short', text: found('selector = $2') };

interface Found {
  readonly code_hash: Buffer;
  readonly used: boolean;
  readonly open: number;
}

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
  slow: SlowHashes,
): RecoveryCodeStore {
  /** The row of the code, if the account has it. */
  async function find(accountId: string, parsed: ParsedCode): Promise<Found | undefined> {
    const hash = hashOf(accountId, parsed.code);
    if (parsed.kind === 'long') return (await database.query<Found>(FIND_LONG, [accountId, hash]))[0];
    const [row] = await database.query<Found>(FIND_SHORT, [accountId, parsed.selector]);
    const { matches } = await slow.verify(row?.code_hash.toString(), hash.toString('base64url'));
    return matches ? row : undefined;
  }

  return {
    async generate(accountId, count = CODES) {
      const codes = newCodes(random).slice(0, count);
      const parsed = codes.flatMap((code) => parseCode(code) ?? []);
      const hashes: Buffer[] = [];
      // One after the other: ten at once would keep everybody waiting who signs in meanwhile.
      for (const { code } of parsed) {
        hashes.push(Buffer.from(await slow.hash(hashOf(accountId, code).toString('base64url'))));
      }
      const selectors = parsed.map((each) => (each.kind === 'short' ? each.selector : null));
      const now = clock.now();
      // By position, so that of two sets made at the same time one takes the whole place of the other.
      const upsert: Write = {
        sql: (parameter) => `
          insert into recovery_codes (account_id, position, code_hash, selector, created_at)
          select ${parameter(accountId)}::uuid, row.position, row.code_hash, row.selector, ${parameter(now)}::timestamptz
          from unnest(${parameter(hashes)}::bytea[], ${parameter(selectors)}::text[])
            with ordinality as row(code_hash, selector, position)
          order by row.position
          on conflict (account_id, position) do update set code_hash = excluded.code_hash,
            selector = excluded.selector, created_at = excluded.created_at, used_at = null`,
      };
      return { codes, writes: [upsert] };
    },

    async match(accountId, typed) {
      const parsed = parseCode(typed);
      if (parsed === undefined) return { refused: 'malformed' };
      const row = await find(accountId, parsed);
      if (row === undefined) return { refused: 'wrong' };
      if (row.used) return { refused: 'used' };
      const now = clock.now();
      return {
        codesLeft: row.open - 1,
        write: {
          otherwise: FACTOR_USED,
          sql: (parameter) => `
            update recovery_codes set used_at = ${parameter(now)}
            where account_id = ${parameter(accountId)} and code_hash = ${parameter(row.code_hash)} and used_at is null
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
