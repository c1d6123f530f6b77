import type { ApproverCheck } from '../administration/approvers.ts';
import type { Anchor } from '../domain/audit/anchors/target.ts';
import { labelOf } from '../domain/audit/sinks/open.ts';
import type { AuditSinkStore } from '../domain/audit/sinks/sink-store.ts';
import { KEPT_SECONDS } from '../jobs/sweep-artifacts.ts';
import type { AuditSinkTarget } from '../kernel/audit-sink-url.ts';
import { addSeconds } from '../kernel/clock.ts';
import type { Readings } from '../metrics/meters.ts';
import type { Backlog } from '../storage/backlogs.ts';
import type { Foundation } from './foundation.ts';
import type { Stores } from './stores.ts';

/** How things stand in the database, for the metrics: a few statements that each read an index, one after the other. */
export async function readGauges(
  { clock, config, database }: Pick<Foundation, 'clock' | 'config' | 'database'>,
  {
    audit,
    sessions,
    tokens,
    mail,
    logouts,
    declared,
    approverCheck,
  }: Pick<Stores, 'audit' | 'sessions' | 'tokens' | 'mail' | 'logouts' | 'declared'> & {
    readonly approverCheck: ApproverCheck;
  },
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
    actsWithoutApprovers: (await approverCheck()).length,
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
    configurationDrift: await declared.drifts(database),
    auditSinks: await sinkBacklogs(audit.sinks, config.auditSinks.targets),
  };
}

async function sinkBacklogs(store: AuditSinkStore, targets: readonly AuditSinkTarget[]) {
  const backlogs: Record<string, Readings['auditSinks'][string]> = {};
  for (const [index, { name }] of targets.entries()) {
    const standing = await store.standing(name, '');
    const { waiting = 0, lagSeconds: oldestSeconds = 0 } = standing ?? {};
    backlogs[labelOf(targets, index)] = { waiting, oldestSeconds };
  }
  return backlogs;
}
