import { normaliseIdentifier } from '../domain/accounts/policy.ts';
import type { Account } from '../domain/accounts/store.ts';
import { person } from '../domain/audit/actor.ts';
import type { Origin } from '../domain/audit/events.ts';
import { passwordChange } from '../domain/audit/facts.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import { recipientOf } from '../domain/mail/mails.ts';
import type { MailOutbox } from '../domain/mail/store.ts';
import type { PasswordProblem } from '../domain/passwords/policy.ts';
import type { Clock } from '../kernel/clock.ts';
import { conflict } from '../kernel/errors.ts';
import type { AttemptStore } from '../sign-in/store.ts';
import type { Database, Executor } from '../storage/database.ts';
import { commitWrites, UnitConflict } from '../storage/unit-of-work.ts';
import type { EndOfAccess } from './end-of-access.ts';
import type { NewPasswords } from './new-passwords.ts';
import type { Notices } from './notices.ts';
import { occurrence } from './password-reset.ts';

export interface DemandedChangeDependencies {
  readonly notices: Pick<Notices, 'secureLink'>;
  readonly database: Database;
  readonly attempts: Pick<AttemptStore, 'underWay'>;
  readonly mail: MailOutbox;
  readonly audit: AuditLog;
  readonly passwords: NewPasswords;
  readonly clock: Clock;
  readonly endOfAccess: EndOfAccess;
  readonly lockout: { clear(tx: Executor, account: { id: string; identifier: string }): Promise<unknown> };
}

type Changed = Required<Pick<Account, 'passwordChangedAt' | 'accessEpoch'>>;

/** Where the change comes from, and which application's sign-in it is part of. */
export interface Demand {
  /** The sign-in that waits for it. */
  readonly attempt: string;
  /** The session that this browser has, which is the one to stay. */
  readonly session: string | undefined;
  readonly client: string;
  readonly origin: Origin;
}

export interface Completion {
  readonly problems: readonly PasswordProblem[];
  readonly account: Account;
}

export interface DemandedChange {
  /**
   * The new password of somebody who has proven the old one and may not use it any more: expired, known to others, or by an
   * administrator's wish. Ends every other session, lifts what asked for the change and tells the person. Answers what is wrong
   * with the password; where nothing is, it is set, and `account` has it. Throws `changed_meanwhile` (409) when another one was
   * set since `account` was read or the sign-in was ended, `hashing_busy` (503).
   */
  complete(account: Account, chosen: string, by: Demand): Promise<Completion>;
}

export const CHANGED_MEANWHILE = 'changed_meanwhile';

export function createDemandedChange(deps: DemandedChangeDependencies): DemandedChange {
  const { database, mail, audit, passwords, clock, endOfAccess, lockout } = deps;

  async function store(tx: Executor, account: Account, hash: string, by: Demand): Promise<Changed> {
    const { id } = account;
    const { session, client, origin } = by;
    // Hashing takes a while, in which the owner or an administrator may have ended the sign-in.
    await commitWrites(tx, [deps.attempts.underWay(by.attempt)]).catch(asChangedMeanwhile);
    const changedAt = await passwords.store(tx, account, hash);
    if (changedAt === undefined) {
      throw conflict(CHANGED_MEANWHILE, 'The password was changed meanwhile.');
    }
    await lockout.clear(tx, { id, identifier: normaliseIdentifier(account.email) });
    const accessEpoch = await endOfAccess.end(tx, id, 'passwordChangeDone', {
      actor: person(id),
      origin,
      session,
    });
    if (accessEpoch === undefined) throw conflict(CHANGED_MEANWHILE, 'The account is gone.');
    await audit.record(tx, {
      type: 'password.changed',
      outcome: 'success',
      actor: person(id),
      account: id,
      client,
      origin,
      details: {
        by: 'demand',
        sessionsEnded: true,
        ...passwordChange(account, changedAt, passwords.policyFor(account)),
      },
    });
    await mail.enqueue(tx, {
      kind: 'password-changed',
      to: recipientOf(account),
      model: {
        changedBy: 'person',
        sessionsEnded: true,
        ...occurrence(clock.now(), origin),
        secureLink: await deps.notices.secureLink(tx, account.id, clock.now()),
      },
    });
    return { passwordChangedAt: changedAt, accessEpoch };
  }

  return {
    async complete(account, chosen, by) {
      const problems = await passwords.problems(chosen, account);
      if (problems.length > 0) return { problems, account };
      const hash = await passwords.hash(chosen);
      const changed = await database.transaction((tx) => store(tx, account, hash, by));
      return { problems, account: { ...account, passwordHash: hash, ...changed } };
    },
  };
}

function asChangedMeanwhile(error: unknown): never {
  throw error instanceof UnitConflict
    ? conflict(CHANGED_MEANWHILE, 'This sign-in was ended meanwhile.')
    : error;
}
