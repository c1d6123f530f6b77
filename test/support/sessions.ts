import type { TestServer } from './server.ts';

/** A session's record as the database has it. */
export interface SessionRow {
  readonly uid: string;
  readonly account_id: string;
  readonly created_at: Date;
  readonly last_active_at: Date;
  readonly idle_expires_at: Date;
  readonly absolute_expires_at: Date;
  readonly ip: string | null;
  readonly user_agent: string | null;
  readonly acr: string | null;
  readonly shared: boolean;
  readonly ended_at: Date | null;
  readonly end_reason: string | null;
  readonly clients: Record<string, string> | null;
}

/** The records of a person's sessions, in the order in which they began. */
export async function sessionsOf(server: TestServer, accountId: string): Promise<SessionRow[]> {
  const rows = await server.app.database.query<SessionRow>(
    `select *, (select jsonb_object_agg(client_id, sid) from session_clients where session_uid = uid) as clients
     from sessions where account_id = $1 order by created_at, uid`,
    [accountId],
  );
  const date = (value: Date | null) => value && new Date(value);
  return rows.map((row) => ({
    ...row,
    created_at: new Date(row.created_at),
    last_active_at: new Date(row.last_active_at),
    idle_expires_at: new Date(row.idle_expires_at),
    absolute_expires_at: new Date(row.absolute_expires_at),
    ended_at: date(row.ended_at),
  }));
}
