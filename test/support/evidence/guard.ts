import { columnsIn, type Evidence, hasEvidence, isTold, type Rule, type Told } from './rules.ts';
import { TABLES } from './tables.ts';

/**
 * Makes each database of the tests prove that every change is told: at the commit of a transaction that has changed a row, an event
 * of that transaction has to tell of the change (`tables.ts` says which), else the commit fails and names the table. In the
 * transactions of tests that write by themselves it is off: `gatehouse.test_fixture` is `on` there (`fixture.ts`).
 */

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** SQL that holds where an event of this transaction tells of the change. `row` is the record that has the row. */
function isToldBy(table: Evidence, rule: Told, row: 'old' | 'new'): string {
  const about = Object.entries(rule.about ?? table.about ?? {});
  const same = about.map(([ofEvent, ofRow]) => `and e.${ofEvent} = ${row}.${ofRow}::text`).join(' ');
  // A transaction may have as many events as rows: where an account is known, its few events are found by its index.
  const found = about.some(([ofEvent]) => ofEvent === 'account')
    ? 'e.xid::text = pg_current_xact_id()::text'
    : 'e.xid = pg_current_xact_id()';
  const types = rule.types.map(quoted).join(', ');
  const other = rule.or === undefined ? '' : ` or ${isToldBy(table, rule.or, row)}`;
  return `exists (select from public.audit_events e where ${found} and e.type in (${types}) ${same})${other}`;
}

/** What a restore ends is told at once by its last step, audit.restored; until then no server starts. */
const RESTORING = 'exists (select from public.audit_restores where finished_at is null)';

const typesOf = ({ types, or }: Told): string[] => [...types, ...(or === undefined ? [] : typesOf(or))];

function demand(
  name: string,
  table: Evidence,
  rule: Rule,
  row: 'old' | 'new',
  change: string,
  when = 'true',
) {
  if (!isTold(rule)) return '';
  const message = `no event tells of a change of ${name}: ${change}; expected one of ${typesOf(rule).join(', ')}`;
  return `
    if (${when}) and (${rule.where ?? 'true'}) and not (${isToldBy(table, rule, row)}) and not ${RESTORING} then
      raise exception ${quoted(message)} using errcode = 'GHEVI', detail = to_jsonb(${row})::text;
    end if;`;
}

const isChanged = (columns: readonly string[]) =>
  columns.map((column) => `old.${column} is distinct from new.${column}`).join(' or ');

function functionOf(name: string, table: Evidence): string {
  const changed = Object.entries(table.changed ?? {}).map(([words, rule]) => {
    const columns = columnsIn(words);
    return demand(name, table, rule, 'new', `${columns.join(', ')} changed`, isChanged(columns));
  });
  const fixed = columnsIn(table.fixed);
  return `
    create function test_evidence.${name}() returns trigger language plpgsql as $guard$
    begin
      if current_setting('gatehouse.test_fixture', true) = 'on' then
        return null;
      end if;
      if tg_op = 'INSERT' then
        ${demand(name, table, table.made, 'new', 'a row was made')}
      elsif tg_op = 'DELETE' then
        ${demand(name, table, table.removed, 'old', 'a row was removed')}
      else
        ${changed.join('')}
        if ${isChanged(fixed)} then
          raise exception ${quoted(`a column of ${name} that is classified as fixed was changed`)} using errcode = 'GHEVI',
            detail = to_jsonb(old)::text || ' ' || to_jsonb(new)::text;
        end if;
      end if;
      return null;
    end $guard$`;
}

/** Only what has to be told becomes an event of the trigger: anything else costs a comparison. */
function triggersOf(name: string, table: Evidence): string[] {
  const watched = Object.entries(table.changed ?? {}).flatMap(([words, rule]) =>
    isTold(rule) ? columnsIn(words) : [],
  );
  const when = isChanged([...watched, ...columnsIn(table.fixed)]);
  const trigger = (event: string, condition = '') => `
    create constraint trigger test_evidence_${event} after ${event} on ${name}
    deferrable initially deferred for each row ${condition} execute function test_evidence.${name}()`;
  return [
    ...(isTold(table.made) ? [trigger('insert')] : []),
    ...(isTold(table.removed) ? [trigger('delete')] : []),
    trigger('update', `when (${when})`),
  ];
}

/** Events that tests write by themselves: nothing of the product has caused them (`caused.ts`). */
const WRITTEN_BY_TESTS = [
  'create table test_evidence.written_by_tests (event uuid primary key)',
  `create function test_evidence.note_written_by_test() returns trigger language plpgsql security definer as $note$
    begin
      insert into test_evidence.written_by_tests (event) values (new.id);
      return null;
    end $note$`,
  `create trigger test_evidence_written after insert on audit_events for each row
    when (current_setting('gatehouse.test_fixture', true) = 'on') execute function test_evidence.note_written_by_test()`,
];

/** The statements that guard a database with every migration applied. */
export const guardStatements = (): string[] => [
  'create schema test_evidence',
  ...WRITTEN_BY_TESTS,
  ...Object.entries(TABLES).flatMap(([name, table]) =>
    hasEvidence(table) ? [functionOf(name, table), ...triggersOf(name, table)] : [],
  ),
];
