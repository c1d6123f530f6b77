import type pg from 'pg';

/**
 * A database as SQL that makes it again, read from PostgreSQL's catalogue: the tests need no pg_dump. Knows what our
 * migrations use (tables, partitions, sequences, functions, indexes, constraints, triggers, rights); of anything else
 * {@link unknownObjects} tells, so that no release is kept without it.
 */
export interface Dump {
  /** Sequences, functions and tables without their constraints. */
  readonly tables: readonly string[];
  /** The rows of each table, one statement a table; a table without rows has none. */
  readonly rows: readonly string[];
  /** Constraints, indexes, triggers and rights: what would be in the way while rows are put in. */
  readonly rest: readonly string[];
}

const PREPARATION = [
  `set client_min_messages = warning`,
  // Functions name tables that come after them.
  `set check_function_bodies = off`,
  `set timezone = 'UTC'`,
  // Roles belong to the cluster: there may be one already.
  `do $$ begin create role gatehouse_server nologin; exception when duplicate_object or unique_violation then null; end $$`,
];

/** The dump as one text that an empty database takes as one command. */
export const dumpText = ({ tables, rows, rest }: Dump): string =>
  `${[...PREPARATION, ...tables, ...rows, ...rest].join(';\n\n')};\n`;

/** Reads the whole of schema `public`. The client's session settings for dates are changed. */
export async function dumpWhole(client: pg.ClientBase): Promise<Dump> {
  await client.query(`set timezone = 'UTC'`);
  await client.query(`set datestyle = 'ISO, MDY'`);
  const unknown = await unknownObjects(client);
  if (unknown.length > 0) throw new Error(`the dump would leave out: ${unknown.join(', ')}`);
  const { tables, rest } = await dumpSchema(client);
  return { tables, rows: await dumpRows(client), rest };
}

/** The statements that make the schema, in an order that is the same for the same schema. */
export async function dumpSchema(client: pg.ClientBase): Promise<Pick<Dump, 'tables' | 'rest'>> {
  // Named without its schema, so that a definition is the same whatever the search path was.
  await client.query('set search_path = public');
  const lines = async (sql: string) =>
    (await client.query<{ line: string }>(sql)).rows.map(({ line }) => line.trim());
  return {
    tables: [...(await lines(SEQUENCES)), ...(await lines(FUNCTIONS)), ...(await lines(TABLES))],
    rest: [
      ...(await lines(OWNED_SEQUENCES)),
      ...(await lines(CONSTRAINTS)),
      ...(await lines(INDEXES)),
      ...(await lines(PARTITIONS)),
      ...(await lines(TRIGGERS)),
      ...(await lines(RIGHTS)),
    ],
  };
}

/** Objects of a kind that the dump does not know. */
async function unknownObjects(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and (relkind not in ('r', 'p', 'S', 'i', 'I', 't', 'c') or relrowsecurity)
    union all
    select typname from pg_type t where typnamespace = 'public'::regnamespace and typtype in ('d', 'e', 'r')
    union all
    select relname || '.' || attname from pg_attribute join pg_class on pg_class.oid = attrelid
    where relnamespace = 'public'::regnamespace and relkind = 'r' and (attidentity <> '' or attgenerated <> '')
    order by 1`);
  return rows.map(({ name }) => name);
}

/** The rows of every table as text, in an order that is the same for the same rows; and where sequences stand. */
async function dumpRows(client: pg.ClientBase): Promise<string[]> {
  const { rows: tables } = await client.query<{ name: string; columns: string; values: string }>(`
    select quote_ident(relname) as name,
      string_agg(quote_ident(attname), ', ' order by attnum) as columns,
      string_agg(format('coalesce(quote_literal(%I::text), ''null'')', attname), ' || '', '' || ' order by attnum) as values
    from pg_class join pg_attribute on attrelid = pg_class.oid
    where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped
    group by relname order by relname`);
  const statements: string[] = [];
  for (const { name, columns, values } of tables) {
    const { rows } = await client.query<{ row: string }>(
      `select '(' || ${values} || ')' as row from ${name} order by 1`,
    );
    if (rows.length > 0)
      statements.push(`insert into ${name} (${columns}) values\n${rows.map(({ row }) => row).join(',\n')}`);
  }
  const { rows: sequences } = await client.query<{ name: string }>(
    `select quote_ident(relname) as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind = 'S' order by relname`,
  );
  for (const { name } of sequences) {
    const { rows } = await client.query<{ line: string }>(
      `select format('select setval(''${name}'', %s, %s)', last_value, is_called::text) as line from ${name}`,
    );
    statements.push(...rows.map(({ line }) => line));
  }
  return statements;
}

const OURS = `'public'::regnamespace`;

const SEQUENCES = `
  select format('create sequence %I as %s start with %s increment by %s minvalue %s maxvalue %s',
    relname, seqtypid::regtype, seqstart, seqincrement, seqmin, seqmax) as line
  from pg_sequence join pg_class on pg_class.oid = seqrelid where relnamespace = ${OURS} order by relname`;

const OWNED_SEQUENCES = `
  select format('alter sequence %I owned by %I.%I', s.relname, t.relname, a.attname) as line
  from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S' join pg_class t on t.oid = d.refobjid
    join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
  where d.deptype = 'a' and s.relnamespace = ${OURS} order by s.relname`;

const FUNCTIONS = `
  select pg_get_functiondef(oid) as line from pg_proc where pronamespace = ${OURS} and prokind in ('f', 'p')
  order by proname, pg_get_function_identity_arguments(oid)`;

const TABLES = `
  select format(E'create %stable %I (\\n  %s\\n)', case relpersistence when 'u' then 'unlogged ' else '' end, relname,
    string_agg(format('%I %s%s%s', attname, format_type(atttypid, atttypmod),
      coalesce(' default ' || pg_get_expr(adbin, adrelid), ''), case when attnotnull then ' not null' else '' end),
      E',\\n  ' order by attnum)) || coalesce(' partition by ' || pg_get_partkeydef(pg_class.oid), '') as line
  from pg_class join pg_attribute a on attrelid = pg_class.oid
    left join pg_attrdef on adrelid = pg_class.oid and adnum = attnum
  where relnamespace = ${OURS} and relkind in ('r', 'p') and attnum > 0 and not attisdropped
  group by pg_class.oid, relname, relpersistence order by relname`;

// Foreign keys last: they need the keys that they refer to. What only says "not null" stands with the column.
const CONSTRAINTS = `
  select format('alter table %I add constraint %I %s', relname, conname, pg_get_constraintdef(pg_constraint.oid)) as line
  from pg_constraint join pg_class on pg_class.oid = conrelid
  where relnamespace = ${OURS} and contype in ('p', 'u', 'c', 'x', 'f') order by contype = 'f', relname, conname`;

const INDEXES = `
  select pg_get_indexdef(indexrelid) as line from pg_index join pg_class on pg_class.oid = indexrelid
  where relnamespace = ${OURS} and not exists (select from pg_constraint where conindid = indexrelid) order by relname`;

/** When their indexes are there: those of the whole take them on. */
const PARTITIONS = `
  select format('alter table %I attach partition %I %s', p.relname, c.relname, pg_get_expr(c.relpartbound, c.oid)) as line
  from pg_inherits join pg_class c on c.oid = inhrelid join pg_class p on p.oid = inhparent
  where c.relnamespace = ${OURS} and c.relkind in ('r', 'p') order by p.relname, c.relname`;

// Without those that a partition gets from the whole.
const TRIGGERS = `
  select pg_get_triggerdef(t.oid) as line from pg_trigger t join pg_class on pg_class.oid = tgrelid
  where relnamespace = ${OURS} and not tgisinternal and tgparentid = 0 order by relname, tgname`;

/** Everything that somebody else than the owner may do, and of functions that not everybody may call them. */
const RIGHTS = `
  with granted as (
    select format('schema %I', nspname) as object, nspowner as owner, acl.* from pg_namespace, aclexplode(nspacl) acl
      where oid = ${OURS} and grantee = to_regrole('gatehouse_server')::oid
    union all
    select format(case relkind when 'S' then 'sequence %I' else 'table %I' end, relname), relowner, acl.*
      from pg_class, aclexplode(relacl) acl where relnamespace = ${OURS}
    union all
    select format('function %s', pg_proc.oid::regprocedure), proowner, acl.*
      from pg_proc, aclexplode(proacl) acl where pronamespace = ${OURS}),
  whole as (
    select format('grant %s on %s to %s', string_agg(lower(privilege_type), ', ' order by privilege_type), object,
      case grantee when 0 then 'public' else quote_ident(grantee::regrole::text) end) as line
    from granted where grantee <> owner group by object, grantee),
  columns as (
    select format('grant %s (%I) on table %I to %s', lower(privilege_type), attname, relname,
      case grantee when 0 then 'public' else quote_ident(grantee::regrole::text) end) as line
    from pg_attribute join pg_class on pg_class.oid = attrelid, aclexplode(attacl) where relnamespace = ${OURS}),
  taken as (
    select format('revoke execute on function %s from public', oid::regprocedure) as line
    from pg_proc where pronamespace = ${OURS} and proacl is not null
      and not exists (select from aclexplode(proacl) where grantee = 0))
  select line from whole union all select line from columns union all select line from taken order by line`;
