/**
 * TOTP: authenticator apps (RFC 6238). This room owns their seeds, sealed, and which step of each was used last. Whether
 * one is asked for, what a failure costs and what the person is told, it leaves to others.
 */
import { addSeconds, type Clock } from '../../kernel/clock.ts';
import { type Keyring, seal, unseal } from '../../kernel/crypto.ts';
import type { Randomness } from '../../kernel/ids.ts';
import { type Database, type Executor, type Statement, sweepStatement } from '../../storage/database.ts';
import type { Write } from '../../storage/unit-of-work.ts';
import { fromBase32, toBase32 } from './base32.ts';
import {
  MAX_AUTHENTICATORS,
  MAX_SETUPS,
  matchingStep,
  otpauthUri,
  parseCode,
  SEED_BYTES,
  SETUP_SECONDS,
} from './policy.ts';

export interface Authenticator {
  readonly id: string;
  /** What its owner calls it; an imported one has no name. */
  readonly name: string | undefined;
  /** When it was set up, to the end. */
  readonly createdAt: Date;
  readonly lastUsedAt: Date | undefined;
}

/** What somebody who sets an app up has to see, and nobody ever after. */
export interface TotpSetup {
  readonly id: string;
  readonly name: string | undefined;
  /** Base32, without padding. */
  readonly secret: string;
  readonly otpauthUri: string;
  readonly expiresAt: Date;
}

/** `malformed`: not six digits; `used`: a code of a step that was used, or of an earlier one. */
export type TotpRefusal = 'malformed' | 'wrong' | 'used';

export type TotpMatch =
  /** `write` moves the last step on, and fails the unit with {@link FACTOR_USED} when somebody was faster. */
  { readonly authenticatorId: string; readonly write: Write } | { readonly refused: TotpRefusal };

/** The code with which a unit fails whose one-time code somebody else has used meanwhile. */
export const FACTOR_USED = 'factor_used';
/** … whose authenticator is not there, or not the person's. */
export const FACTOR_UNKNOWN = 'factor_unknown';
/** … whose set-up is over, or was finished before. */
export const SETUP_OVER = 'factor_setup_over';

export interface TotpOwner {
  readonly id: string;
  /** Shown by the app beside the codes. */
  readonly email: string;
}

export interface ImportedSeed {
  readonly accountId: string;
  /** The shared secret of RFC 6238, base32 without padding. */
  readonly totpSecret: string;
}

export interface TotpStore {
  /** The apps that are set up, the oldest first; with an executor, as its transaction sees them. */
  list(accountId: string, executor?: Executor): Promise<Authenticator[]>;
  /** Begins a set-up. It counts for nothing before it is confirmed. */
  begin(owner: TotpOwner, name?: string): TotpSetup & { readonly writes: Write[] };
  /** A set-up under way, to show it again; undefined when it is over, finished, or somebody else's. */
  setup(owner: TotpOwner, id: string): Promise<TotpSetup | undefined>;
  /**
   * Finishes a set-up with a code of the app, which is used by that; with a name, it is called so. Its write fails with
   * {@link SETUP_OVER}.
   */
  confirm(
    owner: TotpOwner,
    id: string,
    code: string,
    name?: string,
  ): Promise<{ readonly write: Write } | { readonly refused: TotpRefusal | 'over' }>;
  /** Whose code this is, of all apps of the person. One prepared statement; nothing is changed before `write` is. */
  match(accountId: string, code: string): Promise<TotpMatch>;
  /** Fails with {@link FACTOR_UNKNOWN}. */
  rename(accountId: string, id: string, name: string): Write;
  /** Fails with {@link FACTOR_UNKNOWN}. */
  remove(accountId: string, id: string): Write;
  /** Set-ups under way included. */
  removeAll(accountId: string): Write;
  /** Takes seeds over from elsewhere. They count as set up: their owners have the app. */
  adopt(tx: Executor, seeds: readonly ImportedSeed[]): Promise<void>;
  /** Deletes up to `limit` set-ups that ended before `before`; answers how many. */
  sweep(before: Date, limit: number): Promise<number>;
}

export interface TotpDependencies {
  readonly database: Database;
  /** Seals and opens. */
  readonly keyring: Keyring;
  /** Opens what was imported before there was a keyring for factors. */
  readonly generalKeyring: Keyring;
  readonly clock: Clock;
  readonly random: Randomness;
  /** The name under which an app lists us. */
  readonly issuerName: string;
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

const SETUP: Statement = {
  name: 'totp_setup',
  text: `
    select id, name, sealed_seed, sealed_by, last_step, expires_at from totp_authenticators
    where id = $1 and account_id = $2 and confirmed_at is null and expires_at > $3`,
};

const ADOPT: Statement = {
  name: 'totp_adopt',
  text: `
    insert into totp_authenticators (id, account_id, sealed_seed, sealed_by, last_step, created_at, confirmed_at)
    select id, account_id, sealed_seed, 'mfa', 0, $2, $2
    from jsonb_to_recordset($1::jsonb) as row(id uuid, account_id uuid, sealed_seed text)`,
};

const SWEEP = sweepStatement('totp_authenticators');

interface SeedRow {
  id: string;
  sealed_seed: string;
  sealed_by: 'mfa' | 'general';
  last_step: number;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const sealContext = (accountId: string) => `totp:${accountId}`;

export function createTotpStore(deps: TotpDependencies): TotpStore {
  const { database, keyring, generalKeyring, clock, random, issuerName } = deps;

  const sealed = (accountId: string, secret: string) => seal(keyring, random, sealContext(accountId), secret);
  const opened = (accountId: string, { sealed_seed: value, sealed_by: by }: SeedRow) =>
    unseal(by === 'mfa' ? keyring : generalKeyring, sealContext(accountId), value).toString();

  async function setupOf(accountId: string, id: string) {
    if (!UUID.test(id)) return undefined;
    const [row] = await database.query<SeedRow & { name: string | null; expires_at: Date | string }>(SETUP, [
      id,
      accountId,
      clock.now(),
    ]);
    return row;
  }

  /** A write that has to change the row of one app of the person. */
  const change = (
    accountId: string,
    id: string,
    sql: (parameter: (value: unknown) => string) => string,
  ): Write => ({
    otherwise: FACTOR_UNKNOWN,
    sql: (parameter) =>
      `${sql(parameter)} where id = ${parameter(UUID.test(id) ? id : null)}::uuid and account_id = ${parameter(accountId)}
        and confirmed_at is not null returning 1`,
  });

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
    sweep: async (before, limit) => (await database.query(SWEEP, [before, limit])).length,

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

    begin({ id: accountId, email }, name) {
      const id = random.uuid();
      const now = clock.now();
      const expiresAt = addSeconds(now, SETUP_SECONDS);
      const secret = toBase32(random.bytes(SEED_BYTES));
      const sealedSeed = sealed(accountId, secret);
      const insert: Write = {
        sql: (parameter) => `
          insert into totp_authenticators (id, account_id, name, sealed_seed, sealed_by, last_step, created_at, expires_at)
          values (${parameter(id)}, ${parameter(accountId)}, ${parameter(name ?? null)}, ${parameter(sealedSeed)}, 'mfa', 0,
            ${parameter(now)}, ${parameter(expiresAt)})`,
      };
      const forget: Write = {
        sql: (parameter) => `
          delete from totp_authenticators where id in (
            select id from totp_authenticators
            where account_id = ${parameter(accountId)} and confirmed_at is null
            order by created_at desc, id offset ${MAX_SETUPS - 1})`,
      };
      const uri = otpauthUri(issuerName, email, secret);
      return { id, name, secret, otpauthUri: uri, expiresAt, writes: [insert, forget] };
    },

    async setup({ id: accountId, email }, id) {
      const row = await setupOf(accountId, id);
      if (row === undefined) return undefined;
      const secret = opened(accountId, row);
      return {
        id: row.id,
        name: row.name ?? undefined,
        secret,
        otpauthUri: otpauthUri(issuerName, email, secret),
        expiresAt: new Date(row.expires_at),
      };
    },

    async confirm({ id: accountId }, id, typed, name) {
      const code = parseCode(typed);
      if (code === undefined) return { refused: 'malformed' };
      const row = await setupOf(accountId, id);
      if (row === undefined) return { refused: 'over' };
      const now = clock.now();
      const step = matchingStep(fromBase32(opened(accountId, row)), code, now);
      if (step === undefined) return { refused: 'wrong' };
      return {
        write: {
          otherwise: SETUP_OVER,
          sql: (parameter) => `
            update totp_authenticators
            set confirmed_at = ${parameter(now)}, last_used_at = ${parameter(now)}, expires_at = null,
              last_step = ${parameter(step)}, name = coalesce(${parameter(name ?? null)}, name)
            where id = ${parameter(row.id)} and account_id = ${parameter(accountId)} and confirmed_at is null
              and ${MAX_AUTHENTICATORS} > (
                select count(*) from totp_authenticators
                where account_id = ${parameter(accountId)} and confirmed_at is not null)
            returning 1`,
        },
      };
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
