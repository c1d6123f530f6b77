import type { AuditEvent } from '../domain/audit/events.ts';
import { addPendingEvent, PENDING_EVENTS } from '../domain/audit/pending-events.ts';
import { type Claim, type Limit, networkOf } from '../domain/rate-limits/policy.ts';
import type { RateLimits } from '../domain/rate-limits/store.ts';
import { addSeconds, type Clock } from '../kernel/clock.ts';
import type { UnitOfWork, Write } from '../storage/unit-of-work.ts';

/**
 * Bounds what strangers can write into the trail, which nobody can empty: anybody may send a request that is refused, as often
 * as the network bears. Of one network so many refusals a minute are told one by one, by all nodes together; then it is told
 * once that there are more. The count is kept in the database, and taken by the statement that tells of the refusal.
 */
export interface RefusalNotes {
  /**
   * Has the unit tell of a refusal of somebody at this address, or that there are more, or nothing. `onTold` is called once
   * the event is written.
   */
  note(unit: UnitOfWork | undefined, address: string, event: AuditEvent, onTold?: () => void): void;
  /** True while nothing more is told of this address, as far as this node knows: then nothing has to be found out either. */
  isSpent(address: string): boolean;
}

export const REFUSALS_PER_MINUTE = 120;
const LIMIT: Limit = { name: 'refusals-told', points: REFUSALS_PER_MINUTE, seconds: 60 };

/** Networks of which a node remembers that nothing more is told of them: so a flood costs no statements. */
const MOST_SPENT = 10_000;

/** What the count is called in the statement of a unit. */
const COUNTED = 'refusals_counted';

export function createRefusalNotes({
  rateLimits,
  clock,
  onMore = () => undefined,
}: {
  readonly rateLimits: Pick<RateLimits, 'count'>;
  readonly clock: Clock;
  /** Told once, of a network, that nothing more is told of it for so many seconds. */
  readonly onMore?: (network: string, seconds: number) => void;
}): RefusalNotes {
  /** Until when. Only ever what the database has said: whoever is not in here is counted there. */
  const spent = new Map<string, Date>();
  /** A statement can count once. */
  const counting = new WeakSet<UnitOfWork>();
  const isSpent = (network: string) => (spent.get(network) ?? clock.now()) > clock.now();

  return {
    isSpent: (address) => isSpent(networkOf(address)),
    note(unit, address, event, onTold) {
      if (unit === undefined) throw new Error(`audit event ${event.type} outside a unit of work`);
      if (counting.has(unit)) return addPendingEvent(unit, event, onTold);
      const network = networkOf(address);
      if (isSpent(network)) return;
      const now = clock.now();
      spent.delete(network);
      counting.add(unit);
      const claim: Claim = { limit: LIMIT, key: network };
      const notes = unit.part(PENDING_EVENTS);
      unit.add(
        rateLimits.count(COUNTED, claim),
        notes.writeWhere(event, (parameter) => pointsAre('<=', parameter(LIMIT.points)), onTold),
        notes.writeWhere(
          MORE,
          (parameter) => pointsAre('=', parameter(LIMIT.points + 1)),
          () => onMore(network, LIMIT.seconds),
        ),
        secondsSpent(now, (seconds) => {
          if (spent.size >= MOST_SPENT) spent.clear();
          spent.set(network, addSeconds(now, seconds));
        }),
      );
    },
  };
}

const MORE: AuditEvent = {
  type: 'rate_limit.exceeded',
  outcome: 'failure',
  details: { limit: LIMIT.name },
};

const pointsAre = (comparison: '<=' | '=', points: string) =>
  `exists (select from ${COUNTED} where points ${comparison} ${points}::int)`;

/** A unit answers numbers of rows only: here one for each second for which the budget stays spent. */
const secondsSpent = (now: Date, remember: (seconds: number) => void): Write => ({
  sql: (parameter) => `
    select generate_series(1, extract(epoch from expires_at - ${parameter(now)}::timestamptz)::int)
    from ${COUNTED} where points > ${parameter(LIMIT.points)}::int`,
  counted: (seconds) => {
    if (seconds > 0) remember(seconds);
  },
});
