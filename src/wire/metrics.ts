import type { Anchor } from '../domain/audit/anchors/target.ts';
import { KEPT_SECONDS } from '../jobs/sweep-artifacts.ts';
import { addSeconds } from '../kernel/clock.ts';
import type { Readings } from '../metrics/meters.ts';
import type { Backlog } from '../storage/backlogs.ts';
import type { Foundation } from './foundation.ts';
import type { Stores } from './stores.ts';

/** How things stand in the database, for the metrics: a few statements that each read an index, one after the other. */
export async function readGauges(
  { clock }: Pick<Foundation, 'clock'>,
  {
    audit,
    sessions,
    tokens,
    mail,
    logouts,
  }: Pick<Stores, 'audit' | 'sessions' | 'tokens' | 'mail' | 'logouts'>,
  anchors: readonly Pick<Anchor, 'name' | 'label'>[],
): Promise<Readings> {
  const now = clock.now();
  const standing = await sessions.store.standing(now);
  const expired = await tokens.artifacts.firstExpiry();
  const waitingMail = await mail.outbox.backlog();
  const waitingNotices = await logouts.outbox.backlog();
  const anchored = await audit.anchorStore.states(anchors.map(({ name }) => name));
  const since = (moment: Date | undefined) =>
    moment === undefined ? 0 : Math.max(0, (now.getTime() - moment.getTime()) / 1000);
  const aged = ({ waiting, since: oldest }: Backlog) => ({ waiting, oldestSeconds: since(oldest) });
  return {
    openSessions: standing.open,
    sessionSweeperLag: since(standing.firstDeadline),
    cleanUpLag: since(expired && addSeconds(expired, KEPT_SECONDS)),
    mail: aged(waitingMail),
    logoutNotices: aged(waitingNotices),
    auditMonths: await audit.months.standing(),
    anchors: Object.fromEntries(
      anchors.flatMap(({ name, label }) => {
        const state = anchored.find(({ target }) => target === name);
        return state === undefined ? [] : [[label, since(state.heldAt ?? state.since)]];
      }),
    ),
    audit: await audit.sealing.standing.read(),
  };
}
