import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import type { AuditDetails, AuditedBy } from '../domain/audit/events.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import { assertNotBreakGlass } from '../domain/break-glass/policy.ts';
import { recipientOf } from '../domain/mail/mails.ts';
import type { MailOutbox } from '../domain/mail/store.ts';
import type { RecoveryCodeStore } from '../domain/recovery-codes/store.ts';
import type { FactorEnrolmentStore } from '../domain/second-factors/store.ts';
import type { IssuedCode } from '../domain/temporary-codes/store.ts';
import type { TrustedDeviceStore } from '../domain/trusted-devices/store.ts';
import type { Clock } from '../kernel/clock.ts';
import { FACTORS, type KeptFactorKind, OWN_KINDS, type OwnFactorKind } from '../sign-in/factors/kinds.ts';
import type { Executor } from '../storage/database.ts';
import { commitWrites, type Write } from '../storage/unit-of-work.ts';
import type { EndOfAccess } from './end-of-access.ts';
import { listOwn, type OwnFactorStoreDependencies, ownFactorStores } from './factor-stores.ts';
import type { Notices } from './notices.ts';
import { occurrence } from './password-reset.ts';
import type { TemporaryCodeIssuing } from './temporary-codes.ts';

interface FactorStores extends OwnFactorStoreDependencies<'list' | 'removeAll'> {
  readonly recoveryCodes: Pick<RecoveryCodeStore, 'remaining' | 'removeAll'>;
  readonly trustedDevices: Pick<TrustedDeviceStore, 'list'>;
  readonly factorEnrolments: Pick<FactorEnrolmentStore, 'require'>;
}

export interface FactorResetDependencies extends FactorStores {
  readonly life: Pick<LifecycleStore, 'lock'>;
  readonly audit: AuditLog;
  readonly mail: Pick<MailOutbox, 'enqueue'>;
  readonly notices: Pick<Notices, 'secureLink'>;
  readonly clock: Clock;
  readonly endOfAccess: EndOfAccess;
  readonly temporaryCodeIssuing: Pick<TemporaryCodeIssuing, 'issueForReset'>;
}

/** What a person had and has lost, as the audit trail counts it. */
export type LostFactors = Readonly<AuditDetails['factor.reset']>;

export interface ResetFactors {
  readonly lost: LostFactors;
  /** With which its person sets up a new factor. None for an account that is disabled: it gets one when it is enabled. */
  readonly code: IssuedCode | undefined;
}

export interface FactorReset {
  /**
   * In the transaction of the caller: removes every second factor of an account, for somebody who has lost them all: also ends
   * its sessions, tokens, trusted devices and the sign-ins under way, tells its owner, and has the next sign-in set up a new
   * factor, which asks for the code: until there is one, whoever knows the password alone sets up nothing. Undefined when there
   * is no such account.
   */
  reset(tx: Executor, accountId: string, by: AuditedBy): Promise<ResetFactors | undefined>;
}

/** Of everything that an account keeps, in the order in which it is written. */
function removals({ totp, recoveryCodes, passkeys }: FactorStores, accountId: string): readonly Write[] {
  const byKind: Readonly<Record<KeptFactorKind, Write>> = {
    totp: totp.removeAll(accountId),
    recovery_code: recoveryCodes.removeAll(accountId),
    passkey: passkeys.removeAll(accountId),
  };
  return Object.values(byKind);
}

export function createFactorReset(deps: FactorResetDependencies): FactorReset {
  const stores = ownFactorStores(deps);

  /** As the transaction sees them, which holds the account: what is counted is what is removed. */
  async function counted(tx: Executor, id: string): Promise<LostFactors> {
    // A transaction has one connection.
    const own = await listOwn(stores, id, tx);
    const codes = await deps.recoveryCodes.remaining(id, tx);
    const devices = await deps.trustedDevices.list(id, tx);
    const counts = OWN_KINDS.map((kind) => [FACTORS[kind].countedAs, own[kind].length]);
    return {
      ...(Object.fromEntries(counts) as Record<(typeof FACTORS)[OwnFactorKind]['countedAs'], number>),
      [FACTORS.recovery_code.countedAs]: codes.left,
      trustedDevices: devices.length,
    };
  }

  return {
    async reset(tx, id, by) {
      const account = await deps.life.lock(tx, id);
      if (account === undefined) return undefined;
      assertNotBreakGlass(account);
      const lost = await counted(tx, id);
      await commitWrites(tx, [...removals(deps, id), deps.factorEnrolments.require(id, true)]);
      await deps.endOfAccess.end(tx, id, 'factorsReset', by);
      await deps.audit.record(tx, {
        type: 'factor.reset',
        outcome: 'success',
        account: id,
        ...by,
        details: { ...lost },
      });
      const isActive = account.status === 'active';
      const code = isActive ? await deps.temporaryCodeIssuing.issueForReset(tx, account, by) : undefined;
      if (isActive) {
        await deps.mail.enqueue(tx, {
          kind: 'factor-changed',
          to: recipientOf(account),
          model: {
            change: 'removed',
            factor: 'all',
            ...occurrence(deps.clock.now(), by.origin),
            secureLink: await deps.notices.secureLink(tx, id, deps.clock.now()),
          },
        });
      }
      return { lost, code };
    },
  };
}
