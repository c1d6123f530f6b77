/**
 * Failed attempts: what is noted of sign-ins that failed, so that the person can be told of them where no lock tells.
 * This folder owns the series (how many, since when, the last from where) and when one is due to be told. It counts nothing
 * that decides about a sign-in, which is the lockout's, and leaves the mail to others.
 *
 * A series is due when it is long enough and over: the person has signed in, nobody has tried for a while, or it goes on
 * for too long to wait for that. Nobody is told twice within a day, however many try: whoever wants to fill somebody's mailbox
 * gets one mail a day out of it. A lock ends the series, since its own mail tells of it.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';
import { addSeconds, type Clock } from '../../kernel/clock.ts';
import { toStorable } from '../../kernel/text.ts';
import type { Database, Executor, Statement } from '../../storage/database.ts';
import type { Write } from '../../storage/unit-of-work.ts';

export const FailedAttemptRecord = defineEntity({
  name: 'FailedAttemptRecord',
  tableName: 'failed_attempts',
  properties: {
    accountId: p.uuid().primary(),
    failures: p.integer(),
    since: p.datetime(),
    lastAt: p.datetime().index('failed_attempts_last_at_index'),
    lastIp: p.text().nullable(),
    lastUserAgent: p.text().nullable(),
    /** When the person signed in after them. */
    signedInAt: p.datetime().nullable(),
    toldAt: p.datetime().nullable(),
  },
});

/** From where somebody tried. */
export interface FailureSighting {
  readonly at: Date;
  readonly ip: string | undefined;
  readonly userAgent: string | undefined;
}

/** Failures of which a person is to be told. */
export interface FailureSeries {
  readonly accountId: string;
  readonly failures: number;
  readonly since: Date;
  /** The last of them. */
  readonly last: FailureSighting;
  /** Whether a sign-in has succeeded after them. */
  readonly signedIn: boolean;
}

export interface FailedAttempts {
  /** Notes a failure. The statement is the same where there is nobody to note it of. */
  failed(accountId: string | undefined, sighting: FailureSighting): Write[];
  /** A lock has begun with the failure that was being told of. */
  locked(accountId: string | undefined): Write[];
  /** The person has signed in, after `own` failures of the same sign-in: those were theirs. */
  signedIn(accountId: string, own: number, at: Date): Write[];
  /** Takes up to so many series that are due; each is given out once, with the caller's transaction. */
  takeDue(tx: Executor, limit: number): Promise<FailureSeries[]>;
  /** Forgets somebody whose account is deleted. */
  forget(tx: Executor, accountId: string): Promise<void>;
  /** Forgets series that came to nothing. */
  sweep(): Promise<void>;
}

/** Nobody tries any more. */
const QUIET_SECONDS = 900;
/** So long a series is at most waited for. */
const LONGEST_SECONDS = 3_600;
const DAY_SECONDS = 86_400;
const MAX_TEXT = 512;

const TAKE_DUE: Statement = {
  name: 'failed_attempts_take_due',
  text: `
    with due as (
      select * from failed_attempts
      where failures >= $1 and (told_at is null or told_at <= $2)
        and (signed_in_at is not null or last_at <= $3 or since <= $4)
      order by last_at limit $6 for update skip locked)
    update failed_attempts as f set failures = 0, signed_in_at = null, told_at = $5
    from due where f.account_id = due.account_id
    returning due.account_id, due.failures, due.since, due.last_at, due.last_ip, due.last_user_agent, due.signed_in_at`,
};

const SWEEP: Statement = {
  name: 'failed_attempts_sweep',
  text: 'delete from failed_attempts where last_at <= $1 and failures < $2 and (told_at is null or told_at <= $1)',
};

interface Row {
  account_id: string;
  failures: number;
  since: Date | string;
  last_at: Date | string;
  last_ip: string | null;
  last_user_agent: string | null;
  signed_in_at: Date | string | null;
}

const fromRow = (row: Row): FailureSeries => ({
  accountId: row.account_id,
  failures: row.failures,
  since: new Date(row.since),
  last: {
    at: new Date(row.last_at),
    ip: row.last_ip ?? undefined,
    userAgent: row.last_user_agent ?? undefined,
  },
  signedIn: row.signed_in_at !== null,
});

const cut = (text: string | undefined) => (text === undefined ? null : toStorable(text.slice(0, MAX_TEXT)));

/** `noticeAfter`: failures of which a person is told; 0 = nobody is told, and nothing noted. */
export function createFailedAttempts(
  database: Database,
  { noticeAfter }: { readonly noticeAfter: number },
  clock: Clock,
): FailedAttempts {
  const enabled = noticeAfter > 0;
  return {
    failed: (accountId, { at, ip, userAgent }) =>
      enabled ? [recordFailure(accountId, at, ip, userAgent)] : [],

    locked: (accountId) =>
      enabled
        ? [
            {
              sql: (parameter) => `
                update failed_attempts set failures = 0, signed_in_at = null
                where account_id = ${parameter(accountId ?? null)}::uuid`,
            },
          ]
        : [],

    signedIn: (accountId, own, at) =>
      enabled
        ? [
            {
              sql: (parameter) => `
                update failed_attempts
                set failures = greatest(failures - ${parameter(own)}::int, 0), signed_in_at = ${parameter(at)}
                where account_id = ${parameter(accountId)} and failures > 0`,
            },
          ]
        : [],

    async takeDue(tx, limit) {
      if (!enabled) return [];
      const now = clock.now();
      const ago = (seconds: number) => addSeconds(now, -seconds);
      const moments = [ago(DAY_SECONDS), ago(QUIET_SECONDS), ago(LONGEST_SECONDS), now];
      return (await tx.query<Row>(TAKE_DUE, [noticeAfter, ...moments, limit])).map(fromRow);
    },

    async forget(tx, accountId) {
      await tx.query('delete from failed_attempts where account_id = $1', [accountId]);
    },

    async sweep() {
      await database.query(SWEEP, [addSeconds(clock.now(), -DAY_SECONDS), Math.max(noticeAfter, 1)]);
    },
  };

  function recordFailure(
    accountId: string | undefined,
    at: Date,
    ip: string | undefined,
    userAgent: string | undefined,
  ): Write {
    return {
      sql: (parameter) => {
        const [account, moment] = [`${parameter(accountId ?? null)}::uuid`, `${parameter(at)}::timestamptz`];
        // One that is due stays what it is and grows; of the others a new one begins after a sign-in, and after a day.
        const anew = `(f.failures < ${parameter(noticeAfter)}::int
          and (f.failures = 0 or f.signed_in_at is not null or f.last_at <= ${moment} - interval '1 day'))`;
        return `
          insert into failed_attempts as f (account_id, failures, since, last_at, last_ip, last_user_agent)
          select ${account}, 1, ${moment}, ${moment}, ${parameter(cut(ip))}, ${parameter(cut(userAgent))}
          where ${account} is not null
          on conflict (account_id) do update set
            failures = case when ${anew} then 1 else f.failures + 1 end,
            since = case when ${anew} then excluded.since else f.since end,
            last_at = excluded.last_at, last_ip = excluded.last_ip, last_user_agent = excluded.last_user_agent,
            signed_in_at = null`;
      },
    };
  }
}
