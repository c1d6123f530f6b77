/**
 * TOTP: authenticator apps (RFC 6238). This folder owns their seeds, sealed, and which step of each was used last. Whether
 * one is asked for, what a failure costs and what the person is told, it leaves to others.
 */
import type { Executor, Statement } from '../../storage/database.ts';
import { changeOwned } from '../../storage/owned-rows.ts';
import type { Condition, Write } from '../../storage/unit-of-work.ts';
import { fromBase32 } from './base32.ts';
import { matchingStep, parseCode } from './policy.ts';
import { createSeals, type SeedRow } from './seals.ts';
import {
  createTotpSetups,
  type SetupDependencies,
  type TotpRefusal,
  type TotpSetups,
} from './setup-store.ts';

export interface Authenticator {
  readonly id: string;
  /** What its owner calls it; an imported one has no name. */
  readonly name: string | undefined;
  /** When it was set up, to the end. */
  readonly createdAt: Date;
  readonly lastUsedAt: Date | undefined;
}

export type TotpMatch =
  /** `write` moves the last step on, and fails the unit with {@link FACTOR_USED} when somebody was faster. */
  { readonly authenticatorId: string; readonly write: Write } | { readonly refused: TotpRefusal };

/** The code with which a unit fails when its one-time code was used by another request meanwhile. */
export const FACTOR_USED = 'factor_used';
/** … when the authenticator is not there, or not the person's. */
export const FACTOR_UNKNOWN = 'factor_unknown';
export interface ImportedSeed {
  readonly accountId: string;
  /** The shared secret of RFC 6238, base32 without padding. */
  readonly totpSecret: string;
}

export interface TotpStore extends TotpSetups {
  /** The apps that are set up, the oldest first; with an executor, as its transaction sees them. */
  list(accountId: string, executor?: Executor): Promise<Authenticator[]>;
  /** Which of the person's apps this is a code of. One prepared statement; nothing is changed before `write` is. */
  match(accountId: string, code: string): Promise<TotpMatch>;
  /** Fails with {@link FACTOR_UNKNOWN}. */
  rename(accountId: string, id: string, name: string): Write;
  /** Fails with {@link FACTOR_UNKNOWN}. */
  remove(accountId: string, id: string): Write;
  /** Set-ups under way included. */
  removeAll(accountId: string): Write;
  /** Takes seeds over from elsewhere. They count as set up: their owners have the app. */
  adopt(tx: Executor, seeds: readonly ImportedSeed[]): Promise<void>;
}

const LIST: Statement = {
  name: 'totp_list',
  text: `
    select id, name, confirmed_at as created_at, last_used_at from totp_authenticators
    where account_id = $1 and confirmed_at is not null order by confirmed_at, id`,
};

const CONFIRMED: Statement = {
  name: 'totp_confirmed',
  text: `
    select id, sealed_seed, sealed_by, last_step from totp_authenticators
    where account_id = $1 and confirmed_at is not null order by created_at, id`,
};

const ADOPT: Statement = {
  name: 'totp_adopt',
  text: `
    insert into totp_authenticators (id, account_id, sealed_seed, sealed_by, last_step, created_at, confirmed_at)
    select id, account_id, sealed_seed, 'mfa', 0, $2, $2
    from jsonb_to_recordset($1::jsonb) as row(id uuid, account_id uuid, sealed_seed text)`,
};

export function createTotpStore(deps: SetupDependencies): TotpStore {
  const { database, clock, random } = deps;
  const { sealed, opened } = createSeals(deps);

  /** A write that has to change the row of one app of the person. */
  const change = (accountId: string, id: string, sql: Condition): Write =>
    changeOwned({ id, accountId }, FACTOR_UNKNOWN, sql, 'confirmed_at is not null');

  /** The compare-and-set that uses a step up. */
  function useStep(accountId: string, row: SeedRow, step: number): Write {
    const now = clock.now();
    const resealed = row.sealed_by === 'mfa' ? undefined : sealed(accountId, opened(accountId, row));
    return {
      otherwise: FACTOR_USED,
      sql: (parameter) => `
        update totp_authenticators set last_step = ${parameter(step)}, last_used_at = ${parameter(now)}${
          resealed === undefined ? '' : `, sealed_seed = ${parameter(resealed)}, sealed_by = 'mfa'`
        }
        where id = ${parameter(row.id)} and account_id = ${parameter(accountId)} and confirmed_at is not null
          and last_step < ${parameter(step)}${
            resealed === undefined ? '' : ` and sealed_seed = ${parameter(row.sealed_seed)}`
          }
        returning 1`,
    };
  }

  return {
    ...createTotpSetups(deps),

    async list(accountId, executor = database) {
      const rows = await executor.query<{
        id: string;
        name: string | null;
        created_at: Date | string;
        last_used_at: Date | string | null;
      }>(LIST, [accountId]);
      return rows.map((row) => ({
        id: row.id,
        name: row.name ?? undefined,
        createdAt: new Date(row.created_at),
        lastUsedAt: row.last_used_at === null ? undefined : new Date(row.last_used_at),
      }));
    },

    async match(accountId, typed) {
      const code = parseCode(typed);
      if (code === undefined) return { refused: 'malformed' };
      const rows = await database.query<SeedRow>(CONFIRMED, [accountId]);
      const now = clock.now();
      const matches = rows.flatMap((row) => {
        const step = matchingStep(fromBase32(opened(accountId, row)), code, now);
        return step === undefined ? [] : [{ row, step }];
      });
      const fresh = matches.find(({ row, step }) => step > row.last_step);
      if (fresh === undefined) return { refused: matches.length === 0 ? 'wrong' : 'used' };
      return { authenticatorId: fresh.row.id, write: useStep(accountId, fresh.row, fresh.step) };
    },

    rename: (accountId, id, name) =>
      change(accountId, id, (parameter) => `update totp_authenticators set name = ${parameter(name)}`),

    remove: (accountId, id) => change(accountId, id, () => 'delete from totp_authenticators'),

    removeAll: (accountId) => ({
      sql: (parameter) => `delete from totp_authenticators where account_id = ${parameter(accountId)}`,
    }),

    async adopt(tx, seeds) {
      if (seeds.length === 0) return;
      const rows = seeds.map(({ accountId, totpSecret }) => ({
        id: random.uuid(),
        account_id: accountId,
        sealed_seed: sealed(accountId, totpSecret),
      }));
      await tx.query(ADOPT, [JSON.stringify(rows), clock.now()]);
    },
  };
}
