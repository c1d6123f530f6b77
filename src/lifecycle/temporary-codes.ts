import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import type { Account } from '../domain/accounts/store.ts';
import type { AuditedBy } from '../domain/audit/events.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import { assertNotBreakGlass } from '../domain/break-glass/policy.ts';
import { recipientOf } from '../domain/mail/mails.ts';
import type { MailOutbox } from '../domain/mail/store.ts';
import { demandFor, type FactorSettings } from '../domain/second-factors/policy.ts';
import type { FactorEnrolmentStore } from '../domain/second-factors/store.ts';
import type { IssuedCode, TemporaryCodeStore } from '../domain/temporary-codes/store.ts';
import type { Clock } from '../kernel/clock.ts';
import { conflict } from '../kernel/errors.ts';
import { hasOwn } from '../sign-in/factors/kinds.ts';
import type { Executor } from '../storage/database.ts';
import { heldOf, listOwn, type OwnFactorStoreDependencies, ownFactorStores } from './factor-stores.ts';
import type { Notices } from './notices.ts';
import { occurrence } from './password-reset.ts';

export interface TemporaryCodeDependencies extends OwnFactorStoreDependencies<'list'> {
  readonly life: Pick<LifecycleStore, 'lock'>;
  readonly temporaryCodes: Pick<TemporaryCodeStore, 'issue'>;
  readonly factorEnrolments: Pick<FactorEnrolmentStore, 'state'>;
  readonly factorSettings: FactorSettings;
  readonly audit: AuditLog;
  readonly mail: Pick<MailOutbox, 'enqueue'>;
  readonly notices: Pick<Notices, 'secureLink'>;
  readonly clock: Clock;
}

/** What a code is good for: to set up a first factor after a reset, or to sign in once without the factor that there is. */
export type CodePurpose = 'enrolment' | 'sign_in';

export interface IssuedTemporaryCode extends IssuedCode {
  readonly purpose: CodePurpose;
}

/** Temporary access codes, which an operator hands over by another way than the sign-in, to somebody they are sure of. */
export interface TemporaryCodeIssuing {
  /**
   * In the transaction of the caller: a code for somebody who has left their factors at home, or whose code for a first factor
   * is used up or too old. An earlier one is void, and nothing else changes. Undefined where there is no such account. Throws
   * `account_disabled`, `factor_missing` (there is nothing that it could stand in for) or `passkey_needed` (nothing stands in
   * for a passkey where the policy of the person's roles is `phishing_resistant`), each 409.
   */
  issue(tx: Executor, accountId: string, by: AuditedBy): Promise<IssuedTemporaryCode | undefined>;
  /** The same within a reset, which holds the account, and whose own mail tells of it. */
  issueForReset(tx: Executor, account: Pick<Account, 'id'>, by: AuditedBy): Promise<IssuedCode>;
}

export function createTemporaryCodeIssuing(deps: TemporaryCodeDependencies): TemporaryCodeIssuing {
  const { temporaryCodes, audit } = deps;
  const stores = ownFactorStores(deps);

  async function purposeOf(tx: Executor, { id, roles, status, email }: Account): Promise<CodePurpose> {
    if (status !== 'active') throw conflict('account_disabled', `${email} is disabled, so no code was made.`);
    const isEnrolled = hasOwn(heldOf(await listOwn(stores, id, tx)));
    if (!isEnrolled && (await deps.factorEnrolments.state(id, tx)).codeNeeded) return 'enrolment';
    if (!isEnrolled) {
      throw conflict('factor_missing', `${email} has no second factor that a code could stand in for.`);
    }
    if (demandFor(roles, undefined, deps.factorSettings) === 'phishing_resistant') {
      throw conflict(
        'passkey_needed',
        `${email} needs a passkey to sign in, for which no code stands in. If it is lost: "gatehouse users reset-factors".`,
      );
    }
    return 'sign_in';
  }

  async function make(tx: Executor, id: string, purpose: CodePurpose, by: AuditedBy) {
    const issued = await temporaryCodes.issue(tx, id);
    await audit.record(tx, {
      type: 'temporary_code.issued',
      outcome: 'success',
      account: id,
      ...by,
      details: { purpose, until: issued.expiresAt.toISOString() },
    });
    return issued;
  }

  return {
    issueForReset: (tx, { id }, by) => make(tx, id, 'enrolment', by),

    async issue(tx, accountId, by) {
      const account = await deps.life.lock(tx, accountId);
      if (account === undefined) return undefined;
      assertNotBreakGlass(account);
      const purpose = await purposeOf(tx, account);
      const issued = await make(tx, accountId, purpose, by);
      await deps.mail.enqueue(tx, {
        kind: 'temporary-code',
        to: recipientOf(account),
        model: {
          what: purpose === 'enrolment' ? 'issued_for_factor' : 'issued',
          expiresAt: issued.expiresAt,
          ...occurrence(deps.clock.now(), by.origin),
          secureLink: await deps.notices.secureLink(tx, accountId, deps.clock.now()),
        },
      });
      return { ...issued, purpose };
    },
  };
}
