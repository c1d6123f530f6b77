import { judgeAlteration } from './lint-alterations.ts';
import { type Finding, type Progress, type Report, RULES } from './migration-rules.ts';
import type { RecordedMigration } from './recorded-migrations.ts';
import { BODY, statementsOf } from './sql-statements.ts';

/** Everything that is wrong with these migrations, which are given in their order, and with their waivers. */
export function lintMigrations(migrations: readonly RecordedMigration[]): Finding[] {
  const known = { filled: new Set<string>(), checks: new Map<string, string>() };
  return migrations.flatMap((migration) => {
    const found = lintMigration(migration, { ...known, made: new Set(), locked: new Set() });
    const { waived, problems } = waiversOf(migration, found);
    return [...found.filter(({ rule }) => !waived.has(rule)), ...problems];
  });
}

function lintMigration(migration: RecordedMigration, progress: Progress): Finding[] {
  const statements = migration.up.flatMap(statementsOf);
  const found: Finding[] = [];
  for (const statement of statements) {
    judge(statement, { migration, statements, progress }, (rule) =>
      found.push({ migration: migration.name, rule, reason: RULES[rule], statement }),
    );
  }
  return found;
}

interface Context {
  readonly migration: RecordedMigration;
  readonly statements: readonly string[];
  readonly progress: Progress;
}

const NAME = '([a-z0-9_.]+)';
const matcher = (text: string) => new RegExp(`^${text.replaceAll('NAME', NAME)}`);
const CREATE_TABLE = matcher('create (?:unlogged )?table (?:if not exists )?NAME');
const INDEX = matcher('create (unique )?index (concurrently )?(?:if not exists )?NAME on (?:only )?NAME');
const DROP_INDEX = matcher('drop index (concurrently )?(?:if exists )?NAME');
const ALTER_TABLE = matcher('alter table (?:if exists )?(?:only )?NAME (.*)$');
const TRIGGER = matcher('create (?:or replace )?(?:constraint )?trigger .*? on NAME');
const CHANGE_ROWS = matcher('(?:with .*? )?(?:update|delete from|merge into) (?:only )?NAME');
const FUNCTION = matcher('create (?:or replace )?(?:function|procedure) NAME');

/** What needs no judgement: it is quick, and takes nothing from whoever runs. */
const HARMLESS =
  /^(create (sequence|type|schema|(or replace )?(temp )?view)|alter (function|sequence|type \S+ add value)|comment on|grant|insert into|select set_config|select setval)\b/;
const STOPS =
  /^(lock|truncate|vacuum|cluster|reindex|refresh materialized view|create (unlogged )?table \S+ as)\b/;

function judge(statement: string, context: Context, report: Report): void {
  const { migration, progress } = context;
  if (!migration.transactional) judgeOutside(statement, context, report);
  const [, made] = CREATE_TABLE.exec(statement) ?? [];
  const [, table, actions] = ALTER_TABLE.exec(statement) ?? [];
  const [, trigger] = TRIGGER.exec(statement) ?? [];
  if (STOPS.test(statement)) report('stops-everybody');
  else if (made !== undefined) progress.made.add(made);
  else if (table !== undefined) judgeAlteration(table, String(actions), progress, report);
  else if (trigger !== undefined) lock(trigger, progress);
  else if (/^create (unique )?index/.test(statement)) judgeIndex(statement, context, report);
  else if (DROP_INDEX.test(statement)) judgeDroppedIndex(statement, context, report);
  else if (/^(drop|alter \S+ .*rename) /.test(statement)) report('drop-or-rename');
  else if (CHANGE_ROWS.test(statement)) judgeRows(statement, progress, report);
  else if (FUNCTION.test(statement)) judgeFunction(statement, context, report);
  else if (/^(do|call|execute)\b/.test(statement)) report('hidden-statements');
  else if (/^revoke\b/.test(statement)) judgeRevocation(statement, context, report);
  else if (/^(set|reset)\b/.test(statement)) judgeSetting(migration, report);
  else if (!HARMLESS.test(statement)) report('unknown-statement');
  if (/^grant\b/.test(statement)) judgeGrant(statement, report);
  if (/^insert into\b/.test(statement)) judgeReading(statement, progress, report);
}

function lock(table: string, { made, locked }: Progress): void {
  if (!made.has(table)) locked.add(table);
}

function judgeOutside(statement: string, { statements }: Context, report: Report): void {
  const repeatable =
    /^(set (session )?(lock_timeout|statement_timeout)\b|(create (unique )?|drop )index concurrently\b|alter table \S+ validate constraint\b)/;
  if (!repeatable.test(statement)) report('without-transaction');
  const first = statements.slice(0, 2).join(' ');
  const limited = ['lock_timeout', 'statement_timeout'].every((name) => first.includes(name));
  if (statement === statements[0] && !limited) report('no-limits');
}

function judgeIndex(statement: string, { migration, statements, progress }: Context, report: Report): void {
  const [, , concurrently, name, table = ''] = INDEX.exec(statement) ?? [];
  if (name === undefined) report('unknown-statement');
  if (concurrently === undefined) {
    if (!progress.made.has(table)) report('index-stops-writers');
    return;
  }
  if (migration.transactional) report('concurrently-in-transaction');
  const before = statements.slice(0, statements.indexOf(statement));
  if (!before.includes(`drop index concurrently if exists ${name}`)) report('index-leftover');
}

function judgeDroppedIndex(statement: string, { migration }: Context, report: Report): void {
  const [, concurrently] = DROP_INDEX.exec(statement) ?? [];
  if (concurrently === undefined) report('index-stops-writers');
  else if (migration.transactional) report('concurrently-in-transaction');
}

function judgeRows(statement: string, progress: Progress, report: Report): void {
  const [, table = ''] = CHANGE_ROWS.exec(statement) ?? [];
  if (!progress.made.has(table)) report('whole-table');
}

/** Reading holds nobody up, but what is locked stays locked until it is done. */
function judgeReading(statement: string, { locked }: Progress, report: Report): void {
  const read = [...statement.matchAll(/\b(?:from|join) ([a-z0-9_.]+)/g)].map(([, table]) => String(table));
  if (read.some((table) => locked.has(table))) report('reads-while-locked');
}

function judgeFunction(statement: string, { statements }: Context, report: Report): void {
  if (!/\bsecurity definer\b/.test(statement.replaceAll(BODY, ''))) return;
  if (!/\bset search_path (=|to) [^$]*\bpg_temp\b ?(as|\$|language|security|$)/.test(statement))
    report('definer-unpinned');
  const [, name] = FUNCTION.exec(statement) ?? [];
  const closed = statements.some((each) =>
    new RegExp(
      `^revoke (all|execute)( privileges)? on (function|procedure) ${name}\\b.* from .*\\bpublic\\b`,
    ).test(each),
  );
  if (!closed) report('definer-for-everybody');
}

function judgeRevocation(statement: string, { statements }: Context, report: Report): void {
  const [, name] = /\bon (?:function|procedure) ([a-z0-9_.]+)/.exec(statement) ?? [];
  const isNew = statements.some((each) => name !== undefined && FUNCTION.exec(each)?.[1] === name);
  if (!isNew) report('rights-taken');
}

function judgeSetting({ transactional }: RecordedMigration, report: Report): void {
  if (transactional) report('own-limits');
}

function judgeGrant(statement: string, report: Report): void {
  const [, rights = '', object = ''] = /^grant (.*?) on (\S+)/.exec(statement) ?? [];
  const makes = /\b(create|temporary|temp|trigger|references|maintain|truncate)\b/.test(rights);
  const all = /^all\b/.test(rights) && !/^(function|procedure|sequence)$/.test(object);
  // A role that is granted is one that is become.
  if (makes || all || !/ on /.test(statement)) report('server-makes-nothing');
}

const WAIVER = /migration-lint allow ([a-z-]+): *(.*)$/gm;
const SHORTEST_REASON = 20;

interface Waivers {
  readonly waived: ReadonlySet<string>;
  readonly problems: readonly Finding[];
}

/** A waiver has a reason, and something that it is for: who reads the migration must be able to rely on it. */
function waiversOf({ name, source }: RecordedMigration, found: readonly Finding[]): Waivers {
  const waivers = [...source.matchAll(WAIVER)].map(([, rule = '', reason = '']) => ({ rule, reason }));
  const idle = waivers.filter(
    ({ rule, reason }) => reason.length < SHORTEST_REASON || !found.some((finding) => finding.rule === rule),
  );
  return {
    waived: new Set(waivers.filter((waiver) => !idle.includes(waiver)).map(({ rule }) => rule)),
    problems: idle.map(({ rule, reason }) => ({
      migration: name,
      rule: 'unknown-statement',
      reason: 'a waiver needs a rule that is broken, and a reason of a sentence',
      statement: `migration-lint allow ${rule}: ${reason}`,
    })),
  };
}
