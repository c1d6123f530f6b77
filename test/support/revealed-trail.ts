import type { TestServer } from './server.ts';

/** An event with its personal values in the place of their digests, as far as they are kept. */
export interface RevealedEvent {
  readonly type: string;
  readonly version: number;
  readonly account: string | null;
  readonly client: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

interface Row extends RevealedEvent {
  readonly personal: readonly { readonly path: string; readonly value: string }[] | null;
}

function revealed(details: unknown, personal: Row['personal']): Record<string, unknown> {
  const copy = structuredClone(details) as Record<string, unknown>;
  for (const { path, value } of personal ?? []) {
    const names = path.split('/').slice(1);
    const last = names.pop() ?? '';
    const holder = names.reduce<Record<string, unknown>>((at, name) => at[name] as typeof at, copy);
    holder[last] = value;
  }
  return copy;
}

/** Events of one type about an account or a client, in the order in which they were written. */
export async function revealedEvents(
  { app }: Pick<TestServer, 'app'>,
  type: string,
  about: string,
): Promise<RevealedEvent[]> {
  const rows = await app.database.query<Row>(
    `select type, version, account, client, details, (
       select json_agg(json_build_object('path', path, 'value', value)) from audit_personal where event = audit_events.id)
       as personal
     from audit_events where type = $1 and $2 in (account, client, details ->> 'identifier') order by id`,
    [type, about],
  );
  return rows.map(({ personal, ...row }) => ({ ...row, details: revealed(row.details, personal) }));
}

/** The details of the last event of a type about somebody or something. */
export async function lastDetails(
  server: Pick<TestServer, 'app'>,
  type: string,
  about: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  return (await revealedEvents(server, type, about)).at(-1)?.details;
}
