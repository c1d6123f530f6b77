import type { Database, Statement } from '../../storage/database.ts';

// From name to name by the index: of each one row is looked at, however many people have it.
const UNDECLARED: Statement = {
  name: 'account_attributes_undeclared',
  text: `
    with recursive named(name) as (
      (select name from account_attributes order by name limit 1)
      union all
      select (select next.name from account_attributes next where next.name > named.name order by next.name limit 1)
      from named where named.name is not null)
    select name, (select count(distinct account)::int from account_attributes each where each.name = named.name) as people
    from named where name is not null and name <> all ($1::text[]) order by name`,
};

/** The attributes that are stored of people and not declared any more, with how many have each. Addresses are not counted. */
export const undeclaredAttributes = (
  database: Pick<Database, 'query'>,
  declared: readonly string[],
): Promise<{ name: string; people: number }[]> => database.query(UNDECLARED, [declared]);
