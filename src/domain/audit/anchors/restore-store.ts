import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Database, Executor, Statement } from '../../../storage/database.ts';
import { parseCheckpoint } from '../tree/checkpoint.ts';
import { parseNote } from '../tree/note.ts';
import type { DeclaredRestore } from './policy.ts';

/** A restore of this database that is being declared, or was: its event is the evidence, this only finds it. */
export const AuditRestoreRecord = defineEntity({
  name: 'AuditRestoreRecord',
  tableName: 'audit_restores',
  properties: {
    id: p.bigint().primary().generated('identity'),
    begunAt: p.datetime(),
    /** The newest checkpoint that the database had then, and how many events were lost, where that is known. */
    restored: p.text().nullable(),
    lost: p.bigint().nullable(),
    /** How many of each were ended so far. */
    counts: p.json<Record<string, number>>().defaultRaw(`'{}'`),
    /** The event `audit.restored`, written with the last step. */
    event: p.uuid().nullable(),
    finishedAt: p.datetime().nullable(),
  },
  checks: [{ name: 'audit_restores_finished_check', expression: '(event is null) = (finished_at is null)' }],
});

/** What was restored, as it was when the declaration began: what that writes itself makes the trail grow. */
export interface RestoredState {
  /** The newest checkpoint of the database, as a signed note. */
  readonly restored: string | undefined;
  /** How many events the anchors knew that this database does not; undefined where that cannot be known. */
  readonly lost: number | undefined;
}

/** A declaration under way: what one that was stopped in the middle has left is taken up again. */
export interface RestoreUnderWay extends RestoredState {
  readonly id: string;
  /** By the database's clock. */
  readonly begunAt: Date;
}

export interface RestoreStore {
  /** The restores that events declare. */
  declared(): Promise<DeclaredRestore[]>;
  /** Names the last one that was declared; undefined where none was. */
  latest(): Promise<string | undefined>;
  /** Whether {@link RestoreStore.begin} would take up one that was not finished. */
  isUnfinished(): Promise<boolean>;
  /** Begins to declare one, or takes up what was begun within the last day and not finished. Held by the transaction to its end. */
  begin(tx: Executor, state: RestoredState): Promise<RestoreUnderWay>;
  /** Adds to what was ended. */
  count(tx: Executor, restore: RestoreUnderWay, counts: Readonly<Record<string, number>>): Promise<void>;
  /** All that was ended, by all who were at it. */
  counts(tx: Executor, restore: RestoreUnderWay): Promise<Record<string, number>>;
  /** It is declared, by the newest event of this type that the transaction has written. */
  finish(tx: Executor, restore: RestoreUnderWay): Promise<void>;
}

const DECLARED: Statement = {
  name: 'audit_restores_declared',
  text: `
    select event.details -> 'restored' as restored, event.details -> 'anchored' as anchored
    from audit_restores restore join audit_events event on event.id = restore.event and event.type = 'audit.restored'
    order by restore.id`,
};

const LATEST: Statement = {
  name: 'audit_restores_latest',
  text: 'select id::text from audit_restores where event is not null order by audit_restores.id desc limit 1',
};

/** Nobody takes up an older one: whoever has run the server since has done so knowingly. */
const IS_UNFINISHED = `event is null and begun_at > now() - interval '1 day'`;

const UNFINISHED: Statement = {
  name: 'audit_restores_unfinished',
  text: `
    select id::text, begun_at, restored, lost::float8 as lost from audit_restores
    where ${IS_UNFINISHED} order by audit_restores.id desc limit 1 for update`,
};

/** Of a later one that was finished, all is ended that this has left. */
const ANY_UNFINISHED: Statement = {
  name: 'audit_restores_any_unfinished',
  text: `
    select exists (
      select from audit_restores restore where ${IS_UNFINISHED}
        and not exists (select from audit_restores later where later.id > restore.id and later.event is not null)) as found`,
};

const BEGIN: Statement = {
  name: 'audit_restores_begin',
  text: `
    insert into audit_restores (begun_at, restored, lost) values (now(), $1, $2)
    returning id::text, begun_at, restored, lost::float8 as lost`,
};

const COUNT: Statement = {
  name: 'audit_restores_count',
  text: `
    update audit_restores set counts = counts || (
      select coalesce(jsonb_object_agg(key, value::bigint + coalesce((counts ->> key)::bigint, 0)), '{}')
      from jsonb_each_text($2::jsonb))
    where id = $1::bigint`,
};

const COUNTS: Statement = {
  name: 'audit_restores_counts',
  text: 'select counts from audit_restores where id = $1::bigint',
};

/** Of this transaction: its rows are the only ones of its id. */
const FINISH: Statement = {
  name: 'audit_restores_finish',
  text: `
    update audit_restores set finished_at = now(), event = (
      select id from audit_events where xid = pg_current_xact_id() and type = 'audit.restored' order by id desc limit 1)
    where id = $1::bigint`,
};

interface BegunRow {
  id: string;
  begun_at: Date | string;
  restored: string | null;
  lost: number | null;
}

const begun = (row: BegunRow | undefined): RestoreUnderWay | undefined =>
  row && {
    id: row.id,
    begunAt: new Date(row.begun_at),
    restored: row.restored ?? undefined,
    lost: row.lost ?? undefined,
  };

export function createRestoreStore(database: Pick<Database, 'query'>): RestoreStore {
  return {
    async declared() {
      const rows = await database.query<{ restored: unknown; anchored: unknown }>(DECLARED);
      return rows.map(declaredRestore);
    },

    latest: async () => (await database.query<{ id: string }>(LATEST))[0]?.id,

    isUnfinished: async () => (await database.query<{ found: boolean }>(ANY_UNFINISHED))[0]?.found ?? false,

    async begin(tx, { restored = null, lost = null }) {
      const found = begun((await tx.query<BegunRow>(UNFINISHED))[0]);
      const restore = found ?? begun((await tx.query<BegunRow>(BEGIN, [restored, lost]))[0]);
      if (restore === undefined) throw new Error('PostgreSQL answered no row');
      return restore;
    },

    async count(tx, { id }, counts) {
      await tx.query(COUNT, [id, JSON.stringify(counts)]);
    },

    async counts(tx, { id }) {
      const [row] = await tx.query<{ counts: Record<string, number> }>(COUNTS, [id]);
      return row?.counts ?? {};
    },

    async finish(tx, { id }) {
      await tx.query(FINISH, [id]);
    },
  };
}

/** What the details of an event `audit.restored` declare. What is no checkpoint declares nothing. */
export function declaredRestore({
  restored,
  anchored,
}: {
  restored?: unknown;
  anchored?: unknown;
}): DeclaredRestore {
  const notes = Array.isArray(anchored) ? anchored : [];
  return { restored: checkpointOf(restored), anchored: notes.flatMap((note) => checkpointOf(note) ?? []) };
}

function checkpointOf(note: unknown) {
  const parsed = typeof note === 'string' ? parseNote(note) : undefined;
  return parsed && parseCheckpoint(parsed.text);
}
