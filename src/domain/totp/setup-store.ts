import { addSeconds, type Clock } from '../../kernel/clock.ts';
import { isUuid } from '../../kernel/ids.ts';
import { type Database, type Statement, sweepStatement } from '../../storage/database.ts';
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
import { createSeals, type SealDependencies, type SeedRow } from './seals.ts';

/** Setting an app up: from a new seed to the first code of it. */

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

/** The code with which a unit fails when its set-up is over, or was finished before. */
export const SETUP_OVER = 'factor_setup_over';

export interface TotpOwner {
  readonly id: string;
  /** Shown by the app beside the codes. */
  readonly email: string;
}

export interface TotpSetups {
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
  /** Deletes up to `limit` set-ups that ended before `before`; answers how many. */
  sweep(before: Date, limit: number): Promise<number>;
}

export interface SetupDependencies extends SealDependencies {
  readonly database: Database;
  readonly clock: Clock;
  /** The name under which an app lists us. */
  readonly issuerName: string;
}

const SETUP: Statement = {
  name: 'totp_setup',
  text: `
    select id, name, sealed_seed, sealed_by, last_step, expires_at from totp_authenticators
    where id = $1 and account_id = $2 and confirmed_at is null and expires_at > $3`,
};

const SWEEP = sweepStatement('totp_authenticators');

export function createTotpSetups(deps: SetupDependencies): TotpSetups {
  const { database, clock, random, issuerName } = deps;
  const { sealed, opened } = createSeals(deps);

  async function setupOf(accountId: string, id: string) {
    if (!isUuid(id)) return undefined;
    const [row] = await database.query<SeedRow & { name: string | null; expires_at: Date | string }>(SETUP, [
      id,
      accountId,
      clock.now(),
    ]);
    return row;
  }

  return {
    sweep: async (before, limit) => (await database.query(SWEEP, [before, limit])).length,

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
  };
}
