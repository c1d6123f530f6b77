import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import { asEntered, normaliseIdentifier } from '../domain/accounts/policy.ts';
import type { AuditedBy } from '../domain/audit/events.ts';
import { addressFacts } from '../domain/audit/facts.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import { assertNotBreakGlass } from '../domain/break-glass/policy.ts';
import { recipientOf } from '../domain/mail/mails.ts';
import type { MailOutbox } from '../domain/mail/store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Executor } from '../storage/database.ts';
import type { EndOfAccess } from './end-of-access.ts';
import { occurrence } from './password-reset.ts';

export interface AddressSettingDependencies {
  readonly life: Pick<LifecycleStore, 'lock' | 'setAddress'>;
  readonly endOfAccess: EndOfAccess;
  readonly mail: Pick<MailOutbox, 'enqueue'>;
  readonly audit: AuditLog;
  readonly clock: Clock;
}

export interface AddressSetting {
  /**
   * In the transaction of the caller: gives an account another address, for an operator who knows whose account it is: also one
   * that is disabled, because its former address was somebody else's when it was to be restored. Ends every link that was
   * mailed about the account, those with which a former address takes it back too: the operator has the last word. Both
   * addresses are told. `unknown`: there is no such account. Throws `email_invalid` (400), `account_exists` (409).
   */
  set(
    tx: Executor,
    accountId: string,
    address: { readonly email: string; readonly verified: boolean },
    by: AuditedBy,
  ): Promise<'set' | 'unchanged' | 'unknown'>;
}

export function createAddressSetting(deps: AddressSettingDependencies): AddressSetting {
  return {
    async set(tx, id, { email: given, verified }, by) {
      const before = await deps.life.lock(tx, id);
      if (before === undefined) return 'unknown';
      assertNotBreakGlass(before);
      const email = asEntered(given);
      if (email === before.email) return 'unchanged';
      // Only written in another way, it is as much theirs as before.
      const isSame = normaliseIdentifier(email) === normaliseIdentifier(before.email);
      const emailVerified = verified || (isSame && before.emailVerified);
      await deps.life.setAddress(tx, id, email, emailVerified);
      await deps.endOfAccess.end(tx, id, 'addressSet', by);
      await deps.audit.record(tx, {
        type: 'address.changed',
        outcome: 'success',
        account: id,
        ...by,
        details: { before: addressFacts(before), after: addressFacts({ email, emailVerified }) },
      });
      const recipient = recipientOf(before);
      for (const address of [before.email, email]) {
        await deps.mail.enqueue(tx, {
          kind: 'address-changed',
          to: { ...recipient, address },
          model: {
            newAddress: email,
            changedBy: 'administrator',
            ...occurrence(deps.clock.now(), by.origin),
          },
        });
      }
      return 'set';
    },
  };
}
