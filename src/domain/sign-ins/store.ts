/**
 * Sign-ins: when, from where and how an account was last signed in to, for its owner, who would notice one that was not theirs
 * (NIST SP 800-53, AC-9: previous logon notification). This folder owns the last few of each account. The evidence for auditors
 * is the audit trail, and what is open now are sessions.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';
import { toStorable } from '../../kernel/text.ts';
import type { Database, Executor, Statement } from '../../storage/database.ts';
import type { Write } from '../../storage/unit-of-work.ts';

export const SignInRecord = defineEntity({
  name: 'SignInRecord',
  tableName: 'sign_ins',
  properties: {
    accountId: p.text().primary(),
    /** The session that began with it. */
    sessionUid: p.text().primary(),
    at: p.datetime(),
    acr: p.text().nullable(),
    ip: p.text().nullable(),
    userAgent: p.text().nullable(),
  },
});

/** A sign-in with which a session began. */
export interface SignIn {
  readonly at: Date;
  /** The level that was reached. */
  readonly acr: string | undefined;
  readonly ip: string | undefined;
  readonly userAgent: string | undefined;
}

export interface SignInStore {
  /** Keeps a sign-in, and forgets those beyond the last {@link KEPT} of the account. For the unit in which its session begins. */
  record(accountId: string, sessionUid: string, signIn: SignIn): Write[];
  /**
   * The last sign-in before the one with which this session began; `since` stands in for that where it was not kept. Undefined where
   * none is known.
   */
  before(accountId: string, sessionUid: string, since: Date): Promise<SignIn | undefined>;
  /** Forgets the account's. */
  forgetAccount(executor: Executor, accountId: string): Promise<void>;
}

/** More than anybody has sessions at a time: the one before a session is still there while the session lasts. */
const KEPT = 20;
const MAX_TEXT = 512;

const BEFORE: Statement = {
  name: 'sign_ins_before',
  text: `
    select at, acr, ip, user_agent from sign_ins
    where account_id = $1 and session_uid <> $2
      and at <= coalesce((select at from sign_ins where account_id = $1 and session_uid = $2), $3)
    order by at desc, session_uid limit 1`,
};

const FORGET_ACCOUNT: Statement = {
  name: 'sign_ins_forget_account',
  text: 'delete from sign_ins where account_id = $1',
};

interface Row {
  at: Date | string;
  acr: string | null;
  ip: string | null;
  user_agent: string | null;
}

const cut = (text: string | undefined) => (text === undefined ? null : toStorable(text.slice(0, MAX_TEXT)));

export function createSignInStore(database: Database): SignInStore {
  return {
    record: (accountId, sessionUid, { at, acr, ip, userAgent }) => [
      {
        sql: (parameter) => `
          insert into sign_ins (account_id, session_uid, at, acr, ip, user_agent)
          values (${[accountId, sessionUid, at, acr ?? null, cut(ip), cut(userAgent)].map(parameter).join(', ')})
          on conflict (account_id, session_uid) do update set
            at = excluded.at, acr = excluded.acr, ip = excluded.ip, user_agent = excluded.user_agent`,
      },
      // Never the row above, which this statement does not see.
      {
        sql: (parameter) => `
          delete from sign_ins where (account_id, session_uid) in (
            select account_id, session_uid from sign_ins
            where account_id = ${parameter(accountId)} and session_uid <> ${parameter(sessionUid)}
            order by at desc, session_uid offset ${KEPT - 1})`,
      },
    ],

    async before(accountId, sessionUid, since) {
      const [row] = await database.query<Row>(BEFORE, [accountId, sessionUid, since]);
      if (row === undefined) return undefined;
      return {
        at: new Date(row.at),
        acr: row.acr ?? undefined,
        ip: row.ip ?? undefined,
        userAgent: row.user_agent ?? undefined,
      };
    },

    async forgetAccount(executor, accountId) {
      await executor.query(FORGET_ACCOUNT, [accountId]);
    },
  };
}
