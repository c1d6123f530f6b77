import { isUsable } from '../domain/temporary-codes/store.ts';
import type { Database, Statement } from '../storage/database.ts';

/**
 * What is kept about an account that can keep its person from signing in, beside what every sign-in reads of them
 * (`person-store.ts`). For whoever helps them; a sign-in itself goes by the stores of each subject.
 */
export interface Hindrances {
  readonly disabledAt: Date | undefined;
  /** When the account will be disabled, and enabled again, by itself. */
  readonly disablesAt: Date | undefined;
  readonly enablesAt: Date | undefined;
  readonly locks: readonly { readonly ofDevice: boolean; readonly since: Date; readonly until: Date }[];
  readonly passwordDisabled: boolean;
  /** The last link to open the account with; `state` is what it depends on, as `lifecycle` writes it. */
  readonly invitation:
    | { readonly state: string | undefined; readonly revoked: boolean; readonly expiresAt: Date }
    | undefined;
  /** Until when a temporary access code works that was issued. */
  readonly codeUntil: Date | undefined;
  /** The latest mail of each kind to the present address. */
  readonly mails: readonly KeptMail[];
  /** Failed sign-ins of the time that was asked for, by their reason in the trail, the most frequent first. */
  readonly failures: readonly { readonly reason: string; readonly count: number; readonly lastAt: Date }[];
}

export interface KeptMail {
  readonly id: string;
  readonly kind: string;
  readonly state: 'waiting' | 'sent' | 'dead';
  readonly createdAt: Date;
  readonly finishedAt: Date | undefined;
  readonly bouncedAt: Date | undefined;
  readonly bouncedForGood: boolean;
}

export interface HindranceStore {
  /** One statement. `keys` are the digests under which failures are counted for what the person types. */
  of(
    accountId: string,
    about: {
      readonly keys: readonly Buffer[];
      readonly now: Date;
      readonly failuresSince: Date;
      readonly maxConsecutiveFailures: number;
    },
  ): Promise<Hindrances>;
}

/** Failures that are looked at. */
const MOST_FAILURES = 1_000;

const FIND: Statement = {
  name: 'sign_in_hindrances',
  text: `
    select
      (select disabled_at from accounts where id = $1::uuid) as disabled_at,
      (select at from scheduled_statuses where account = $1::uuid and status = 'disabled') as disables_at,
      (select at from scheduled_statuses where account = $1::uuid and status = 'active') as enables_at,
      (select coalesce(json_agg(l), '[]') from (
        select of_device, locked_at, locked_until from lockouts
        where (account_id = $1::uuid or key_hash = any($2::bytea[])) and locked_until > $3::timestamptz) l) as locks,
      exists (select from password_failures
        where account_id = $1::uuid and (disabled_at is not null or consecutive >= $4::integer)) as password_disabled,
      (select row_to_json(i) from (
        select payload ->> 'state' as state, consumed_at is not null as revoked, expires_at from one_time_links
        where account_id = $1::uuid and purpose = 'invitation' order by created_at desc, id limit 1) i) as invitation,
      (select c.expires_at from temporary_codes c
        where c.account_id = $1::uuid and ${isUsable('c', '$3::timestamptz')}) as code_until,
      (select coalesce(json_agg(m), '[]') from (
        select distinct on (kind) id, kind, state, created_at, finished_at, bounced_at, bounce_permanent
        from mail_outbox
        where account_id = $1::uuid and created_at >= coalesce((
          select max(at) from audit_events
          where account = $1::text and type in ('address.changed', 'address.restored')
            and at > $3::timestamptz - interval '31 days'), '-infinity')
        order by kind, created_at desc, id desc) m) as mails,
      (select coalesce(json_agg(f), '[]') from (
        select reason, count(*)::integer as count, max(at) as last_at from (
          select details ->> 'reason' as reason, at from audit_events
          where account = $1::text and at > $5::timestamptz and at <= $3::timestamptz and type = 'sign_in.failed'
          order by at desc limit ${MOST_FAILURES}) e
        where reason is not null group by reason order by count(*) desc, reason) f) as failures`,
};

interface Row {
  disabled_at: Date | string | null;
  disables_at: Date | string | null;
  enables_at: Date | string | null;
  locks: { of_device: boolean; locked_at: string; locked_until: string }[];
  password_disabled: boolean;
  invitation: { state: string | null; revoked: boolean; expires_at: string } | null;
  code_until: Date | string | null;
  mails: {
    id: string;
    kind: string;
    state: KeptMail['state'];
    created_at: string;
    finished_at: string | null;
    bounced_at: string | null;
    bounce_permanent: boolean | null;
  }[];
  failures: { reason: string; count: number; last_at: string }[];
}

const dateOf = (at: Date | string | null): Date | undefined => (at === null ? undefined : new Date(at));

export const createHindranceStore = (database: Pick<Database, 'query'>): HindranceStore => ({
  async of(accountId, { keys, now, failuresSince, maxConsecutiveFailures }) {
    const values = [accountId, keys, now, maxConsecutiveFailures, failuresSince];
    const [row] = await database.query<Row>(FIND, values);
    if (row === undefined) throw new Error('a statement over no table has found nothing');
    const { invitation } = row;
    return {
      disabledAt: dateOf(row.disabled_at),
      disablesAt: dateOf(row.disables_at),
      enablesAt: dateOf(row.enables_at),
      locks: row.locks.map((lock) => ({
        ofDevice: lock.of_device,
        since: new Date(lock.locked_at),
        until: new Date(lock.locked_until),
      })),
      passwordDisabled: row.password_disabled,
      invitation: invitation
        ? {
            state: invitation.state ?? undefined,
            revoked: invitation.revoked,
            expiresAt: new Date(invitation.expires_at),
          }
        : undefined,
      codeUntil: dateOf(row.code_until),
      mails: row.mails.map((mail) => ({
        id: mail.id,
        kind: mail.kind,
        state: mail.state,
        createdAt: new Date(mail.created_at),
        finishedAt: dateOf(mail.finished_at),
        bouncedAt: dateOf(mail.bounced_at),
        bouncedForGood: mail.bounce_permanent ?? false,
      })),
      failures: row.failures.map(({ reason, count, last_at: lastAt }) => ({
        reason,
        count,
        lastAt: new Date(lastAt),
      })),
    };
  },
});
