/**
 * Reading the trail: which events somebody asks for, and by which index they are found. This folder owns queries, pages and
 * their cursors, and how a row is told. Who may read, and that reading is an event itself, it leaves to `administration`.
 */

/** What an event has to be like. Each one by itself is found by an index; together, one is and the others are judged row by row. */
export interface AuditFilters {
  /** Whom it is about: the id of an account, which may be gone. */
  readonly person?: string | undefined;
  /** Who acted: the id of an account or of a client, `command` or `system`. */
  readonly actor?: string | undefined;
  /** A type of event, or the beginning of several up to a dot, e.g. `client.`. */
  readonly action?: string | undefined;
  readonly client?: string | undefined;
  readonly session?: string | undefined;
  readonly ip?: string | undefined;
  readonly outcome?: 'success' | 'failure' | undefined;
  /** Why it was refused or done, in our words (`details.reason`), e.g. `locked`. */
  readonly reason?: string | undefined;
  /** At this moment or later. */
  readonly from?: Date | undefined;
  /** Before this moment. */
  readonly to?: Date | undefined;
  /** Only what is about people of these units, as they are now, or about the clients of this owner. */
  readonly within?: Within | undefined;
}

export interface Within {
  readonly units: readonly string[];
  /** The id of an account. */
  readonly ownedBy?: string | undefined;
}

/** Events in a search that no index answers by itself: so many rows are looked at for one page. */
export const LOOKED_AT = 2_000;

/** Who acted as one value. Rows of before name a command and the system where others have the id. */
export const ACTOR = 'coalesce(actor, actor_kind)';
export const REASON = `details ->> 'reason'`;

/** Adds a parameter to the statement and answers its placeholder. */
export type Bind = (value: unknown) => string;

/** How a query finds its events: one condition by an index, and what is judged of each row that it finds. */
export interface Search {
  /** By these types, each looked up by itself; then `outcomes` are, too. */
  readonly types?: readonly string[];
  readonly outcomes: readonly ('success' | 'failure')[];
  /** The condition that an index answers, together with the time. Empty: the time alone. */
  readonly driver: string;
  /** Where that index has a column before the time: the column and the value in it. */
  readonly key?: { readonly column: string; readonly value: string };
  /** What else each row has to keep. Empty: nothing. */
  readonly others: readonly string[];
}

type Compared = 'session' | 'person' | 'actor' | 'ip' | 'reason' | 'client';

const COLUMNS: Readonly<Record<Compared, string>> = {
  session: 'session',
  person: 'account',
  actor: ACTOR,
  ip: 'ip',
  reason: REASON,
  client: 'client',
};

/** Of several filters the one that usually finds the fewest events comes first: its index is used. */
const BY_RARITY: readonly Compared[] = ['session', 'person', 'actor', 'ip', 'reason', 'client'];

const UUID = `'^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'`;

/** Asked of each row by the key of accounts: a unit may have very many people, and only so many rows are looked at. */
export const isWithin = ({ units, ownedBy }: Within, bind: Bind): string => {
  const person = `exists (
    select from accounts person
    where person.id = case when account ~ ${UUID} then account::uuid end and person.unit = any(${bind(units)}::uuid[]))`;
  if (ownedBy === undefined) return person;
  return `(${person} or client in (select owned.client from client_owners owned where owned.account = ${bind(ownedBy)}::uuid))`;
};

/** Whether an action means every type that begins with it. */
export const isPrefix = (action: string): boolean => action.endsWith('.');

/**
 * Chooses the index for a query. `types` are those that an action means, as the trail has them. Pure but for the parameters that
 * it binds.
 */
export function searchFor(filters: AuditFilters, types: readonly string[], bind: Bind): Search {
  const { action, outcome } = filters;
  const given = BY_RARITY.filter((name) => filters[name] !== undefined);
  const compare = (name: Compared) => `${COLUMNS[name]} = ${bind(filters[name])}::text`;
  const outcomes = outcome === undefined ? (['success', 'failure'] as const) : [outcome];
  const [first, ...rest] = given;
  const limits = filters.within === undefined ? [] : [isWithin(filters.within, bind)];
  const judged = [...rest.map(compare), ...limits];
  if (first === undefined && action !== undefined) return { types, outcomes, driver: '', others: limits };
  if (action !== undefined) judged.push(`type = any (${bind(types)}::text[])`);
  const ofOutcome = outcome === undefined ? [] : [`outcome = '${outcome}'`];
  if (first !== undefined) {
    const column = COLUMNS[first];
    const value = `${bind(filters[first])}::text`;
    return {
      outcomes,
      key: { column, value },
      driver: `${column} = ${value}`,
      others: [...judged, ...ofOutcome],
    };
  }
  // Nearly everything succeeds: only failures have an index.
  if (outcome === 'failure') return { outcomes, driver: `outcome = 'failure'`, others: judged };
  return { outcomes, driver: '', others: [...judged, ...ofOutcome] };
}
