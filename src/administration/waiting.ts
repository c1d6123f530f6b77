import { z } from 'zod';

/** What is told alike of everything that waits in an outbox. */

/** How many are listed at most. */
export const MOST_LISTED = 1_000;

interface Entry {
  readonly id: string;
  readonly state: string;
  readonly createdAt: Date;
  readonly attempts: number;
  readonly nextAttemptAt: Date;
  readonly finishedAt?: Date;
  readonly problem?: string;
}

/** How it went so far. */
export const progress = {
  createdAt: z.date(),
  attempts: z.int(),
  /** While it waits. */
  nextAttemptAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
  /** What went wrong last. */
  problem: z.string().nullable(),
};

export const progressOf = ({ state, createdAt, attempts, nextAttemptAt, finishedAt, problem }: Entry) => ({
  createdAt,
  attempts,
  nextAttemptAt: state === 'waiting' ? nextAttemptAt : null,
  finishedAt: finishedAt ?? null,
  problem: problem ?? null,
});
