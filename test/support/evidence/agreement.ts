import type { Executor } from '../../../src/storage/database.ts';

/**
 * Whether state and trail agree, looked at afterwards: a row carries the transaction that wrote it last (`xmin`), and an event the
 * one that it was written in (`xid`). Each query finds what has no counterpart, in one direction or the other.
 */

const wroteIt = (row: string) => `(e.xid::text::numeric % 4294967296)::text = ${row}.xmin::text`;

const DISAGREEMENTS: Readonly<Record<string, string>> = {
  'a session without session.started': `
    select s.uid as what from sessions s where not exists (
      select from audit_events e where e.type = 'session.started' and e.session = s.uid and e.account = s.account_id)`,
  'session.started twice, or of no session': `
    select e.session as what from audit_events e left join sessions s on s.uid = e.session and s.account_id = e.account
    where e.type = 'session.started' group by e.session having count(*) <> 1 or count(s.uid) <> 1`,
  'an ended session without session.ended and its reason': `
    select s.uid as what from sessions s where s.ended_at is not null and not exists (
      select from audit_events e where e.type = 'session.ended' and e.session = s.uid and e.details ->> 'reason' = s.end_reason)`,
  'session.ended twice, or of a session that goes on': `
    select e.session as what from audit_events e left join sessions s on s.uid = e.session and s.ended_at is not null
    where e.type = 'session.ended' group by e.session having count(*) <> 1 or count(s.uid) <> 1`,
  'a code or refresh token that was spent, and no event of it': `
    select a.model as what from oidc_artifacts a where a.consumed_at is not null and not exists (
      select from audit_events e where ${wroteIt('a')}
        and e.type in ('token.issued', 'token.refused', 'token.replayed', 'token.reuse_detected'))`,
  'a token without token.issued': `
    select a.model as what from oidc_artifacts a
    where a.model in ('AccessToken', 'RefreshToken') and a.consumed_at is null and not exists (
      select from audit_events e where ${wroteIt('a')} and e.type in ('token.issued', 'token.replayed'))`,
  'a code without authorization.granted': `
    select a.model as what from oidc_artifacts a where a.model = 'AuthorizationCode' and a.consumed_at is null and not exists (
      select from audit_events e where ${wroteIt('a')} and e.type = 'authorization.granted')`,
  // A token that came twice ends those of its family; the event of it names the account, and the session where that is known.
  'token.issued in more sessions that go on than families were ended, and no token': `
    select e.account as what from audit_events e join sessions s on s.uid = e.session and s.ended_at is null
    where e.type = 'token.issued' and not exists (
      select from oidc_artifacts a where a.model = 'AccessToken' and ${wroteIt('a')})
    group by e.account having count(distinct e.session) > (
      select count(*) from audit_events r where r.type = 'token.reuse_detected' and r.account = e.account)`,
  'an account that was changed, and no event of it': `
    select a.id::text as what from accounts a where a.updated_at > a.created_at and not exists (
      select from audit_events e where ${wroteIt('a')} and e.account = a.id::text and e.type = any($1))`,
  'a change of a profile that is nowhere': `
    select e.id::text as what from audit_events e where e.type = 'account.profile_changed' and not exists (
      select from accounts a where a.id::text = e.account and a.updated_at >= e.at - interval '1 second')`,
  'a session of somebody who has never signed in': `
    select s.uid as what from sessions s where not exists (
      select from audit_events e where e.type = 'sign_in.succeeded' and e.account = s.account_id and e.at <= s.created_at + interval '1 second')`,
};

/** What of the account itself the walks of these tests change. */
const ACCOUNT_CHANGES = ['account.profile_changed', 'password.rehashed', 'password.changed'];

/** What does not agree, one line each; the database has been left alone meanwhile. */
export async function disagreements(database: Executor): Promise<string[]> {
  const found: string[] = [];
  for (const [kind, text] of Object.entries(DISAGREEMENTS)) {
    const values = text.includes('$1') ? [ACCOUNT_CHANGES] : [];
    for (const { what } of await database.query<{ what: string }>(text, values))
      found.push(`${kind}: ${what}`);
  }
  return found;
}
