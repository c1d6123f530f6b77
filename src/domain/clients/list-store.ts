import type { Database } from '../../storage/database.ts';
import { type ClientKind, kindIn } from './kinds.ts';
import { timeOf } from './record-store.ts';
import { type Client, type ClientRow, clientOf, columnsOf } from './store.ts';

export const CLIENT_SORTS = ['id', 'name', 'created'] as const;
export type ClientSort = (typeof CLIENT_SORTS)[number];

/** Takes a value of a statement and answers how the statement refers to it (`$3`). */
type Parameter = (value: unknown) => string;

export interface ClientFilter {
  /** How the id, the name or a word of the name begins, in any case. */
  readonly text?: string | undefined;
  readonly kind?: ClientKind | undefined;
  readonly status?: 'active' | 'disabled' | undefined;
  /** The id of an account that answers for it. */
  readonly owner?: string | undefined;
  /** Those that were last used before this time, or were made before it and never used. */
  readonly unusedSince?: Date | undefined;
}

/** Where a page ends: the value by which the last row is ordered, and its id. */
export interface ClientPlace {
  readonly key: string;
  readonly id: string;
}

export interface ClientListQuery {
  readonly filter: ClientFilter;
  readonly sort: ClientSort;
  readonly descending: boolean;
  readonly after: ClientPlace | undefined;
  readonly most: number;
  /** The SQL condition that whoever asks may see the client; the column has its id. */
  readonly within: (client: string, parameter: Parameter) => string;
}

export interface ListedClient {
  readonly client: Client;
  readonly lastUsedAt: Date | undefined;
  /** The ids of the accounts that answer for it. */
  readonly owners: readonly string[];
}

export interface ClientListStore {
  /** One statement, however many there are. `next`: the place of the last one, where there are more. */
  page(
    query: ClientListQuery,
  ): Promise<{ readonly listed: ListedClient[]; readonly next: ClientPlace | undefined }>;
}

const NAME = `lower(coalesce(clients.metadata ->> 'client_name', clients.id))`;
const KEYS: Readonly<Record<ClientSort, { readonly expression: string; readonly type: string }>> = {
  id: { expression: 'clients.id', type: 'text' },
  name: { expression: NAME, type: 'text' },
  created: { expression: 'clients.created_at', type: 'timestamptz' },
};

interface Row extends ClientRow {
  readonly key: string;
  readonly last_used_at: Date | string | null;
  readonly owners: readonly string[];
}

export const createClientListStore = (database: Pick<Database, 'query'>): ClientListStore => ({
  async page({ filter, sort, descending, after, most, within }) {
    const values: unknown[] = [];
    const parameter: Parameter = (value) => `$${values.push(value)}`;
    const { expression, type } = KEYS[sort];
    const [direction, beyond] = descending ? ['desc', '<'] : ['asc', '>'];
    const conditions = [
      within('clients.id', parameter),
      ...conditionsOf(filter, parameter),
      ...(after === undefined
        ? []
        : [
            `(${expression}, clients.id) ${beyond} (${parameter(after.key)}::${type}, ${parameter(after.id)})`,
          ]),
    ];
    const rows = await database.query<Row>(
      `select ${columnsOf('clients')}, (${expression})::text as key, client_uses.last_used_at,
         (select coalesce(json_agg(account order by added_at, account), '[]')
          from client_owners where client_owners.client = clients.id) as owners
       from clients left join client_uses on client_uses.client_id = clients.id
       where ${conditions.join(' and ')}
       order by ${expression} ${direction}, clients.id ${direction} limit ${parameter(most + 1)}`,
      values,
    );
    const listed = rows.slice(0, most);
    const last = rows.length > most ? listed.at(-1) : undefined;
    return {
      listed: listed.map((row) => ({
        client: clientOf(row),
        lastUsedAt: timeOf(row.last_used_at),
        owners: row.owners,
      })),
      next: last && { key: last.key, id: last.id },
    };
  },
});

function conditionsOf(
  { text, kind, status, owner, unusedSince }: ClientFilter,
  parameter: Parameter,
): string[] {
  const conditions: string[] = [];
  if (text !== undefined) {
    const beginning = `lower(${parameter(text)}::text)`;
    conditions.push(
      `(starts_with(lower(clients.id), ${beginning}) or starts_with(${NAME}, ${beginning})
        or position(' ' || ${beginning} in ${NAME}) > 0)`,
    );
  }
  if (kind !== undefined) conditions.push(`${kindIn('clients.metadata')} = ${parameter(kind)}`);
  if (status !== undefined)
    conditions.push(`clients.disabled_at is ${status === 'disabled' ? 'not null' : 'null'}`);
  if (owner !== undefined)
    conditions.push(
      `clients.id in (select client from client_owners where account = ${parameter(owner)}::uuid)`,
    );
  if (unusedSince !== undefined)
    conditions.push(`coalesce(client_uses.last_used_at, clients.created_at) < ${parameter(unusedSince)}`);
  return conditions;
}
