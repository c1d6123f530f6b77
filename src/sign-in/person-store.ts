import { isAddressKey, isPossibleIdentifier, normaliseIdentifier } from '../domain/accounts/policy.ts';
import { ACCOUNT_COLUMNS, type AccountRow, accountOf } from '../domain/accounts/record-store.ts';
import type { Account } from '../domain/accounts/store.ts';
import { type EnrolmentState, NOTHING_SKIPPED } from '../domain/second-factors/policy.ts';
import { type EnrolmentRow, enrolmentOf } from '../domain/second-factors/store.ts';
import { sessionLasts } from '../domain/sessions/record-store.ts';
import { isUsable } from '../domain/temporary-codes/store.ts';
import type { Clock } from '../kernel/clock.ts';
import { sha256 } from '../kernel/crypto.ts';
import type { Database, Statement } from '../storage/database.ts';
import type { FactorFacts } from './next-step.ts';

/** What is kept of an account's second factors, of all kinds. */
export interface FoundFacts extends FactorFacts {
  readonly state: EnrolmentState;
  /** When the person last put off setting one up. */
  readonly skippedAt: Date | undefined;
  /** Where the person is signed in, by the sessions' uids, the last used first. */
  readonly openSessions: readonly string[];
  /** The documents that the person has agreed to, each by its edition. */
  readonly agreed: readonly string[];
}

/** An account and all that a sign-in has to know of it. */
export interface Person {
  readonly account: Account;
  readonly facts: FoundFacts;
  /** Whether this device has signed the account in before. */
  readonly deviceIsKnown: boolean;
}

/** Every sign-in asks for all of it, more than once: so each of these is one prepared statement over several tables. */
export interface PersonStore {
  /** One statement, alike for whatever was typed; whether it is an address shows in it. */
  byIdentifier(identifier: string, deviceId: string | undefined): Promise<Person | undefined>;
  facts(accountId: string, deviceId: string | undefined): Promise<FoundFacts>;
}

/** `id`, `device` and `now` are expressions. */
const factColumns = (id: string, device: string, now: string) => `
  (select count(*)::int from totp_authenticators f where f.account_id = ${id} and f.confirmed_at is not null) as totps,
  (select count(*)::int from passkeys f where f.account_id = ${id}) as passkeys,
  (select count(*)::int from recovery_codes f where f.account_id = ${id} and f.used_at is null) as codes,
  exists (select 1 from trusted_devices f
    where f.account_id = ${id} and f.id_hash = ${device} and f.expires_at > ${now}) as trusted,
  exists (select 1 from temporary_codes f where f.account_id = ${id} and ${isUsable('f', now)}) as temporary_code,
  (select row_to_json(f) from (
    select skips, due, code_needed, updated_at from factor_enrolments where account_id = ${id}) f) as enrolment,
  (select coalesce(json_agg(f.uid order by f.last_active_at desc, f.uid), '[]') from sessions f
    where f.account_id = ${id}::text and ${sessionLasts('f', now)}) as sessions,
  (select coalesce(json_agg(f.document || ':' || f.version), '[]') from agreements f
    where f.account_id = ${id}) as agreed`;

/** The columns of a {@link PersonRow}, of a row of `accounts`. */
export const personColumns = (device: string, now: string) => `
  ${ACCOUNT_COLUMNS}, ${factColumns('accounts.id', device, now)},
  exists (select 1 from known_devices f where f.account_id = accounts.id and f.id_hash = ${device}) as device_is_known`;

interface FactsRow {
  totps: number;
  passkeys: number;
  codes: number;
  trusted: boolean;
  temporary_code: boolean;
  enrolment: (EnrolmentRow & { updated_at: string }) | null;
  sessions: string[];
  agreed: string[];
}

export interface PersonRow extends AccountRow, FactsRow {
  device_is_known: boolean;
}

const BY_EMAIL: Statement = {
  name: 'sign_in_person_by_identifier',
  text: `select ${personColumns('$2::bytea', '$3::timestamptz')} from accounts where email_key = $1`,
};

const BY_USERNAME: Statement = {
  name: 'sign_in_person_by_username',
  text: `select ${personColumns('$2::bytea', '$3::timestamptz')} from accounts where username_key = $1`,
};

const FACTS: Statement = {
  name: 'sign_in_facts',
  text: `select ${factColumns('$1::uuid', '$2::bytea', '$3::timestamptz')}`,
};

/** How devices are kept: by the digest of what their cookie holds. */
export const deviceHash = (deviceId: string | undefined): Buffer | null =>
  deviceId === undefined ? null : sha256(deviceId);

export function createPersonStore(database: Database, clock: Clock): PersonStore {
  return {
    async byIdentifier(identifier, deviceId) {
      const key = normaliseIdentifier(identifier);
      // The impossible costs the same round trip as the unknown.
      const values = [isPossibleIdentifier(key) ? key : '', deviceHash(deviceId), clock.now()];
      const [row] = await database.query<PersonRow>(isAddressKey(key) ? BY_EMAIL : BY_USERNAME, values);
      return row && personOf(row, clock.now());
    },

    async facts(accountId, deviceId) {
      const [row] = await database.query<FactsRow>(FACTS, [accountId, deviceHash(deviceId), clock.now()]);
      if (row === undefined) throw new Error('a statement over no table has found nothing');
      return factsOf(row);
    },
  };
}

export const personOf = (row: PersonRow, now: Date): Person => ({
  account: accountOf(row, now),
  facts: factsOf(row),
  deviceIsKnown: row.device_is_known,
});

function factsOf(row: FactsRow): FoundFacts {
  const { totps, passkeys, codes, trusted, temporary_code: temporaryCode, enrolment, sessions } = row;
  const state = enrolment === null ? NOTHING_SKIPPED : enrolmentOf(enrolment);
  const skipped = enrolment !== null && state.skipsUsed > 0 && !state.enrolmentDue;
  return {
    held: {
      totp: totps,
      passkey: passkeys,
      recovery_code: codes,
      temporary_code: temporaryCode ? 1 : 0,
    },
    deviceTrusted: trusted,
    codeNeeded: state.codeNeeded,
    state,
    skippedAt: skipped ? new Date(enrolment.updated_at) : undefined,
    openSessions: sessions,
    agreed: row.agreed,
  };
}
