/**
 * How far a right reaches: everywhere, or to the people of some units, or to the clients that somebody owns. A list puts it into its
 * SQL, before it counts a page; an act on one person or client asks whether they are within.
 */
export type Limit =
  | 'everything'
  | {
      /** The ids of the units, with all that are below them. */
      readonly units: readonly string[];
      /** Whose clients. */
      readonly ownedBy?: string;
    };

export const EVERYTHING = 'everything';

/** Everything that one of them reaches. */
export function union(limits: readonly Limit[]): Limit | undefined {
  if (limits.length === 0) return undefined;
  const units = new Set<string>();
  let ownedBy: string | undefined;
  for (const limit of limits) {
    if (limit === EVERYTHING) return EVERYTHING;
    for (const unit of limit.units) units.add(unit);
    // Of one person's rights: there is one owner.
    ownedBy ??= limit.ownedBy;
  }
  return { units: [...units], ...(ownedBy === undefined ? {} : { ownedBy }) };
}

/** Whether `outer` reaches everything that `inner` does. */
export function reachesAll(outer: Limit | undefined, inner: Limit): boolean {
  if (outer === undefined) return false;
  if (outer === EVERYTHING) return true;
  if (inner === EVERYTHING) return false;
  return (
    inner.units.every((unit) => outer.units.includes(unit)) &&
    (inner.ownedBy === undefined || inner.ownedBy === outer.ownedBy)
  );
}

/**
 * The SQL condition that rows are about people within a limit: `unit` is the column with the unit of each; `parameter` takes a value
 * and answers how the statement refers to it (`$3`). People of no unit are within no limit but everything.
 */
export const withinUnits = (limit: Limit, unit: string, parameter: (value: unknown) => string): string =>
  limit === EVERYTHING ? 'true' : `${unit} = any(${parameter(limit.units)}::uuid[])`;

/** The same for rows that name an account. */
export const aboutPeopleWithin = (
  limit: Limit,
  account: string,
  parameter: (value: unknown) => string,
): string =>
  limit === EVERYTHING
    ? 'true'
    : `${account} in (select id from accounts where ${withinUnits(limit, 'unit', parameter)})`;

/** The SQL condition that rows are about clients within a limit; `client` is the column with the id of each. */
export const aboutClientsWithin = (
  limit: Limit,
  client: string,
  parameter: (value: unknown) => string,
): string =>
  limit === EVERYTHING
    ? 'true'
    : limit.ownedBy === undefined
      ? 'false'
      : `${client} in (select client from client_owners where account = ${parameter(limit.ownedBy)}::uuid)`;
