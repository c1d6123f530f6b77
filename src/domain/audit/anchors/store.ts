import { defineEntity, p } from '@mikro-orm/postgresql';
import { addSeconds, type Clock } from '../../../kernel/clock.ts';
import type { Randomness } from '../../../kernel/ids.ts';
import type { Database, Statement } from '../../../storage/database.ts';

/** What is known of each anchor, and who puts checkpoints there: one node for a time. */
export const AuditAnchorRecord = defineEntity({
  name: 'AuditAnchorRecord',
  tableName: 'audit_anchors',
  properties: {
    target: p.text().primary(),
    /** When it was first among the settings. */
    since: p.datetime(),
    /** What was put there last: size, signed note, when. */
    size: p.bigint().nullable(),
    note: p.text().nullable(),
    anchoredAt: p.datetime().nullable(),
    /** When it was last known to keep the newest checkpoint. */
    heldAt: p.datetime().nullable(),
    /** In a row, since it last worked. */
    failures: p.integer().default(0),
    problem: p.text().nullable(),
    lease: p.uuid().nullable(),
    leasedUntil: p.datetime().nullable(),
  },
});

/** What is known of an anchor. */
export interface AnchorState {
  readonly target: string;
  readonly since: Date;
  readonly size: number | undefined;
  readonly anchoredAt: Date | undefined;
  readonly heldAt: Date | undefined;
  readonly failures: number;
  readonly problem: string | undefined;
}

export interface AnchorStore {
  /**
   * Takes the turn at an anchor for so many seconds; undefined where somebody else has it. A turn is not given back: it is also
   * what keeps nodes from anchoring more often than they should.
   */
  lease(target: string, seconds: number): Promise<string | undefined>;
  /** It keeps the newest checkpoint; `put`: since just now. False where the turn was over and is somebody else's. */
  held(
    target: string,
    lease: string,
    put?: { readonly size: number; readonly note: string },
  ): Promise<boolean>;
  /** It could not be read or written: the turn ends, so that another node tries. */
  failed(target: string, problem: string): Promise<void>;
  /** Of these targets, those that are known. */
  states(targets: readonly string[]): Promise<AnchorState[]>;
}

const LEASE: Statement = {
  name: 'audit_anchors_lease',
  text: `
    insert into audit_anchors as anchor (target, since, lease, leased_until) values ($1, $2, $3, $4)
    on conflict (target) do update set lease = excluded.lease, leased_until = excluded.leased_until
    where anchor.leased_until is null or anchor.leased_until <= $2
    returning lease`,
};

const HELD: Statement = {
  name: 'audit_anchors_held',
  text: `
    update audit_anchors set held_at = $3, failures = 0, problem = null, size = coalesce($4::bigint, size), note = coalesce($5, note),
      anchored_at = case when $5::text is null then anchored_at else $3 end
    where target = $1 and lease = $2 returning target`,
};

const FAILED: Statement = {
  name: 'audit_anchors_failed',
  text: `
    insert into audit_anchors as anchor (target, since, failures, problem) values ($1, $2, 1, $3)
    on conflict (target) do update set failures = anchor.failures + 1, problem = excluded.problem, leased_until = null`,
};

const STATES: Statement = {
  name: 'audit_anchors_states',
  text: `
    select target, since, size::float8 as size, anchored_at, held_at, failures, problem
    from audit_anchors where target = any ($1::text[]) order by target`,
};

interface StateRow {
  target: string;
  since: Date | string;
  size: number | null;
  anchored_at: Date | string | null;
  held_at: Date | string | null;
  failures: number;
  problem: string | null;
}

const MAX_PROBLEM = 200;

export function createAnchorStore(
  database: Pick<Database, 'query'>,
  clock: Clock,
  random: Randomness,
): AnchorStore {
  return {
    async lease(target, seconds) {
      const now = clock.now();
      const lease = random.uuid();
      const rows = await database.query(LEASE, [target, now, lease, addSeconds(now, seconds)]);
      return rows.length === 1 ? lease : undefined;
    },

    async held(target, lease, put) {
      const values = [target, lease, clock.now(), put?.size ?? null, put?.note ?? null];
      return (await database.query(HELD, values)).length === 1;
    },

    async failed(target, problem) {
      await database.query(FAILED, [target, clock.now(), problem.slice(0, MAX_PROBLEM)]);
    },

    async states(targets) {
      const rows = await database.query<StateRow>(STATES, [[...targets]]);
      return rows.map((row) => ({
        target: row.target,
        since: new Date(row.since),
        size: row.size ?? undefined,
        anchoredAt: momentOf(row.anchored_at),
        heldAt: momentOf(row.held_at),
        failures: row.failures,
        problem: row.problem ?? undefined,
      }));
    },
  };
}

const momentOf = (value: Date | string | null): Date | undefined =>
  value === null ? undefined : new Date(value);
