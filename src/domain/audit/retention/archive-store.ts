import { badRequest, conflict } from '../../../kernel/errors.ts';
import type { Database, Executor } from '../../../storage/database.ts';
import type { AuditMonth, MonthContent } from './policy.ts';

/** What was archived: a month whose events were exported, and are no part of the trail's table any more. */
export interface AuditArchive extends AuditMonth {
  readonly events: number;
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** Absolute path, on the machine on which it was archived; undefined where there was no event. */
  readonly file: string | undefined;
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string | undefined;
}

/** Months that leave the trail. Everything here needs the connection of the tables' owner. */
export interface AuditArchives {
  /** Throws `owner_needed` (400) where the connection is not the owner's. */
  assertOwner(executor: Executor): Promise<void>;
  /** Runs the work while nobody else archives. Throws `archive_under_way` (409). */
  alone<T>(owner: Pick<Database, 'reserve'>, work: () => Promise<T>): Promise<T>;
  /** Partitions that ended at this time or before, the oldest first. */
  over(executor: Executor, before: Date): Promise<AuditMonth[]>;
  content(tx: Executor, month: AuditMonth): Promise<MonthContent>;
  /** In the transaction of the caller: nobody writes to the partition any more. */
  close(tx: Executor, month: AuditMonth): Promise<void>;
  /** Number of a hold in force that covers one of the events. */
  holdOn(tx: Executor, month: AuditMonth): Promise<number | undefined>;
  /** Index behind the last leaf that was archived. */
  archivedUntil(executor: Executor): Promise<number>;
  /** In the transaction of the caller: notes the archive, and takes the partition out of the trail. Its table stays. */
  detach(tx: Executor, archive: AuditArchive): Promise<void>;
  /** Archives whose tables are there, of months that ended at this time or before. */
  kept(executor: Executor, before: Date): Promise<AuditArchive[]>;
  /** In the transaction of the caller: removes the table of an archive, and personal values of its events. */
  drop(tx: Executor, archive: AuditArchive): Promise<void>;
}

/** Reading a month takes as long as it takes; the URL may say otherwise. */
const PATIENT = `set local statement_timeout = '2h'`;

const IS_OWNER = `
  select pg_has_role(relowner, 'MEMBER') as owner from pg_class where oid = 'audit_events'::regclass`;

/** Held by the connection: a process that is killed gives it back. */
const TURN = `select pg_try_advisory_lock(hashtextextended('gatehouse:audit-archive', 0)) as taken`;

const OVER = `
  with bounds as (
    select relname::text as name,
      substring(pg_get_expr(relpartbound, pg_class.oid) from 'FROM \\(''([^'']+)''\\)')::timestamptz as "from",
      substring(pg_get_expr(relpartbound, pg_class.oid) from 'TO \\(''([^'']+)''\\)')::timestamptz as "to"
    from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent = 'audit_events'::regclass)
  select name, "from", "to" from bounds where "to" <= $1 order by "to"`;

const contentOf = (table: string) => `
  select count(*) as events, count(*) filter (where l.event is null) as unsealed, max(l.index) as last,
    (select coalesce(max(size), 0) from audit_anchors) as anchored
  from ${table} e left join audit_leaves l on l.event = e.id`;

const holdOn = (table: string) => `
  select coalesce(
    (select min(id) from audit_holds where lifted_at is null and account is null),
    (select min(h.id) from audit_holds h where h.lifted_at is null and exists (
      select from ${table} e where e.account = h.account or e.actor = h.account))) as hold`;

const NOTE = `
  insert into audit_archives (partition, from_at, to_at, first, last, events, file, sha256, archived_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, now())`;

const KEPT = `
  select partition as name, from_at as "from", to_at as "to", first, last, events, file, sha256
  from audit_archives where dropped_at is null and to_at <= $1 order by to_at`;

interface MonthRow {
  name: string;
  from: Date | string | null;
  to: Date | string;
}

interface ArchiveRow extends MonthRow {
  first: string | null;
  last: string | null;
  events: string;
  file: string | null;
  sha256: string | null;
}

interface ContentRow {
  events: string;
  unsealed: string;
  last: string | null;
  anchored: string;
}

const monthOf = ({ name, from, to }: MonthRow): AuditMonth => ({
  name,
  from: from === null ? undefined : new Date(from),
  to: new Date(to),
});

const numberOf = (text: string | null) => (text === null ? undefined : Number(text));

/** Names of partitions are made by the database; one that is none is not put into a statement. */
function tableOf({ name }: AuditMonth): string {
  if (!/^audit_events_[a-z0-9_]+$/.test(name)) throw new Error(`${name} is no partition of the audit trail`);
  return name;
}

async function findHold(tx: Executor, month: AuditMonth): Promise<number | undefined> {
  const [row] = await tx.query<{ hold: string | null }>(holdOn(tableOf(month)));
  return numberOf(row?.hold ?? null);
}

export const createAuditArchives = (): AuditArchives => ({
  holdOn: findHold,
  async assertOwner(executor) {
    const [row] = await executor.query<{ owner: boolean }>(IS_OWNER);
    if (row?.owner === true) return;
    throw badRequest(
      'owner_needed',
      'DATABASE_OWNER_URL: the login does not own the tables; expected the one of gatehouse migrate.',
    );
  },
  async alone(owner, work) {
    const connection = await owner.reserve();
    try {
      const { rows } = await connection.query<{ taken: boolean }>(TURN);
      if (rows[0]?.taken !== true)
        throw conflict('archive_under_way', 'Somebody else is archiving at this moment. Try again later.');
      return await work();
    } finally {
      connection.release(true);
    }
  },
  async over(executor, before) {
    return (await executor.query<MonthRow>(OVER, [before])).map(monthOf);
  },
  async close(tx, month) {
    await tx.query(`lock table ${tableOf(month)} in share row exclusive mode`);
  },
  async content(tx, month) {
    await tx.query(PATIENT);
    const [row] = await tx.query<ContentRow>(contentOf(tableOf(month)));
    if (row === undefined) throw new Error('nothing was counted');
    return {
      events: Number(row.events),
      unsealed: Number(row.unsealed),
      last: numberOf(row.last),
      anchored: Number(row.anchored),
      hold: await findHold(tx, month),
    };
  },
  async archivedUntil(executor) {
    const [row] = await executor.query<{ until: string | null }>(
      'select max(last) + 1 as until from audit_archives',
    );
    return Number(row?.until ?? 0);
  },
  async detach(tx, archive) {
    const { name, from, to, first, last, events, file, sha256 } = archive;
    const values = [
      name,
      from ?? null,
      to,
      first ?? null,
      last ?? null,
      events,
      file ?? null,
      sha256 ?? null,
    ];
    await tx.query(NOTE, values);
    // Last, since everybody waits for it; the default partition, which there has to be, allows no other way.
    await tx.query(`alter table audit_events detach partition ${tableOf(archive)}`);
  },
  async kept(executor, before) {
    const rows = await executor.query<ArchiveRow>(KEPT, [before]);
    return rows.map((row) => ({
      ...monthOf(row),
      events: Number(row.events),
      first: numberOf(row.first),
      last: numberOf(row.last),
      file: row.file ?? undefined,
      sha256: row.sha256 ?? undefined,
    }));
  },
  async drop(tx, archive) {
    const table = tableOf(archive);
    await tx.query(PATIENT);
    await tx.query(`delete from audit_personal where event in (select id from ${table})`);
    await tx.query(`drop table ${table}`);
    await tx.query('update audit_archives set dropped_at = now() where partition = $1', [archive.name]);
  },
});
