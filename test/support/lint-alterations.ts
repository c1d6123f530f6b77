import type { Progress, Report } from './migration-rules.ts';
import { partsOf } from './sql-statements.ts';

/** What `alter table` may do to a table that is in use; of one that the same migration has made, everything. */
export function judgeAlteration(table: string, actions: string, progress: Progress, report: Report): void {
  if (progress.made.has(table)) return;
  const held = progress.locked.has(table);
  for (const action of partsOf(actions)) judgeAction({ table, action, held }, progress, report);
  if (!/^validate constraint \S+$/.test(actions)) progress.locked.add(table);
}

interface Alteration {
  readonly table: string;
  readonly action: string;
  /** The transaction has held the table since an earlier statement. */
  readonly held: boolean;
}

function judgeAction({ table, action, held }: Alteration, progress: Progress, report: Report): void {
  const [, column = ''] = /^alter (?:column )?(\S+)/.exec(action) ?? [];
  if (/^add (column|(?!constraint\b|primary key|unique\b|foreign key|check\b|exclude\b))/.test(action)) {
    judgeColumn(action, report);
  } else if (/^add /.test(action)) judgeConstraint(table, action, progress, report);
  else if (/^validate constraint /.test(action)) {
    if (held) report('validate-alone');
    const proven = progress.checks.get(`${table} ${action.split(' ')[2]}`);
    if (proven !== undefined) progress.filled.add(proven);
  } else if (/^(drop (column|(?!constraint\b))|rename\b)/.test(action)) report('drop-or-rename');
  else if (/^alter (column )?\S+ (set data )?type\b/.test(action)) report('type-change');
  else if (/^alter (column )?\S+ set not null$/.test(action)) {
    if (!progress.filled.has(`${table}.${column}`)) report('not-null');
  } else if (/^alter (column )?\S+ drop default$/.test(action)) report('needs-value');
  else if (
    /^(set (logged|unlogged|tablespace|access method|without)|attach|detach|alter (column )?\S+ (add generated|set storage))\b/.test(
      action,
    )
  )
    report('stops-everybody');
  else if (!KNOWN_ACTION.test(action)) report('unknown-statement');
}

const KNOWN_ACTION =
  /^(drop constraint|set \(|reset \(|(enable|disable) row level security|(alter (column )?\S+ (set (default|statistics|\()|drop not null)))/;

/** What a default may be so that it is only noted, and no row is written. */
const CONSTANT =
  /^(('text'|true|false|null|-?[0-9.]+|now ?\( ?\)|current_timestamp)( ?:: ?[a-z0-9_ ]+(\[\])?)?)$/;

function judgeColumn(action: string, report: Report): void {
  const given = action.replace(/^add (column )?(if not exists )?\S+ /, '');
  if (/\b(unique|primary key|references|check ?\()/.test(given)) report('inline-constraint');
  if (/\b((big|small)?serial[248]?|generated)\b/.test(given)) report('rewriting-default');
  const [, value] =
    /\bdefault (.*?)(?= (?:not null|null|check|unique|primary key|references)\b|$)/.exec(
      given.replace(/\bgenerated (always|by default) as\b/, ''),
    ) ?? [];
  if (value !== undefined && !CONSTANT.test(value.trim())) report('rewriting-default');
  if (value === undefined && /\bnot null\b/.test(given)) report('needs-value');
}

function judgeConstraint(table: string, action: string, { checks }: Progress, report: Report): void {
  const [, name = '', what = action] = /^add constraint (\S+) (.*)$/.exec(action) ?? [];
  const isKey = /\b(unique|primary key|exclude)\b/.test(what);
  if (isKey && !/^(unique|primary key) using index \S+/.test(what)) report('unique-constraint');
  if (!isKey && !/ not valid$/.test(what)) report('unvalidated-constraint');
  const [, checked, declared] =
    /^(?:check \(+ ?(\S+) is not null ?\)+|not null (\S+)) not valid$/.exec(what) ?? [];
  const column = checked ?? declared;
  if (column !== undefined) checks.set(`${table} ${name}`, `${table}.${column}`);
}
