import { z } from 'zod';
import { type Deadlines, type SessionSettings, warnAt } from '../../domain/sessions/policy.ts';
import { epochSeconds } from '../../kernel/clock.ts';

/** The deadlines of a session as programs are told of them, in seconds since the epoch. */
export const sessionDeadlinesSchema = z.object({
  /** The time by our clock: the asker's may be another. */
  now: z.int(),
  /** When to warn of the end for want of use. */
  warn_at: z.int(),
  /** When it ends for want of use. */
  idle_expires_at: z.int(),
  /** When it ends at the latest. */
  absolute_expires_at: z.int(),
});

/** The same of one session; `now` is the time by our clock. */
export const describeDeadlines = (
  { idleSeconds, idleExpiresAt, absoluteExpiresAt }: Deadlines,
  settings: SessionSettings,
  now: Date,
): z.infer<typeof sessionDeadlinesSchema> => ({
  now: epochSeconds(now),
  warn_at: epochSeconds(warnAt(idleExpiresAt, idleSeconds, settings)),
  idle_expires_at: epochSeconds(idleExpiresAt),
  absolute_expires_at: epochSeconds(absoluteExpiresAt),
});
