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
  const judged = rest.map(compare);
  if (first === undefined && action !== undefined) return { types, outcomes, driver: '', others: [] };
  if (action !== undefined) judged.push(`type = any (${bind(types)}::text[])`);
  const ofOutcome = outcome === undefined ? [] : [`outcome = '${outcome}'`];
  if (first !== undefined) return { outcomes, driver: compare(first), others: [...judged, ...ofOutcome] };
  // Nearly everything succeeds: only failures have an index.
  if (outcome === 'failure') return { outcomes, driver: `outcome = 'failure'`, others: judged };
  return { outcomes, driver: '', others: [...judged, ...ofOutcome] };
}
