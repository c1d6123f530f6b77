import type { Condition, Contributor, PartKey, UnitOfWork, Write } from '../../storage/unit-of-work.ts';
import type { AuditEvent, Origin } from './events.ts';
import {
  type AuditRow,
  type AuditStamp,
  auditRowOfEach,
  auditRows,
  conditionalAuditRows,
  insertAuditRows,
  writesOf,
} from './row-store.ts';
import type { OnRecorded } from './store.ts';

/** The events of one request, committed with its changes; alone, they join the group commit. */
export class PendingEvents implements Contributor {
  readonly #events: AuditEvent[] = [];
  readonly #told: (() => void)[] = [];
  readonly #origin: Origin;
  readonly #stamp: AuditStamp;
  readonly #group: AuditGroup;
  readonly #onRecorded: OnRecorded;
  /** Stamped once, whichever way they go. */
  #stamped: AuditRow[] | undefined;

  constructor(
    origin: Origin,
    group: AuditGroup,
    stamp: AuditStamp,
    onRecorded: OnRecorded = () => undefined,
  ) {
    this.#origin = origin;
    this.#group = group;
    this.#onRecorded = onRecorded;
    this.#stamp = stamp;
  }

  /** `onTold` is called once the event is committed. */
  add(event: AuditEvent, onTold?: () => void): void {
    this.#events.push(this.#placed(event));
    this.#stamped = undefined;
    if (onTold !== undefined) this.#told.push(onTold);
  }

  /** Rows of events that the caller writes by itself, where it depends on what the unit finds. Throws for personal values. */
  prepare(event: AuditEvent): AuditRow[] {
    return conditionalAuditRows(this.#placed(event), this.#stamp);
  }

  /** The same for `insertAuditRowOfEach`. */
  prepareForEach(event: AuditEvent): AuditRow[] {
    return auditRowOfEach(this.#placed(event), this.#stamp);
  }

  /**
   * An event that is written where a condition holds, which may name writes that stand before it in the unit. `onTold` is called
   * where it was. Stamped with the unit, behind the events of {@link add}; the commit throws for personal values.
   */
  writeWhere(event: AuditEvent, condition: Condition, onTold?: () => void): Write {
    let rows: string | undefined;
    return {
      sql: (parameter) => {
        rows ??= JSON.stringify(this.prepare(event));
        return `${insertAuditRows(parameter(rows))} where ${condition(parameter)} returning 1`;
      },
      counted: (written) => {
        if (written === 0) return;
        this.#onRecorded(event);
        onTold?.();
      },
    };
  }

  writes(): Write[] {
    if (this.#events.length === 0) return [];
    return writesOf(this.#rows());
  }

  commitAlone(): Promise<void> {
    return this.#group.append(this.#rows());
  }

  committed(): void {
    for (const event of this.#events) this.#onRecorded(event);
    for (const onTold of this.#told) onTold();
  }

  clear(): void {
    this.#events.length = 0;
    this.#told.length = 0;
    this.#stamped = undefined;
  }

  #placed(event: AuditEvent): AuditEvent {
    return { ...event, origin: { ...this.#origin, ...event.origin } };
  }

  #rows(): AuditRow[] {
    this.#stamped ??= auditRows(this.#events, this.#stamp);
    return this.#stamped;
  }
}

export const PENDING_EVENTS: PartKey<PendingEvents> = {
  name: 'audit',
  create: () => {
    throw new Error('a unit of work was opened without a place for its audit events');
  },
};

/** Notes an event of the running request: it is committed with the request's changes, before the answer leaves. */
export function addPendingEvent(unit: UnitOfWork | undefined, event: AuditEvent, onTold?: () => void): void {
  if (unit === undefined) throw new Error(`audit event ${event.type} outside a unit of work`);
  unit.part(PENDING_EVENTS).add(event, onTold);
}

/**
 * Group commit for events that have no transaction of their own (a stateless token): one insert carries all that came
 * while the last was under way, and each caller waits for its own. Under load the number of commits stays flat.
 */
export interface AuditGroup {
  append(rows: AuditRow[]): Promise<void>;
}

interface Waiting {
  rows: AuditRow[];
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** Rows in one insert: bounds the statement's size, not the throughput. */
const MAX_ROWS = 1000;

export function createAuditGroup(insert: (rows: AuditRow[]) => Promise<void>): AuditGroup {
  let queue: Waiting[] = [];
  let running = false;

  async function drain(): Promise<void> {
    running = true;
    while (queue.length > 0) {
      const batch = queue.slice(0, MAX_ROWS);
      queue = queue.slice(MAX_ROWS);
      try {
        await insert(batch.flatMap(({ rows }) => rows));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    running = false;
  }

  return {
    append: (rows) =>
      new Promise((resolve, reject) => {
        queue.push({ rows, resolve, reject });
        if (!running) void drain();
      }),
  };
}
