import { isUuid } from '../../../kernel/ids.ts';
import type { Executor } from '../../../storage/database.ts';

/** What people call an account or a client today. The trail has ids; who is gone has no name any more. */
export interface Labels {
  readonly accounts: ReadonlyMap<string, { readonly name: string; readonly email: string }>;
  readonly clients: ReadonlyMap<string, { readonly name: string }>;
}

const ACCOUNTS = {
  name: 'audit_labels_of_accounts',
  text: 'select id, name, email from accounts where id = any ($1::uuid[])',
};

const CLIENTS = {
  name: 'audit_labels_of_clients',
  text: `select id, metadata ->> 'client_name' as name from clients where id = any ($1::text[])`,
};

/** Reads the labels of accounts and clients; ids of others, and of none, have none. */
export async function readLabels(
  executor: Executor,
  accounts: Iterable<string>,
  clients: Iterable<string>,
): Promise<Labels> {
  const people = [...new Set(accounts)].filter(isUuid);
  const applications = [...new Set(clients)];
  const foundPeople =
    people.length === 0
      ? []
      : await executor.query<{ id: string; name: string; email: string }>(ACCOUNTS, [people]);
  const foundClients =
    applications.length === 0
      ? []
      : await executor.query<{ id: string; name: string | null }>(CLIENTS, [applications]);
  return {
    accounts: new Map(foundPeople.map(({ id, name, email }) => [id, { name, email }])),
    clients: new Map(
      foundClients.flatMap(({ id, name }) => (name === null || name === '' ? [] : [[id, { name }] as const])),
    ),
  };
}
