import { z } from 'zod';
import {
  isLostChange,
  type LostEvent,
  touchesRecoveryCodes,
} from '../../domain/audit/anchors/lost-events.ts';
import type { Judged } from '../../domain/audit/anchors/policy.ts';
import type {
  RestoredState,
  RestoreStore,
  RestoreUnderWay,
} from '../../domain/audit/anchors/restore-store.ts';
import type { TrailStore } from '../../domain/audit/anchors/trail-store.ts';
import type { AnchorFinding, AnchorWatch } from '../../domain/audit/anchors/watch.ts';
import { CLOCK_TOLERANCE_SECONDS } from '../../domain/audit/row-store.ts';
import type { SessionStore } from '../../domain/sessions/store.ts';
import { LIST_SIZE } from '../../domain/token-status/policy.ts';
import type { TokenStatusStore } from '../../domain/token-status/store.ts';
import { lastSpendableStep } from '../../domain/totp/policy.ts';
import { addSeconds, type Clock } from '../../kernel/clock.ts';
import { REMOVED_KINDS, type RecoveryStore, type Removed } from '../../lifecycle/recovery-store.ts';
import type { Terminations } from '../../oidc/terminations.ts';
import { type Database, repeatRolledBack } from '../../storage/database.ts';
import { defineRead } from '../act.ts';
import { defineStepwise, type Step, type StepwiseContext } from '../stepwise.ts';

/**
 * What has to happen after a restore of the database, before anything is served: what was spent or ended since the backup lives
 * again, so everything of everybody ends, and the trail says so.
 */

const anchorStates = ['unreadable', 'empty', 'held', 'declared', 'shorter', 'another', 'strange'] as const;

const anchorFinding = z.object({
  anchor: z.string(),
  state: z.enum(anchorStates),
  problem: z.string().nullable(),
  /** How many events the newest checkpoint there is over, and when it was signed. */
  size: z.int().nullable(),
  at: z.date().nullable(),
});

interface Plans {
  readonly watch: Pick<AnchorWatch, 'look'>;
  readonly trail: Pick<TrailStore, 'state' | 'newest' | 'unsealed'>;
}

/** What the trail and its anchors say, for whoever has to decide. Changes nothing. */
export const recoveryPlan = defineRead({
  name: 'audit.recovery_plan',
  summary: 'Tells what was lost when the database was restored.',
  scope: 'audit:read',
  operatorOnly: true,
  input: z.strictObject({}),
  result: z.object({
    /** How many events are sealed in this database. */
    sealed: z.int(),
    /** How many were lost, as far as the anchors know; null where that cannot be known. */
    lost: z.int().nullable(),
    anchors: z.array(anchorFinding),
  }),
  async run({ watch, trail }: Plans) {
    const findings = await watch.look();
    const { size: sealed } = await trail.state();
    const { lost = null } = await restoredState(findings, { watch, trail });
    return { sealed, lost, anchors: findings.map(told) };
  },
});

function told(finding: AnchorFinding): z.input<typeof anchorFinding> {
  const kept = 'kept' in finding ? finding.kept : undefined;
  return {
    anchor: finding.anchor.name,
    state: finding.state,
    problem: 'problem' in finding ? finding.problem : null,
    size: kept?.size ?? null,
    at: kept?.time ?? null,
  };
}

/**
 * Whether a checkpoint is of the lost time. One of a key that is not known may be forged: dated ahead it would cover whatever is
 * signed until then, also what a later rollback takes away.
 */
const isLost = ({ state, kept }: Judged, now: Date): boolean =>
  state !== 'strange' || kept.time === undefined || kept.time <= addSeconds(now, CLOCK_TOLERANCE_SECONDS);

/** Newest checkpoint of the database, and how many events the anchors know beyond it. */
async function restoredState(findings: readonly AnchorFinding[], { trail }: Plans): Promise<RestoredState> {
  const [newest, { size }, unsealed] = await Promise.all([trail.newest(), trail.state(), trail.unsealed()]);
  const sizes = findings.flatMap((finding) => (finding.state === 'shorter' ? [finding.kept.size] : []));
  // Where the trail went another way, nobody can tell how much of it is the same.
  const isKnown = sizes.length > 0 && !findings.some(({ state }) => state === 'another');
  return {
    restored: newest?.note,
    lost: isKnown ? Math.max(0, Math.max(...sizes) - size - unsealed) : undefined,
  };
}

interface Recovers extends Plans {
  readonly database: Database;
  readonly restores: Pick<RestoreStore, 'begin' | 'count' | 'counts' | 'finish'>;
  readonly recovery: RecoveryStore;
  readonly sessionStore: Pick<SessionStore, 'holdExpired'>;
  readonly terminations: Pick<Terminations, 'end'>;
  readonly statuses: Pick<TokenStatusStore, 'leaveOut'>;
  readonly clock: Clock;
}

const MOST_CHANGES = 100_000;
const SESSIONS = 500;
/** Every session is over by then. */
const END_OF_TIME = new Date('9999-12-31T00:00:00Z');

const lostEvent = z.strictObject({
  id: z.uuid(),
  index: z.int().min(0).optional(),
  at: z.string(),
  type: z.string(),
  outcome: z.string().optional(),
  account: z.string().optional(),
  client: z.string().optional(),
  actor: z.string().optional(),
  details: z.record(z.string(), z.unknown()),
});

/**
 * Ends what must not live again after a restore, in steps that may be repeated, and declares the restore in the trail with the last
 * of them. Until then a server that is behind its anchors does not start.
 */
export const recover = defineStepwise({
  name: 'audit.recover',
  summary: 'Declares that the database was restored.',
  scope: 'system:write',
  operatorOnly: true,
  irreversible: true,
  input: z.strictObject({
    /** The lost events that somebody has a copy of; those that the database has are left out. */
    lost: z.array(lostEvent).max(MOST_CHANGES).optional(),
  }),
  result: z.object({
    lost: z.int().nullable(),
    anchors: z.array(anchorFinding),
    /** How many of each were ended. */
    ended: z.record(z.string(), z.int()),
    /** What was changed since the backup and is gone; null where nobody had a copy. */
    changes: z.array(lostEvent).nullable(),
    /** People whose recovery codes may have been spent since the backup, and go on: nobody knows. */
    peopleWithRecoveryCodes: z.int(),
  }),
  async run(deps: Recovers, { input, step }) {
    const { watch, trail, recovery, restores, clock } = deps;
    const findings = await watch.look();
    const state = await restoredState(findings, { watch, trail });
    const restore = await step(({ tx }) => restores.begin(tx, state));
    const changes = input.lost === undefined ? undefined : await lostChanges(step, recovery, input.lost);
    await endEverything(deps, step, restore, changes ?? []);
    const anchored = [
      ...new Set(
        findings
          .flatMap((each) => ('missing' in each ? each.missing : []))
          .flatMap((each) => (isLost(each, clock.now()) ? [each.kept.note] : [])),
      ),
    ];
    const { ended, people } = await step(async ({ tx, record }) => {
      const counts = await restores.counts(tx, restore);
      await record({
        type: 'audit.restored',
        details: {
          ...(restore.restored === undefined ? {} : { restored: restore.restored }),
          anchored,
          ...(restore.lost === undefined ? {} : { lost: restore.lost }),
          ...(changes === undefined ? {} : { changes: changes.length }),
          ended: counts,
        },
      });
      await restores.finish(tx, restore);
      return { ended: counts, people: await recovery.withRecoveryCodes(tx) };
    });
    return {
      lost: restore.lost ?? null,
      anchors: findings.map(told),
      ended,
      changes: changes ?? null,
      peopleWithRecoveryCodes: people,
    };
  },
});

type StepOf = StepwiseContext<unknown>['step'];

/** A step of which PostgreSQL says that it was rolled back, because others were at the same rows, is made again. */
const repeated = <T>(step: StepOf, work: (step: Step) => Promise<T>): Promise<T> =>
  repeatRolledBack(() => step(work));

type LostInput = z.output<typeof lostEvent>;

/** Of the lost events, those that changed something for good and are not in the database after all. */
async function lostChanges(
  step: StepOf,
  recovery: RecoveryStore,
  lost: readonly LostInput[],
): Promise<LostInput[]> {
  const changes = lost.filter((event) => isLostChange(asLost(event)));
  const present = await step(({ tx }) =>
    recovery.present(
      tx,
      changes.map(({ id }) => id),
    ),
  );
  return changes.filter(({ id }) => !present.has(id));
}

const asLost = (event: LostInput): LostEvent => ({
  id: event.id,
  index: event.index,
  at: event.at,
  type: event.type,
  outcome: event.outcome,
  account: event.account,
  client: event.client,
  actor: event.actor,
  details: event.details,
});

/** Proof first, then what was made of it: who is served by a node that runs at this moment has to begin anew as well. */
async function endEverything(
  deps: Recovers,
  step: StepOf,
  restore: RestoreUnderWay,
  changes: readonly LostInput[],
): Promise<void> {
  const { recovery, restores, statuses, sessionStore, terminations, clock } = deps;
  const counted = (name: string, work: (step: Step) => Promise<number>) =>
    repeated(step, async (within) => {
      const rows = await work(within);
      if (rows > 0) await restores.count(within.tx, restore, { [name]: rows });
      return rows;
    });
  const untilNone = async (name: string, work: (step: Step) => Promise<number>) => {
    while ((await counted(name, work)) > 0);
  };

  await step(async ({ tx }) => {
    const last = await recovery.lastEventAt(tx);
    const seconds = last === undefined ? 0 : (clock.now().getTime() - last.getTime()) / 1000;
    // Every token was told to the trail, so there are no more than lost events.
    await statuses.leaveOut(tx, seconds + (restore.lost ?? 0) / LIST_SIZE);
  });
  await eachBatch(step, (tx, after) => recovery.raiseEpochs(tx, after));
  const last = lastSpendableStep(clock.now());
  await eachBatch(step, (tx, after) => recovery.spendSteps(tx, last, after));
  const remove = (kind: Removed) => untilNone(kind, ({ tx }) => recovery.remove(tx, kind, restore.begunAt));
  // What waits from before goes first: the ends of sessions tell applications anew.
  await remove('notices');
  await untilNone('sessions', async ({ tx, by }) => {
    const open = await sessionStore.holdExpired(tx, END_OF_TIME, SESSIONS);
    const endings = open.map((session) => ({ ...session, reason: 'ended_by_administrator' as const }));
    await terminations.end(tx, endings, by);
    return open.length;
  });
  for (const kind of REMOVED_KINDS) if (kind !== 'notices') await remove(kind);
  const people = changes.flatMap((event) =>
    event.account !== undefined && touchesRecoveryCodes(event) ? [event.account] : [],
  );
  await counted('recoveryCodes', ({ tx }) => recovery.endRecoveryCodes(tx, [...new Set(people)]));
}

async function eachBatch(
  step: StepOf,
  work: (tx: Step['tx'], after: string | undefined) => ReturnType<RecoveryStore['raiseEpochs']>,
): Promise<void> {
  let after: string | undefined;
  do {
    const { next } = await repeated(step, ({ tx }) => work(tx, after));
    after = next;
  } while (after !== undefined);
}
