import { type Dormancy, type DormancySettings, dormancyOf, fewestDays } from '../domain/accounts/dormancy.ts';
import type { DormancyPlace, DormancyStore, DormantCandidate } from '../domain/accounts/dormancy-store.ts';
import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import { SYSTEM_ACTOR } from '../domain/audit/actor.ts';
import type { AuditedBy } from '../domain/audit/events.ts';
import { recipientOf } from '../domain/mail/mails.ts';
import type { MailOutbox } from '../domain/mail/store.ts';
import type { Clock } from '../kernel/clock.ts';
import { isCode } from '../kernel/errors.ts';
import type { Database, Executor } from '../storage/database.ts';
import type { AccountStatusChanges } from './account-status.ts';
import type { LastAdministrator } from './last-administrator.ts';

export interface DormancyDependencies {
  readonly issuer: string;
  readonly dormancySettings: DormancySettings;
  readonly database: Database;
  readonly dormancies: DormancyStore;
  readonly life: Pick<LifecycleStore, 'lock'>;
  readonly accountStatus: Pick<AccountStatusChanges, 'disableDormant'>;
  readonly lastAdministrator: Pick<LastAdministrator, 'isLast'>;
  readonly mail: Pick<MailOutbox, 'enqueue'>;
  readonly clock: Clock;
}

/** What has become of the people that were looked at. */
export interface DormancyRound {
  readonly told: number;
  readonly disabled: number;
  /** What went wrong about some of them; nobody behind them waits for that. */
  readonly failures: readonly unknown[];
  /** Where to go on; undefined where everybody was looked at. */
  readonly next: DormancyPlace | undefined;
}

/** Somebody who is disabled because they were dormant, or how an active person stands. */
export type DormancyStanding =
  | { readonly is: 'disabled'; readonly since: Date }
  | ({ readonly is: 'active' } & Dormancy);

export interface DormantPeople {
  /**
   * Tells, and disables, those of up to `limit` accounts for whom the time has come, each in a transaction of its own and once on
   * all nodes. Undefined where nobody is ever dormant.
   */
  goOn(after: DormancyPlace | undefined, limit: number): Promise<DormancyRound | undefined>;
  /** Of one account; undefined where it is never dormant, or is left alone. */
  standing(account: string): Promise<DormancyStanding | undefined>;
}

const DAY_MS = 86_400_000;

const bySystem: AuditedBy = { actor: SYSTEM_ACTOR, origin: {} };

export function createDormantPeople(deps: DormancyDependencies): DormantPeople {
  const { database, dormancies, life, accountStatus, lastAdministrator, mail, clock } = deps;
  const { dormancySettings: settings } = deps;

  /** How they stand; undefined where they are left alone. */
  async function standingOf(
    executor: Executor,
    candidate: DormantCandidate,
    now: Date,
  ): Promise<Dormancy | undefined> {
    const { account, planned } = candidate;
    if (account.status !== 'active' || account.breakGlass || planned) return undefined;
    const dormancy = dormancyOf(now, factsOf(candidate), settings);
    if (dormancy === undefined || (await lastAdministrator.isLast(executor, account.id))) return undefined;
    return dormancy;
  }

  /** Everything is asked again with the account's row held: a sign-in that began before is seen, and one that begins now waits. */
  const doOne = (id: string): Promise<Dormancy['due']> =>
    database.transaction(async (tx) => {
      const now = clock.now();
      if ((await life.lock(tx, id)) === undefined) return undefined;
      const candidate = await dormancies.facts(tx, id, now);
      const dormancy = candidate && (await standingOf(tx, candidate, now));
      if (candidate === undefined || dormancy?.due === undefined) return undefined;
      const { since, disableAt, days, toldAt } = dormancy;
      if (toldAt === undefined) {
        await dormancies.tell(tx, id, { since, toldAt: now, disableAt });
        const model = { link: `${deps.issuer}/account`, since, expiresAt: disableAt };
        await mail.enqueue(tx, { kind: 'account-dormant', to: recipientOf(candidate.account), model });
        return 'notice';
      }
      const facts = { lastSignIn: candidate.lastSignIn, since, days, toldAt };
      return (await accountStatus.disableDormant(tx, id, facts, bySystem)) ? 'disabling' : undefined;
    });

  return {
    async goOn(after, limit) {
      const fewest = fewestDays(settings);
      if (fewest === undefined) return undefined;
      const now = clock.now();
      const before = new Date(now.getTime() - (fewest - settings.noticeDays) * DAY_MS);
      const { candidates, next } = await dormancies.batch(database, { before, after, limit }, now);
      const due = candidates.filter(
        (each) => !each.planned && dormancyOf(now, factsOf(each), settings)?.due !== undefined,
      );
      const done: Dormancy['due'][] = [];
      const failures: unknown[] = [];
      for (const { account } of due) {
        try {
          done.push(await doOne(account.id));
        } catch (error) {
          // Somebody else has ceased to be an administrator at the same moment.
          if (!isCode(error, 'last_administrator')) failures.push(error);
        }
      }
      const count = (what: Dormancy['due']) => done.filter((each) => each === what).length;
      return { told: count('notice'), disabled: count('disabling'), failures, next };
    },

    async standing(id) {
      const now = clock.now();
      const candidate = await dormancies.facts(database, id, now);
      if (candidate === undefined) return undefined;
      if (candidate.disabledAsDormant && candidate.notice)
        return { is: 'disabled', since: candidate.notice.since };
      const dormancy = await standingOf(database, candidate, now);
      return dormancy && { is: 'active', ...dormancy };
    },
  };
}

const factsOf = ({ account, ...rest }: DormantCandidate) => ({
  ...rest,
  roles: account.roles,
  createdAt: account.createdAt,
});
