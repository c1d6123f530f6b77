import type { Database, Statement } from '../../storage/database.ts';

/** When a client was last used. */
export interface ClientUse {
  readonly client: string;
  readonly at: Date;
}

/** When a secret was last used, found by its digest. */
export interface SecretUse extends ClientUse {
  readonly digest: string;
}

/** When clients and their secrets were last used, as far as that is written. */
export interface ClientUseStore {
  /** Writes them where they are later than what is written. What is not there any more is left out. */
  write(clients: readonly ClientUse[], secrets: readonly SecretUse[]): Promise<void>;
  /** Undefined where the client was not used since uses are written. */
  lastUse(client: string): Promise<Date | undefined>;
}

// In the order of their ids: two nodes that write the same clients do not wait for each other in a circle.
const WRITE_CLIENTS: Statement = {
  name: 'client_uses_write',
  text: `
    insert into client_uses (client_id, last_used_at)
    select used.client, used.at from unnest($1::text[], $2::timestamptz[]) as used (client, at)
    where exists (select from clients where id = used.client) order by used.client
    on conflict (client_id) do update set last_used_at = excluded.last_used_at
    where client_uses.last_used_at < excluded.last_used_at`,
};

const WRITE_SECRETS: Statement = {
  name: 'client_uses_write_secrets',
  text: `
    with held as (
      select secret.client_id, secret.id, used.at
      from client_secrets secret
      join unnest($1::text[], $2::text[], $3::timestamptz[]) as used (client, digest, at)
        on secret.client_id = used.client and secret.digest = used.digest
      where secret.last_used_at is null or secret.last_used_at < used.at
      order by secret.client_id, secret.id for no key update of secret)
    update client_secrets secret set last_used_at = held.at from held
    where secret.client_id = held.client_id and secret.id = held.id`,
};

const LAST_USE: Statement = {
  name: 'client_uses_last',
  text: 'select last_used_at as at from client_uses where client_id = $1',
};

export const createClientUseStore = (database: Database): ClientUseStore => ({
  async write(clients, secrets) {
    if (clients.length > 0)
      await database.query(WRITE_CLIENTS, [clients.map(({ client }) => client), clients.map(({ at }) => at)]);
    if (secrets.length > 0)
      await database.query(WRITE_SECRETS, [
        secrets.map(({ client }) => client),
        secrets.map(({ digest }) => digest),
        secrets.map(({ at }) => at),
      ]);
  },

  async lastUse(client) {
    const [row] = await database.query<{ at: Date | string }>(LAST_USE, [client]);
    return row && new Date(row.at);
  },
});
