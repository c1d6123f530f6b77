import type { EndedSessions } from '../domain/logout-deliveries/store.ts';
import { sha256 } from '../kernel/crypto.ts';
import type { Executor } from '../storage/database.ts';
import type { Condition, Write } from '../storage/unit-of-work.ts';

/** How access ends: what is deleted for a grant, a person or a client, and which clients learn of it. */

/** Has the clients of what ended told of it. */
export type EnqueueLogouts = (ended: EndedSessions) => Write;

/** Everything that hangs on a grant, and the grant: what a leaked code or token costs its family. */
export function revokeFamily(grantId: string): Write {
  return {
    sql: (parameter) => `
      delete from oidc_artifacts
      where grant_id = ${parameter(grantId)} or (model = 'Grant' and id_hash = ${parameter(sha256(grantId))})`,
  };
}

/** Everything that a client holds for a person: its grants, codes and tokens. */
export function revokeClientAccess(accountId: string, clientId: string): Write {
  return {
    sql: (parameter) => `
      delete from oidc_artifacts
      where account_id = ${parameter(accountId)} and client_id = ${parameter(clientId)}`,
  };
}

/** Everything that a client holds, for whomever. */
export function revokeAllOfClient(clientId: string): Write {
  return {
    sql: (parameter) => `delete from oidc_artifacts where client_id = ${parameter(clientId)}`,
  };
}

/** Everything of a person: sessions, grants, codes, tokens. */
export function revokeAllAccess(accountId: string): Write {
  return {
    sql: (parameter) => `delete from oidc_artifacts where account_id = ${parameter(accountId)}`,
  };
}

/** The same but for one session, its grants and what was issued under them. */
export function revokeOtherAccess(accountId: string, sessionUid: string): Write {
  return {
    sql: (parameter) => {
      const account = parameter(accountId);
      const session = `model = 'Session' and session_uid is not distinct from ${parameter(sessionUid)}`;
      const grants = `
        select client.value ->> 'grantId' as id
        from oidc_artifacts, jsonb_each(coalesce(payload -> 'authorizations', '{}')) as client
        where account_id = ${account} and ${session} and client.value ->> 'grantId' is not null`;
      return `
        delete from oidc_artifacts
        where account_id = ${account} and not (${session})
          and (grant_id is null or grant_id not in (${grants}))
          and not (model = 'Grant' and id_hash in (
            select sha256(convert_to(kept.id, 'UTF8')) from (${grants}) as kept))`;
    },
  };
}

/** Unfinished sign-ins that name somebody: as who is signed in, as who has just signed in, or by what the client hints at. */
export function forgetInteractions({ id, identifier }: { id: string; identifier: string }): Write {
  return {
    sql: (parameter) => `
      delete from oidc_artifacts where model = 'Interaction' and (
        payload #>> '{session,accountId}' = ${parameter(id)}
        or payload #>> '{result,login,accountId}' = ${parameter(id)}
        or lower(payload #>> '{params,login_hint}') = ${parameter(identifier)})`,
  };
}

/** The session of one client, as its sign-out names it. */
export const signOutOf =
  (ended: {
    sessionUid: string | undefined;
    clientId: string;
    accountId: string;
    sid: string;
  }): EndedSessions =>
  (parameter) =>
    `
    select ${parameter(ended.sessionUid ?? null)}::text as session_uid, ${parameter(ended.clientId)}::text as client_id,
      ${parameter(ended.accountId)}::text as account_id, ${parameter(ended.sid)}::text as sid`;

/** What a person's sessions are to each client that used them; `where` judges by `sessions` and `client.key`. */
const clientsOf = (sessions: string, where: Condition): EndedSessions => {
  return (parameter) => `
    select sessions.session_uid, client.key as client_id, sessions.account_id, client.value ->> 'sid' as sid
    from ${sessions} as sessions, jsonb_each(coalesce(sessions.payload -> 'authorizations', '{}')) as client
    where sessions.model = 'Session' and client.value ->> 'sid' is not null and ${where(parameter)}`;
};

/**
 * Revokes, and has the clients of the sessions that go told of it: in one statement, of those that it really deletes, as
 * they are when they go.
 */
export function revokeAndTell(executor: Executor, revoke: Write, enqueue: EnqueueLogouts): Promise<void> {
  return execute(executor, (parameter) => {
    const told = enqueue(clientsOf('gone', () => 'true')).sql(parameter);
    return `
      with gone as (${revoke.sql(parameter)} returning model, account_id, session_uid, payload), told as (${told})
      select 1`;
  });
}

/** Takes back what one client holds for a person, and tells it that their sessions there are over. */
export function revokeClientAndTell(
  executor: Executor,
  { accountId, clientId }: { accountId: string; clientId: string },
  enqueue: EnqueueLogouts,
): Promise<void> {
  return execute(executor, (parameter) => {
    const ofBoth: Condition = (value) =>
      `sessions.account_id = ${value(accountId)} and client.key = ${value(clientId)}`;
    const told = enqueue(clientsOf('oidc_artifacts', ofBoth)).sql(parameter);
    return `
      with gone as (${revokeClientAccess(accountId, clientId).sql(parameter)} returning 1), told as (${told})
      select 1`;
  });
}

/** Runs a statement that is made with its values. */
export async function execute(executor: Executor, sql: Condition): Promise<void> {
  const values: unknown[] = [];
  const text = sql((value) => `$${values.push(value)}`);
  await executor.query(text, values);
}
