/**
 * What a migration may do to tables on which servers run, the version before it included, with 10⁷ rows in them: expand now,
 * contract in a later release; nothing that holds sign-ins up for longer than a lock is waited for. Reads the statements that
 * PostgreSQL would get, in the order of the migrations. CONTRIBUTING.md ("Migrations") says how each is done instead.
 *
 * Where a rule does not fit, the migration says so in a comment: `migration-lint allow RULE: why`.
 */

/** Something that a migration does and may not. */
export interface Finding {
  readonly migration: string;
  readonly rule: Rule;
  /** Why it is not done, and what is done in its place. */
  readonly reason: string;
  /** Lower case, without comments and quoted text. */
  readonly statement: string;
}

/** Each rule with its reason. */
export const RULES = {
  'drop-or-rename':
    'servers of the version before still use it: leave it, and remove it in the release after the next',
  'type-change':
    'rewrites the table under a lock that stops everybody: add another column and move the values',
  'not-null':
    'reads the whole table under a lock that stops everybody: prove it first by a check that is added not valid and validated',
  'needs-value':
    'servers of the version before add rows without it: give the column a default, or leave it nullable',
  'rewriting-default': 'rewrites the whole table: only constants and now() are filled in without',
  'inline-constraint':
    'reads the whole table under a lock that stops everybody: add the constraint by itself, not valid',
  'unvalidated-constraint':
    'reads the whole table under a lock that stops writers: add it not valid, and validate it in the next migration',
  'unique-constraint':
    'builds its index under a lock that stops everybody: create a unique index concurrently, and add the constraint using it',
  'validate-alone':
    'a lock of the same transaction is held while the whole table is read: validate in a migration of its own',
  'index-stops-writers':
    'stops writers while it is built, and everybody while it goes: do it concurrently, in a migration without a transaction',
  'concurrently-in-transaction':
    'is refused in a transaction: isTransactional() answers false, and the migration does nothing else',
  'without-transaction':
    'a migration without a transaction can stop in the middle, and does only what can be done again: set, create and drop index concurrently, validate constraint',
  'no-limits':
    'without a transaction, say first how long it may wait and take: set lock_timeout, set statement_timeout',
  'index-leftover':
    'an attempt that was cut off leaves an index that is not valid: first drop index concurrently if exists',
  'whole-table':
    'changes rows in one transaction, however many there are: let the server do it, a batch at a time',
  'reads-while-locked':
    'reads a table that the same transaction has locked, however many rows it has: do it in a migration of its own',
  'stops-everybody': 'holds a lock that stops everybody for as long as it takes',
  'hidden-statements': 'nobody can read beforehand what it does: write the statements down',
  'unknown-statement': 'is not known to be harmless: have the linter learn it, or give a reason',
  'own-limits': 'the runner says how long a migration in a transaction may wait and take',
  'rights-taken':
    'servers of the version before still use the right: take it away in the release after the next',
  'server-makes-nothing':
    'the role of the server may not make anything: a SECURITY DEFINER function does where it has to',
  'definer-unpinned':
    'whoever calls it decides what its names mean: set search_path in its definition, pg_temp last',
  'definer-for-everybody':
    'everybody may call a function unless that is taken away: revoke execute on it from public',
} as const;
export type Rule = keyof typeof RULES;

/** What is known of the tables while migrations are read one after the other. */
export interface Progress {
  /** Made by this migration, so nobody uses it and nothing is in it. */
  readonly made: Set<string>;
  /** Held since an earlier statement of this migration's transaction. */
  readonly locked: Set<string>;
  /** Columns of which a check has shown that they are never null: `table.column`. */
  readonly filled: Set<string>;
  /** Checks that would show it once they are validated: `table constraint` to `table.column`. */
  readonly checks: Map<string, string>;
}

export type Report = (rule: Rule) => void;
