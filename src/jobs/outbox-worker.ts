import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../log.ts';
import type { Database } from '../storage/database.ts';
import { type Claim, DONE_ALREADY, type Outbox } from '../storage/outbox.ts';
import { commitWrites, UnitConflict, type Write } from '../storage/unit-of-work.ts';
import type { Job } from './runner.ts';

/**
 * How a node works an outbox off, whatever is in it: so many attempts at a time, each under a claim that is renewed for as long
 * as the attempt takes. A claim whose node died ends by itself, and the next node takes over.
 */
export interface OutboxWork<Claimed extends Claim> {
  /** Of the job. */
  readonly name: string;
  readonly outbox: Pick<Outbox<object>, 'nextDue' | 'renew'>;
  /** Takes up to so many that are due, for so many seconds. */
  claim(limit: number, seconds: number): Promise<Claimed[]>;
  /** Attempts at the same time, on each node. */
  readonly workers: number;
  /** For how long a claim holds, if nobody renews it. */
  readonly claimSeconds: number;
  /**
   * Makes one attempt and records what became of it. `draining` is aborted when the node cannot wait for it any longer: what that
   * interrupts it gives back.
   */
  attempt(claimed: Claimed, draining: AbortSignal): Promise<void>;
  /** What the log says of one; and that what became of it is not known. */
  about(claimed: Claimed): object;
  readonly unrecorded: string;
  /** Has the job look again: a worker is free. */
  readonly wake: () => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What is new announces itself; this is for that of which the announcement was lost, and for other nodes' failures. */
const LOOK_AGAIN_MS = 30_000;
/** What is due and could not be claimed waits for others, maybe on another node: no reason to ask without a pause. */
const LOOK_SOON_MS = 250;
/** A claim is renewed so often in its time: one that fails, or a process that stands still for a moment, costs nothing. */
const RENEWALS = 4;

export function createOutboxWorker<Claimed extends Claim>(work: OutboxWork<Claimed>): Job {
  const { outbox, clock, claimSeconds } = work;
  const underWay = new Set<Promise<void>>();
  const draining = new AbortController();

  function begin(claimed: Claimed, askedAt: number): void {
    const attempt = hold(claimed, askedAt)
      .catch((error) => work.log.error({ err: error, ...work.about(claimed) }, work.unrecorded))
      .finally(() => {
        underWay.delete(attempt);
        work.wake();
      });
    underWay.add(attempt);
  }

  /** The attempt, with the claim kept for it. Nothing is begun under a claim that may end before it is renewed. */
  async function hold(claimed: Claimed, askedAt: number): Promise<void> {
    const pause = (claimSeconds * 1000) / RENEWALS;
    if (performance.now() - askedAt > pause && !(await outbox.renew(claimed, claimSeconds))) return;
    // Where the database is away, nobody else can claim either.
    const renewal = setInterval(() => outbox.renew(claimed, claimSeconds).catch(() => {}), pause);
    try {
      await work.attempt(claimed, draining.signal);
    } finally {
      clearInterval(renewal);
    }
  }

  return {
    name: work.name,

    async round() {
      const free = work.workers - underWay.size;
      if (free <= 0) return LOOK_AGAIN_MS;
      const next = await outbox.nextDue();
      if (next === undefined) return LOOK_AGAIN_MS;
      const wait = next.getTime() - clock.now().getTime();
      if (wait > 0) return Math.min(wait, LOOK_AGAIN_MS);
      const askedAt = performance.now();
      const claimed = await work.claim(free, claimSeconds);
      for (const each of claimed) begin(each, askedAt);
      // An attempt that is done has the job look again.
      return claimed.length === free ? LOOK_AGAIN_MS : LOOK_SOON_MS;
    },

    async finish(milliseconds) {
      const timer = setTimeout(() => draining.abort(), milliseconds);
      await Promise.all(underWay);
      clearTimeout(timer);
    },
  };
}

const SETTLE_PAUSE_MS = 500;

/**
 * Commits that something is done, whatever the database is doing: what is not marked so is done again. False where that was
 * known. Gives up, and throws, only when `draining` is aborted.
 */
export async function recordDone(
  database: Database,
  writes: readonly Write[],
  draining: AbortSignal,
): Promise<boolean> {
  for (;;) {
    try {
      await commitWrites(database, writes);
      return true;
    } catch (error) {
      if (error instanceof UnitConflict && error.code === DONE_ALREADY) return false;
      if (draining.aborted) throw error;
      await new Promise((resolve) => setTimeout(resolve, SETTLE_PAUSE_MS));
    }
  }
}
