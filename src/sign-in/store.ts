import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Clock } from '../kernel/clock.ts';
import { sha256 } from '../kernel/crypto.ts';
import { type Database, type Executor, type Statement, sweepStatement } from '../storage/database.ts';
import type { Condition, Write } from '../storage/unit-of-work.ts';
import { type Attempt, newAttempt, type PasswordChange, type ProvenFactor, voided } from './attempt.ts';
import type { FactorKind, OwnFactorKind } from './factors/kinds.ts';
import { deviceHash, type Person, type PersonRow, personColumns, personOf } from './person-store.ts';

export const SignInAttemptRecord = defineEntity({
  name: 'SignInAttemptRecord',
  tableName: 'sign_in_attempts',
  properties: {
    idHash: p.blob().primary(),
    evidence: p.json<Evidence>(),
    createdAt: p.datetime(),
    expiresAt: p.datetime().index('sign_in_attempts_expires_at_index'),
    completedAt: p.datetime().nullable(),
  },
});

interface Evidence {
  readonly accountId?: string;
  readonly accessEpoch?: number;
  readonly passwordAt?: string;
  readonly passwordSetAt?: string;
  readonly passwordChange?: { readonly reason: PasswordChange['reason']; readonly setAt?: string };
  readonly secondFactor?: StoredKey & { readonly kind: FactorKind };
  readonly passkey?: StoredKey;
  readonly carriedAt?: string;
  readonly changeBegunAt?: string;
  /** Those that are missing are false: attempts of an earlier version have none of them. */
  readonly codesPending?: boolean;
  readonly skipped?: boolean;
  readonly trusts?: boolean;
  readonly ending?: readonly string[];
  readonly agreed?: readonly string[];
  readonly failures: number;
  /** Missing in attempts of an earlier version: none of their changes was counted. */
  readonly revision?: number;
  /** Where to send a person who comes back after the end. */
  readonly clientId?: string;
}

interface StoredKey {
  readonly id: string;
  readonly at: string;
  readonly synced: boolean;
}

/** The code with which a unit fails when the attempt was completed by another request meanwhile. */
export const ATTEMPT_COMPLETED = 'attempt_completed';

/** The code with which a unit fails that was decided of an earlier revision of the attempt, or of one that is over by now. */
export const ATTEMPT_CHANGED = 'attempt_changed';

/** As SQL: how often what is stored was changed. */
const REVISION = `coalesce((sign_in_attempts.evidence ->> 'revision')::integer, 0)`;

/** As SQL: what is stored of failures, which other requests may have counted meanwhile. */
const FAILURES = `coalesce((sign_in_attempts.evidence ->> 'failures')::integer, 0)`;

/** Whether there is a factor of each kind with this id. */
const IS_THERE: Readonly<Record<OwnFactorKind, (id: string) => string>> = {
  passkey: (id) => `exists (select 1 from passkeys f where f.id = ${id})`,
  totp: (id) =>
    `exists (select 1 from totp_authenticators f where f.id = ${id} and f.confirmed_at is not null)`,
};

/** Whether what was shown is still a factor of the account. What has no id was no app and no passkey of this attempt. */
const stands = (shown: string) => {
  const id = `(t.evidence #>> '{${shown},id}')`;
  const isThere = Object.values(IS_THERE).map((sql) => sql(`${id}::uuid`));
  return `case when coalesce(${id}, '') = '' then true else ${isThere.join(' or ')} end`;
};

const ATTEMPT_COLUMNS = `t.evidence, t.completed_at, ${stands('secondFactor' satisfies keyof Evidence)} as factor_stands,
  ${stands('passkey' satisfies keyof Evidence)} as passkey_stands`;

const FIND: Statement = {
  name: 'attempts_find',
  text: `select ${ATTEMPT_COLUMNS} from sign_in_attempts t where id_hash = $1`,
};

/** With the person whose attempt it is, or else would be. */
const FIND_WITH_PERSON: Statement = {
  name: 'attempts_find_with_person',
  text: `
    select ${ATTEMPT_COLUMNS}, (select row_to_json(person) from (
      select ${personColumns('$3::bytea', '$4::timestamptz')} from accounts
      where id = coalesce((t.evidence ->> 'accountId')::uuid, $2::uuid)) person) as person
    from (select 1) one left join sign_in_attempts t on t.id_hash = $1`,
};

interface Row {
  evidence: Evidence;
  completed_at: Date | string | null;
  factor_stands: boolean;
  passkey_stands: boolean;
}

interface RowWithPerson extends Omit<Row, 'evidence'> {
  evidence: Evidence | null;
  person: PersonRow | null;
}

const SWEEP = sweepStatement('sign_in_attempts');

interface AboutAttempt {
  readonly clientId: string | undefined;
  readonly now: Date;
  readonly expiresAt: Date;
}

export interface AttemptStore {
  /** The attempt of an interaction; a new one when nothing was submitted yet. */
  find(id: string): Promise<Attempt>;
  /**
   * The same and, in the same statement, its person; for an attempt without a person yet, the one with the id
   * `otherwise`.
   */
  findWithPerson(
    id: string,
    otherwise: string | undefined,
    deviceId: string | undefined,
  ): Promise<{ attempt: Attempt; person: Person | undefined }>;
  /** The client of an attempt that was completed or closed; undefined for everything else. */
  clientOfCompleted(id: string): Promise<string | undefined>;
  /**
   * What has become of it by something that was shown or chosen. Loses with {@link ATTEMPT_CHANGED} against every request that
   * changed it since it was read: two that were decided of the same evidence must not both count, and what is in flight must not
   * bring back what somebody has begun anew.
   */
  save(attempt: Attempt, about: AboutAttempt): Write;
  /** Counts a failure, whatever else has become of it. Loses with {@link ATTEMPT_COMPLETED} against a request that completed it. */
  failed(id: string, about: AboutAttempt): Write;
  /**
   * Notes when setting up a factor, or choosing a password, began, and nothing else: a form that was posted meanwhile has the
   * last word.
   */
  changeBegun(id: string, about: AboutAttempt): Write;
  /** Under way anew, whatever it has come to: what it held as evidence is gone. */
  restart(attempt: Attempt, about: AboutAttempt): Write;
  /** Under way again, as if it had not been completed: its person has something left to choose. */
  reopen(id: string): Write;
  /** Notes that an interaction ended otherwise: cancelled, or at the consent page. Nothing can be submitted to it. */
  close(id: string, about: { clientId: string; now: Date; expiresAt: Date }): Write;
  /** Fails the unit with {@link ATTEMPT_COMPLETED} unless the sign-in is under way; whoever ends it meanwhile waits. */
  underWay(id: string): Write;
  /** Forgets the attempts of an account that is deleted. */
  forgetAccount(tx: Executor, accountId: string): Promise<void>;
  /** Deletes up to `limit` of those that expired before `before`; answers how many. */
  sweep(before: Date, limit: number): Promise<number>;
}

export function createAttemptStore(database: Database, clock: Clock): AttemptStore {
  const read = async (id: string) => (await database.query<Row>(FIND, [sha256(id)]))[0];
  return {
    underWay: (id) => ({
      otherwise: ATTEMPT_COMPLETED,
      sql: (parameter) => `
        select 1 from sign_in_attempts where id_hash = ${parameter(sha256(id))} and completed_at is null for share`,
    }),
    async forgetAccount(tx, accountId) {
      await tx.query(`delete from sign_in_attempts where evidence ->> 'accountId' = $1`, [accountId]);
    },
    sweep: async (before, limit) => (await database.query(SWEEP, [before, limit])).length,
    async find(id) {
      const row = await read(id);
      return row === undefined ? newAttempt(id) : attemptOf(id, row);
    },

    async findWithPerson(id, otherwise, deviceId) {
      const values = [sha256(id), otherwise ?? null, deviceHash(deviceId), clock.now()];
      const [row] = await database.query<RowWithPerson>(FIND_WITH_PERSON, values);
      const { evidence = null, person = null } = row ?? {};
      const attempt =
        row === undefined || evidence === null ? newAttempt(id) : attemptOf(id, { ...row, evidence });
      return { attempt, person: person === null ? undefined : personOf(person, clock.now()) };
    },

    async clientOfCompleted(id) {
      const row = await read(id);
      return row?.completed_at ? row.evidence.clientId : undefined;
    },

    save: (attempt, about) =>
      stored(
        attempt,
        about,
        (parameter) =>
          `sign_in_attempts.completed_at is null and ${REVISION} = ${parameter(attempt.revision)}::integer`,
      ),
    failed: (id, { clientId, now, expiresAt }) => ({
      otherwise: ATTEMPT_COMPLETED,
      sql: (parameter) => `
        insert into sign_in_attempts (id_hash, evidence, created_at, expires_at)
        values (${parameter(sha256(id))}, ${parameter(JSON.stringify({ failures: 1, clientId } satisfies Loose<Evidence>))},
          ${parameter(now)}, ${parameter(expiresAt)})
        on conflict (id_hash) do update set evidence = sign_in_attempts.evidence
          || jsonb_build_object('failures', ${FAILURES} + 1)
        where sign_in_attempts.completed_at is null
        returning 1`,
    }),
    changeBegun: (id, { clientId, now, expiresAt }) => {
      const begun: Loose<Evidence> = { failures: 0, clientId, changeBegunAt: now };
      return {
        sql: (parameter) => `
          insert into sign_in_attempts (id_hash, evidence, created_at, expires_at)
          values (${parameter(sha256(id))}, ${parameter(JSON.stringify(begun))},
            ${parameter(now)}, ${parameter(expiresAt)})
          on conflict (id_hash) do update set evidence = sign_in_attempts.evidence
            || jsonb_build_object('changeBegunAt', excluded.evidence -> 'changeBegunAt')
          where sign_in_attempts.completed_at is null
          returning 1`,
      };
    },
    restart: (attempt, about) => stored({ ...voided(attempt), completed: false }, about, () => 'true'),

    reopen: (id) => ({
      sql: (parameter) => `
        update sign_in_attempts set completed_at = null, evidence = evidence - 'ending'
        where id_hash = ${parameter(sha256(id))} and completed_at is not null`,
    }),

    close: (id, { clientId, now, expiresAt }) => ({
      sql: (parameter) => `
        insert into sign_in_attempts (id_hash, evidence, created_at, expires_at, completed_at)
        values (${parameter(sha256(id))}, ${parameter(JSON.stringify({ failures: 0, clientId } satisfies Loose<Evidence>))},
          ${parameter(now)}, ${parameter(expiresAt)}, ${parameter(now)})
        on conflict (id_hash) do update
        set completed_at = coalesce(sign_in_attempts.completed_at, excluded.completed_at)
        returning 1`,
    }),
  };
}

/** `when` says which attempt may be overwritten that is there. */
const stored = (
  { id, completed, ...attempt }: Attempt,
  { clientId, now, expiresAt }: AboutAttempt,
  when: Condition,
): Write => ({
  otherwise: ATTEMPT_CHANGED,
  sql: (parameter) => `
    insert into sign_in_attempts (id_hash, evidence, created_at, expires_at, completed_at)
    values (${parameter(sha256(id))},
      ${parameter(JSON.stringify({ ...attempt, revision: attempt.revision + 1, clientId } satisfies Loose<Evidence>))},
      ${parameter(now)}, ${parameter(expiresAt)}, ${parameter(completed ? now : null)})
    on conflict (id_hash) do update set completed_at = excluded.completed_at,
      evidence = excluded.evidence || jsonb_build_object('revision', ${REVISION} + 1, 'failures', ${FAILURES})
    where ${when(parameter)}
    returning 1`,
});

/** A factor that was removed since it was shown proves nothing any more, whatever others the person has. */
function attemptOf(id: string, row: Row): Attempt {
  const attempt = fromEvidence(id, row.evidence, row.completed_at !== null);
  const { secondFactor, passkey } = attempt;
  return {
    ...attempt,
    secondFactor: row.factor_stands ? secondFactor : undefined,
    passkey: row.passkey_stands ? passkey : undefined,
  };
}

function fromEvidence(id: string, evidence: Evidence, completed: boolean): Attempt {
  const { accountId, passwordAt, passwordSetAt, passwordChange, secondFactor, passkey, carriedAt } = evidence;
  return {
    id,
    accountId,
    // One of an earlier version, which knew of no epochs, is of the first.
    accessEpoch: accountId === undefined ? undefined : (evidence.accessEpoch ?? 0),
    passwordAt: dateOf(passwordAt),
    passwordSetAt: dateOf(passwordSetAt),
    passwordChange: passwordChange && { ...passwordChange, setAt: dateOf(passwordChange.setAt) },
    secondFactor: secondFactor && (keyOf(secondFactor) as ProvenFactor),
    passkey: passkey && keyOf(passkey),
    carriedAt: dateOf(carriedAt),
    changeBegunAt: dateOf(evidence.changeBegunAt),
    codesPending: evidence.codesPending ?? false,
    skipped: evidence.skipped ?? false,
    trusts: evidence.trusts ?? false,
    ending: evidence.ending ?? [],
    agreed: evidence.agreed ?? [],
    failures: evidence.failures,
    completed,
    revision: evidence.revision ?? 0,
  };
}

const keyOf = <Key extends StoredKey>(key: Key) => ({ ...key, at: new Date(key.at) });

const dateOf = (text: string | undefined) => (text === undefined ? undefined : new Date(text));

/** JSON leaves out what is undefined and writes dates as text. */
type Loose<T> = T extends object ? { [K in keyof T]: Loose<T[K]> | Date | undefined } : T;
