import type { Context } from 'koa';
import { type Deadlines, type SessionSettings, warnAt } from '../domain/sessions/policy.ts';
import { epochSeconds } from '../kernel/clock.ts';

/**
 * Answers with the deadlines of a session, in seconds since the epoch: when it ends for want of use, when to warn of that, and
 * when it ends at the latest. `now` is the time by our clock: the asker's may be another.
 */
export function answerDeadlines(
  ctx: Context,
  { idleSeconds, idleExpiresAt, absoluteExpiresAt }: Deadlines,
  settings: SessionSettings,
  now: Date,
): void {
  ctx.set('Cache-Control', 'no-store');
  ctx.body = {
    now: epochSeconds(now),
    warn_at: epochSeconds(warnAt(idleExpiresAt, idleSeconds, settings)),
    idle_expires_at: epochSeconds(idleExpiresAt),
    absolute_expires_at: epochSeconds(absoluteExpiresAt),
  };
}
