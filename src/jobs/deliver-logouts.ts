import { SYSTEM_ACTOR } from '../domain/audit/actor.ts';
import type { AuditEvent } from '../domain/audit/events.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import type { ClaimedLogout, LogoutDelivery } from '../domain/logout-deliveries/delivery-store.ts';
import { afterFailure, type GivenUp, MOST_ATTEMPTS, meaningOf } from '../domain/logout-deliveries/policy.ts';
import type { Answer, PostLogoutToken } from '../domain/logout-deliveries/post.ts';
import { leaseSeconds } from '../kernel/backoff.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Randomness } from '../kernel/ids.ts';
import type { Logger } from '../log.ts';
import type { Meters } from '../metrics/meters.ts';
import type { LogoutTokens } from '../oidc/logout-tokens.ts';
import type { Database } from '../storage/database.ts';
import { createOutboxWorker, recordDone } from './outbox-worker.ts';
import type { Job } from './runner.ts';

export interface DeliverLogoutsDependencies {
  readonly database: Database;
  readonly logouts: LogoutDelivery;
  readonly logoutTokens: LogoutTokens;
  readonly postLogoutToken: PostLogoutToken;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly log: Logger;
  readonly logoutTimeoutSeconds: number;
  readonly meters: Pick<Meters, 'logoutNotice'>;
  /** Notices on their way to one client at the same time, from all nodes together. */
  readonly logoutsPerClient: number;
  /** Has the job look again: one is done. */
  readonly wakeDeliverLogouts: () => void;
}

export const DELIVER_LOGOUTS = 'deliver-logouts';

/** Notices on their way at the same time, on each node. */
const DELIVERERS = 32;
/**
 * Tells clients that sessions ended. A node that dies between the client's answer and the mark has a client told twice, never
 * not at all: to end a session that is over is nothing to a client.
 */
export function createDeliverLogouts(deps: DeliverLogoutsDependencies): Job {
  const { logouts, logoutsPerClient } = deps;
  return createOutboxWorker<ClaimedLogout>({
    clock: deps.clock,
    log: deps.log,
    wake: deps.wakeDeliverLogouts,
    name: DELIVER_LOGOUTS,
    outbox: logouts,
    workers: DELIVERERS,
    claimSeconds: leaseSeconds(deps.logoutTimeoutSeconds),
    claim: (limit, seconds) => logouts.claim(limit, logoutsPerClient, seconds),
    attempt: (notice, draining) => deliver(deps, notice, draining),
    about,
    unrecorded: 'what became of a logout notice was not recorded',
  });
}

async function deliver(
  deps: DeliverLogoutsDependencies,
  notice: ClaimedLogout,
  draining: AbortSignal,
): Promise<void> {
  // Whatever kills its worker comes back, too, and must not do so for ever.
  if (notice.attempts > MOST_ATTEMPTS) {
    return giveUp(deps, notice, notice.refusals, 'exhausted', notice.problem ?? 'not tried');
  }
  let answer: Answer | undefined;
  try {
    answer = await attempt(deps, notice, draining);
  } catch (error) {
    if (draining.aborted) {
      await deps.logouts.release(notice);
      return;
    }
    deps.log.error({ err: error, ...about(notice) }, 'a logout token could not be made');
    return retry(deps, notice, notice.refusals, { problem: 'the token could not be made' });
  }
  if (answer === undefined) {
    return giveUp(deps, notice, notice.refusals, 'client_gone', 'the client is no longer registered');
  }
  if (!('status' in answer)) return retry(deps, notice, notice.refusals, answer);
  const { status, retryAfter } = answer;
  const meaning = meaningOf(status);
  if (meaning === 'delivered') return recordDelivered(deps, notice, draining);
  const refusals = notice.refusals + (meaning === 'refused' ? 1 : 0);
  await retry(deps, notice, refusals, {
    problem: `answered ${status}`,
    ...(retryAfter === undefined ? {} : { wanted: retryAfter }),
  });
}

/** What the client said; undefined where it is none any more. */
async function attempt(
  { logoutTokens, postLogoutToken }: DeliverLogoutsDependencies,
  { clientId, subject, sid, uri }: ClaimedLogout,
  draining: AbortSignal,
): Promise<Answer | undefined> {
  const token = await logoutTokens.issue(clientId, { subject, sid });
  return token === undefined ? undefined : postLogoutToken(uri, token, draining);
}

async function recordDelivered(
  { database, logouts, audit, log, meters }: DeliverLogoutsDependencies,
  notice: ClaimedLogout,
  draining: AbortSignal,
) {
  const evidence = audit.write({
    ...told(notice),
    type: 'logout.delivered',
    outcome: 'success',
    details: { delivery: notice.id, attempts: notice.attempts },
  });
  if (!(await recordDone(database, [logouts.done(notice.id), ...evidence], draining))) return;
  meters.logoutNotice('sent');
  log.info(about(notice), 'logout notice delivered');
}

async function retry(
  deps: DeliverLogoutsDependencies,
  notice: ClaimedLogout,
  refusals: number,
  { problem, wanted }: { problem: string; wanted?: number },
): Promise<void> {
  const { logouts, log, clock, random, meters } = deps;
  const chance = random.bytes(4).readUInt32BE() / 2 ** 32;
  const failure = { attempts: notice.attempts, refusals, ...(wanted === undefined ? {} : { wanted }) };
  const verdict = afterFailure(failure, clock.now(), chance);
  if ('givenUp' in verdict) return giveUp(deps, notice, refusals, verdict.givenUp, problem);
  await logouts.putBack(notice, refusals, verdict.retryAt, problem);
  meters.logoutNotice('retried');
  log.warn(
    { ...about(notice), problem, nextAttemptAt: verdict.retryAt },
    'logout notice not delivered, will be tried again',
  );
}

async function giveUp(
  { database, logouts, audit, log, meters }: DeliverLogoutsDependencies,
  notice: ClaimedLogout,
  refusals: number,
  reason: GivenUp,
  problem: string,
): Promise<void> {
  await database.transaction(async (tx) => {
    if (!(await logouts.giveUp(tx, notice, refusals, `${reason}: ${problem}`))) return;
    await audit.record(tx, {
      ...told(notice),
      type: 'logout.failed',
      outcome: 'failure',
      details: { delivery: notice.id, attempts: notice.attempts, reason },
    });
  });
  meters.logoutNotice('given_up');
  log.error({ ...about(notice), problem, reason }, 'logout notice given up');
}

const told = ({ clientId, accountId, sessionUid }: ClaimedLogout) =>
  ({
    actor: SYSTEM_ACTOR,
    account: accountId,
    client: clientId,
    ...(sessionUid === undefined ? {} : { session: sessionUid }),
  }) satisfies Partial<AuditEvent>;

const about = ({ id, clientId, accountId, attempts }: ClaimedLogout) => ({
  delivery: id,
  client: clientId,
  account: accountId,
  attempts,
});
