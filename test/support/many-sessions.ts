import type { Executor } from '../../src/storage/database.ts';

/** What a hospital has of sessions at the end of a shift, with everything that hangs on them, made by SQL. */
export interface ManySessions {
  readonly count: number;
  /** The applications that each was used in: ids of registered clients. */
  readonly clients: readonly string[];
  /** Begins every uid. */
  readonly prefix: string;
  /** When they are over for want of use. */
  readonly idleExpiresAt: Date;
}

/** Sessions of one statement: each well below the time that the server's statements may take. */
const STEP = 2_500;

/**
 * Adds sessions of people with two each: the protocol's session, and for each client a grant, a refresh token and the use
 * that it is told of. The records come last and together: before that, nothing is seen of them.
 */
export async function addManySessions(executor: Executor, sessions: ManySessions): Promise<void> {
  const { count, clients, prefix, idleExpiresAt } = sessions;
  for (let from = 1; from <= count; from += STEP) {
    const to = Math.min(count, from + STEP - 1);
    for (const text of hangingOn(from, to)) await executor.query(text, [prefix, [...clients]]);
  }
  await executor.query(
    `insert into sessions (uid, account_id, created_at, last_active_at, signed_in_at, idle_seconds, absolute_seconds,
       idle_expires_at, absolute_expires_at, ip, user_agent, acr)
     select $1 || n, ${PERSON}, now() - interval '2 hours', $2::timestamptz - interval '20 minutes',
       now() - interval '2 hours', 1200, 43200, $2::timestamptz + n * interval '1 microsecond',
       now() + interval '10 hours', '203.0.113.7', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0', 'aal2'
     from generate_series(1, $3) n`,
    [prefix, idleExpiresAt, count],
  );
}

const PERSON = `md5($1 || n / 2)::uuid::text`;
const GRANT = `$1 || n || '-' || client`;

function hangingOn(from: number, to: number): string[] {
  const numbers = `generate_series(${from}, ${to}) n`;
  const perClient = `${numbers}, unnest($2::text[]) client`;
  const later = `now() + interval '10 hours'`;
  return [
    `insert into session_clients (session_uid, client_id, sid, first_used_at)
     select $1 || n, client, md5(${GRANT}), now() - interval '2 hours' from ${perClient}`,
    `insert into oidc_artifacts (model, id_hash, payload, account_id, session_uid, expires_at)
     select 'Session', sha256(convert_to($1 || n, 'UTF8')),
       jsonb_build_object('kind', 'Session', 'jti', md5($1 || n), 'uid', $1 || n, 'accountId', ${PERSON},
         'acr', 'aal2', 'amr', '["pwd", "otp"]'::jsonb, 'loginTs', 1700000000, 'authorizations', (
           select jsonb_object_agg(client, jsonb_build_object('sid', md5(${GRANT}), 'grantId', ${GRANT}))
           from unnest($2::text[]) client)),
       ${PERSON}, $1 || n, ${later} from ${numbers}`,
    `insert into oidc_artifacts (model, id_hash, payload, account_id, client_id, expires_at)
     select 'Grant', sha256(convert_to(${GRANT}, 'UTF8')),
       jsonb_build_object('kind', 'Grant', 'jti', ${GRANT}, 'accountId', ${PERSON}, 'clientId', client,
         'openid', jsonb_build_object('scope', 'openid profile email')), ${PERSON}, client, ${later} from ${perClient}`,
    `insert into oidc_artifacts (model, id_hash, payload, grant_id, account_id, client_id, expires_at)
     select 'RefreshToken', sha256(convert_to('token ' || ${GRANT}, 'UTF8')),
       jsonb_build_object('kind', 'RefreshToken', 'jti', md5('token ' || ${GRANT}), 'grantId', ${GRANT},
         'accountId', ${PERSON}, 'clientId', client, 'scope', 'openid profile email', 'sessionUid', $1 || n,
         'expiresWithSession', true, 'rotations', 0, 'iiat', 1700000000),
       ${GRANT}, ${PERSON}, client, ${later} from ${perClient}`,
  ];
}
