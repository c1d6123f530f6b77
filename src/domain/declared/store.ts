/**
 * Declared configuration: which documents were applied, and which objects belong to each. This folder owns those two tables; what a
 * document says, and how it becomes what is there, it leaves to `administration/configuration`.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Clock } from '../../kernel/clock.ts';
import type { Executor, Statement } from '../../storage/database.ts';
import { lock } from '../../storage/locks.ts';

export const DeclaredDocumentRecord = defineEntity({
  name: 'DeclaredDocumentRecord',
  tableName: 'declared_documents',
  properties: {
    owner: p.text().primary(),
    /** What was applied last, to its end; null before. It holds no secret. */
    document: p.json<object>().nullable(),
    appliedAt: p.datetime().nullable(),
    /** The plan that was begun last, and the digests of its steps. */
    plan: p.text(),
    steps: p.json<readonly string[]>(),
    /** Whether it was done to its end. */
    isDone: p.boolean(),
    /** The request that a second person has to approve, and the digest of the step that waits for it. */
    waits: p.json<WaitingStep>().nullable(),
    begunAt: p.datetime(),
    checkedAt: p.datetime().nullable(),
    /** Digest of what was found to differ; null where nothing did. */
    finding: p.text().nullable(),
    /** How many objects and settings that were. */
    drifted: p.integer(),
  },
});

export const DeclaredObjectRecord = defineEntity({
  name: 'DeclaredObjectRecord',
  tableName: 'declared_objects',
  properties: {
    kind: p.text().primary(),
    /** Its id, or what takes the place of one. */
    object: p.text().primary(),
    owner: () =>
      p
        .manyToOne(DeclaredDocumentRecord)
        .joinColumn('owner')
        .deleteRule('no action')
        .updateRule('no action')
        .index(false),
    /** Under which name the document declares it. */
    key: p.text(),
    /** Where its secret was taken from last, as JSON; empty where it has one that nobody knows; null where the document says nothing. */
    secret: p.text().nullable(),
    declaredAt: p.datetime(),
  },
  uniques: [{ name: 'declared_objects_key_unique', properties: ['owner', 'kind', 'key'] }],
});

/** A step that waits for a second person. */
export interface WaitingStep {
  readonly approval: string;
  readonly step: string;
}

/** A plan that was begun. */
export interface BegunPlan {
  readonly plan: string;
  readonly steps: readonly string[];
  readonly isDone: boolean;
}

export interface AppliedDocument extends BegunPlan {
  readonly owner: string;
  readonly document: unknown;
  readonly appliedAt: Date | undefined;
  readonly finding: string | undefined;
  readonly waits: WaitingStep | undefined;
}

export interface DeclaredObject {
  readonly kind: string;
  readonly object: string;
  readonly owner: string;
  readonly key: string;
  readonly secret: string | undefined;
}

export interface DeclaredStore {
  /** Nobody else applies anything until the end of the transaction. */
  lock(tx: Executor): Promise<void>;
  /** Every object that belongs to a document. */
  objects(executor: Executor): Promise<DeclaredObject[]>;
  /** Every document, by its owner. */
  documents(executor: Executor): Promise<AppliedDocument[]>;
  /** Notes that a plan is begun. */
  begin(tx: Executor, plan: Omit<BegunPlan, 'isDone'> & { readonly owner: string }): Promise<void>;
  /** Notes for what the plan waits. */
  wait(tx: Executor, owner: string, waits: WaitingStep): Promise<void>;
  /** Notes that the plan was done to its end. */
  finish(tx: Executor, owner: string, document: object): Promise<void>;
  /** The object belongs to the document from now on, in the place of what had its key. */
  declare(tx: Executor, object: DeclaredObject): Promise<void>;
  setSecret(tx: Executor, object: Pick<DeclaredObject, 'kind' | 'object' | 'secret'>): Promise<void>;
  /** The objects belong to no document any more. */
  release(tx: Executor, objects: readonly Pick<DeclaredObject, 'kind' | 'object'>[]): Promise<void>;
  /** One document that was last compared before that time, held by nobody else; it counts as compared now. */
  takeUnchecked(tx: Executor, before: Date): Promise<AppliedDocument | undefined>;
  /** Notes what was found; false where that was known. */
  found(tx: Executor, owner: string, finding: string | undefined, drifted: number): Promise<boolean>;
  /** By owner: how many objects and settings were found to differ. */
  drifts(executor: Executor): Promise<Readonly<Record<string, number>>>;
}

const OBJECTS: Statement = {
  name: 'declared_objects_all',
  text: 'select kind, object, owner, key, secret from declared_objects order by kind, object',
};

const COLUMNS = 'owner, document, applied_at, plan, steps, is_done, finding, waits';

const DOCUMENTS: Statement = {
  name: 'declared_documents_all',
  text: `select ${COLUMNS} from declared_documents order by owner`,
};

const BEGIN: Statement = {
  name: 'declared_documents_begin',
  text: `
    insert into declared_documents (owner, plan, steps, is_done, begun_at, drifted) values ($1, $2, $3::jsonb, false, $4, 0)
    on conflict (owner) do update set plan = excluded.plan, steps = excluded.steps, is_done = false, begun_at = excluded.begun_at`,
};

const WAIT: Statement = {
  name: 'declared_documents_wait',
  text: 'update declared_documents set waits = $2::jsonb where owner = $1',
};

const FINISH: Statement = {
  name: 'declared_documents_finish',
  text: `update declared_documents set is_done = true, waits = null, document = $2::jsonb, applied_at = $3 where owner = $1`,
};

const LEAVE_KEY: Statement = {
  name: 'declared_objects_leave_key',
  text: 'delete from declared_objects where owner = $1 and kind = $2 and key = $3 and object <> $4',
};

const DECLARE: Statement = {
  name: 'declared_objects_declare',
  text: `
    insert into declared_objects (kind, object, owner, key, secret, declared_at) values ($1, $2, $3, $4, $5, $6)
    on conflict (kind, object) do update set owner = excluded.owner, key = excluded.key, secret = excluded.secret,
      declared_at = excluded.declared_at`,
};

const SET_SECRET: Statement = {
  name: 'declared_objects_set_secret',
  text: 'update declared_objects set secret = $3 where kind = $1 and object = $2',
};

const RELEASE: Statement = {
  name: 'declared_objects_release',
  text: `
    delete from declared_objects using unnest($1::text[], $2::text[]) as gone(kind, object)
    where declared_objects.kind = gone.kind and declared_objects.object = gone.object`,
};

const TAKE_UNCHECKED: Statement = {
  name: 'declared_documents_take_unchecked',
  text: `
    update declared_documents set checked_at = $2
    where owner = (
      select owner from declared_documents
      where document is not null and (checked_at is null or checked_at < $1)
      order by owner limit 1 for update skip locked)
    returning ${COLUMNS}`,
};

const FOUND: Statement = {
  name: 'declared_documents_found',
  text: `
    update declared_documents set finding = $2, drifted = $3
    where owner = $1 and finding is distinct from $2 returning owner`,
};

const DRIFTS: Statement = {
  name: 'declared_documents_drifts',
  text: 'select owner, drifted from declared_documents where document is not null order by owner',
};

interface DocumentRow {
  owner: string;
  document: unknown;
  applied_at: Date | string | null;
  plan: string;
  steps: readonly string[];
  is_done: boolean;
  finding: string | null;
  waits: WaitingStep | null;
}

const documentOf = (row: DocumentRow): AppliedDocument => ({
  owner: row.owner,
  document: row.document,
  appliedAt: row.applied_at === null ? undefined : new Date(row.applied_at),
  plan: row.plan,
  steps: row.steps,
  isDone: row.is_done,
  finding: row.finding ?? undefined,
  waits: row.waits ?? undefined,
});

interface ObjectRow extends Omit<DeclaredObject, 'secret'> {
  readonly secret: string | null;
}

export const createDeclaredStore = (clock: Pick<Clock, 'now'>): DeclaredStore => ({
  lock: (tx) => lock(tx, 'declared'),
  objects: async (executor) =>
    (await executor.query<ObjectRow>(OBJECTS)).map(({ secret, ...row }) => ({
      ...row,
      secret: secret ?? undefined,
    })),
  documents: async (executor) => (await executor.query<DocumentRow>(DOCUMENTS)).map(documentOf),
  async begin(tx, { owner, plan, steps }) {
    await tx.query(BEGIN, [owner, plan, JSON.stringify(steps), clock.now()]);
  },
  async wait(tx, owner, waits) {
    await tx.query(WAIT, [owner, JSON.stringify(waits)]);
  },
  async finish(tx, owner, document) {
    await tx.query(FINISH, [owner, JSON.stringify(document), clock.now()]);
  },
  async declare(tx, { kind, object, owner, key, secret }) {
    await tx.query(LEAVE_KEY, [owner, kind, key, object]);
    await tx.query(DECLARE, [kind, object, owner, key, secret ?? null, clock.now()]);
  },
  async setSecret(tx, { kind, object, secret }) {
    await tx.query(SET_SECRET, [kind, object, secret ?? null]);
  },
  async release(tx, objects) {
    if (objects.length === 0) return;
    await tx.query(RELEASE, [objects.map(({ kind }) => kind), objects.map(({ object }) => object)]);
  },
  async takeUnchecked(tx, before) {
    const [row] = await tx.query<DocumentRow>(TAKE_UNCHECKED, [before, clock.now()]);
    return row && documentOf(row);
  },
  async found(tx, owner, finding, drifted) {
    return (await tx.query(FOUND, [owner, finding ?? null, drifted])).length > 0;
  },
  drifts: async (executor) =>
    Object.fromEntries(
      (await executor.query<{ owner: string; drifted: number }>(DRIFTS)).map(({ owner, drifted }) => [
        owner,
        drifted,
      ]),
    ),
});
