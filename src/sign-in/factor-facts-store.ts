import type { EnrolmentState } from '../domain/second-factors/policy.ts';
import type { Clock } from '../kernel/clock.ts';
import { sha256 } from '../kernel/crypto.ts';
import type { Database, Statement } from '../storage/database.ts';
import type { FactorFacts } from './next-step.ts';

export interface FoundFacts extends FactorFacts {
  readonly state: EnrolmentState;
  readonly skippedAt: Date | undefined;
}

/** What an account has beside its password, over all rooms of factors: every sign-in asks, so it is one statement. */
export interface FactorFactsStore {
  find(accountId: string, deviceId: string | undefined): Promise<FoundFacts>;
}

const FIND: Statement = {
  name: 'sign_in_factor_facts',
  text: `
    select
      (select count(*)::int from totp_authenticators where account_id = $1 and confirmed_at is not null) as totps,
      (select count(*)::int from passkeys where account_id = $1) as passkeys,
      (select count(*)::int from recovery_codes where account_id = $1 and used_at is null) as codes,
      exists (select 1 from trusted_devices where account_id = $1 and id_hash = $2 and expires_at > $3) as trusted,
      enrolment.skips, enrolment.due, enrolment.updated_at
    from (select 1) as one left join factor_enrolments as enrolment on enrolment.account_id = $1`,
};

interface Row {
  totps: number;
  passkeys: number;
  codes: number;
  trusted: boolean;
  skips: number | null;
  due: boolean | null;
  updated_at: Date | string | null;
}

export function createFactorFactsStore(database: Database, clock: Clock): FactorFactsStore {
  return {
    async find(accountId, deviceId) {
      const device = deviceId === undefined ? null : sha256(deviceId);
      const [row] = await database.query<Row>(FIND, [accountId, device, clock.now()]);
      if (row === undefined) throw new Error('a statement over one row found none');
      const { totps, passkeys, codes, trusted, skips, due, updated_at: at } = row;
      return {
        totps,
        passkeys,
        recoveryCodes: codes,
        deviceTrusted: trusted,
        state: { skipsUsed: skips ?? 0, enrolmentDue: due ?? false },
        skippedAt: at === null || due === true || skips === 0 ? undefined : new Date(at),
      };
    },
  };
}
