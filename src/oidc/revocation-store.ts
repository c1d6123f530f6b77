import { sha256 } from '../kernel/crypto.ts';
import type { Write } from '../storage/unit-of-work.ts';

/**
 * How access ends: what is deleted for a grant, a person or a client. With the record of a JWT access token its index becomes
 * one of those that are revoked: the table does that by itself, for whoever deletes it before its time.
 */

/**
 * Everything that hangs on a grant, and the grant: what a leaked code or token costs its family. Under `name` a row for each
 * that was there.
 */
export function revokeFamily(grantId: string, name?: string): Write {
  return {
    ...(name === undefined ? {} : { name }),
    sql: (parameter) => `
      delete from oidc_artifacts
      where grant_id = ${parameter(grantId)} or (model = 'Grant' and id_hash = ${parameter(sha256(grantId))})
      returning 1`,
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

/** What clients were issued for the person's presence in a session that they have left and that goes on without them. */
export function revokeOfLeft(sessionUid: string, accountId: string, clientIds: readonly string[]): Write {
  return {
    sql: (parameter) => `
      delete from oidc_artifacts
      where account_id = ${parameter(accountId)} and client_id = any (${parameter([...clientIds])}::text[])
        and (payload ->> 'expiresWithSession')::boolean and payload ->> 'sessionUid' = ${parameter(sessionUid)}`,
  };
}

/** An account, and what its person signs in with: the address and the user name, normalised. */
export interface NamedAccount {
  readonly id: string;
  readonly identifiers: readonly string[];
}

/**
 * Unfinished sign-ins that name somebody: as the person signed in, as the one who has just signed in, or in the hint of the
 * client.
 */
export function forgetInteractions({ id, identifiers }: NamedAccount): Write {
  return {
    sql: (parameter) => `
      delete from oidc_artifacts where model = 'Interaction' and (
        payload #>> '{session,accountId}' = ${parameter(id)}
        or payload #>> '{result,login,accountId}' = ${parameter(id)}
        or lower(payload #>> '{params,login_hint}') = any (${parameter([...identifiers])}::text[]))`,
  };
}

/**
 * What the protocol keeps of the sessions that a write of the unit has ended, which is called `ended`: the sessions, and what
 * was issued in them. What was granted for a person's absence stays, unless `offline`; so does a sign-in under way, which may
 * be somebody else's in the same browser.
 */
export function revokeSessions(ended: string, offline: boolean): Write[] {
  // Arrays keep the planner to the indexes, however many sessions end at once; and as only sessions have a session_uid, none
  // of the statements says so: asked for all sessions as well, it would read every one of them for each batch.
  const uids = `any (array(select uid from ${ended}))`;
  const grants = (which: string, id = `client.value ->> 'grantId'`) => `any (array(
    select ${id} from oidc_artifacts session, jsonb_each(coalesce(session.payload -> 'authorizations', '{}')) as client
    where session.session_uid = ${uids} and client.value ->> 'grantId' is not null
      and ${which}))`;
  const persists = `coalesce((client.value ->> 'persistsLogout')::boolean, false)`;
  const dies = offline ? 'true' : `not ${persists}`;
  const hash = `sha256(convert_to(client.value ->> 'grantId', 'UTF8'))`;
  return [
    { sql: () => `delete from oidc_artifacts where model <> 'Interaction' and grant_id = ${grants(dies)}` },
    { sql: () => `delete from oidc_artifacts where model = 'Grant' and id_hash = ${grants(dies, hash)}` },
    {
      // What was issued for the person's presence under a grant that is for their absence as well.
      sql: () => `
        delete from oidc_artifacts
        where model <> 'Interaction' and grant_id = ${grants(persists)}
          and (payload ->> 'expiresWithSession')::boolean and payload ->> 'sessionUid' = ${uids}`,
    },
    { sql: () => `delete from oidc_artifacts where session_uid = ${uids}` },
  ];
}

/**
 * The same of sessions that the statement has waited for: of what was stored meanwhile, a session that began and the tokens
 * that were issued in it, the snapshot of the statement knows nothing, so a function looks anew. Counted, so that it is run.
 */
export function revokeSessionsNow(ended: string, offline: boolean): Write {
  return {
    counted: () => undefined,
    sql: (parameter) => `select revoke_access_of_session(uid, ${parameter(offline)}::boolean) from ${ended}`,
  };
}
