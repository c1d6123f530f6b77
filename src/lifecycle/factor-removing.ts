import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import type { AuditedBy } from '../domain/audit/events.ts';
import { factorFacts } from '../domain/audit/facts.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import { assertNotBreakGlass } from '../domain/break-glass/policy.ts';
import { recipientOf } from '../domain/mail/mails.ts';
import type { MailOutbox } from '../domain/mail/store.ts';
import type { RecoveryCodeStore } from '../domain/recovery-codes/store.ts';
import { demandFor, type FactorSettings } from '../domain/second-factors/policy.ts';
import type { TrustedDeviceStore } from '../domain/trusted-devices/store.ts';
import type { Clock } from '../kernel/clock.ts';
import { conflict, isCode, notFound } from '../kernel/errors.ts';
import { FACTORS, type KeptFactorKind, OWN_KINDS } from '../sign-in/factors/kinds.ts';
import type { Executor } from '../storage/database.ts';
import { commitWrites, type Write } from '../storage/unit-of-work.ts';
import type { EndOfAccess } from './end-of-access.ts';
import { heldOf, listOwn, type OwnFactorStoreDependencies, ownFactorStores } from './factor-stores.ts';
import { isLast, mustStay } from './must-stay.ts';
import type { Notices } from './notices.ts';
import { occurrence } from './password-reset.ts';

export interface FactorRemovingDependencies extends OwnFactorStoreDependencies<'list' | 'remove'> {
  readonly life: Pick<LifecycleStore, 'lock'>;
  readonly recoveryCodes: Pick<RecoveryCodeStore, 'remaining' | 'removeAll'>;
  readonly trustedDevices: Pick<TrustedDeviceStore, 'revoke'>;
  readonly factorSettings: FactorSettings;
  readonly endOfAccess: EndOfAccess;
  readonly mail: Pick<MailOutbox, 'enqueue'>;
  readonly notices: Pick<Notices, 'secureLink'>;
  readonly audit: AuditLog;
  readonly clock: Clock;
}

/** How all recovery codes together are named where one factor is: they have no id of their own. */
export const RECOVERY_CODES = 'recovery_codes';

/** What an administrator takes of somebody's factors, one at a time. All at once is `factor-reset.ts`. */
export interface FactorRemoving {
  /**
   * In the transaction of the caller: removes one factor, or all recovery codes, that is lost or in the hands of somebody else. Ends
   * sessions, tokens, trusted devices and sign-ins under way, which it may have let in, and tells its owner. Answers its kind;
   * undefined where there is no such account. Throws `factor_unknown` (404), and `factor_must_stay` (409) for the last one, or the
   * last that meets what is demanded: a reset removes that, so that the next one is set up with a code and not by the password alone.
   */
  remove(tx: Executor, accountId: string, factor: string, by: AuditedBy): Promise<KeptFactorKind | undefined>;
  /** In the transaction of the caller: a device is trusted no more. Throws `device_unknown` (404). */
  forgetDevice(tx: Executor, accountId: string, device: string, by: AuditedBy): Promise<void>;
}

export function createFactorRemoving(deps: FactorRemovingDependencies): FactorRemoving {
  const stores = ownFactorStores(deps);

  interface Removal {
    readonly kind: KeptFactorKind;
    readonly write: Write;
    readonly details: { readonly id?: string; readonly name?: string | undefined };
  }

  async function found(
    tx: Executor,
    account: { id: string; roles: readonly string[] },
    factor: string,
  ): Promise<Removal> {
    if (factor === RECOVERY_CODES) {
      if ((await deps.recoveryCodes.remaining(account.id, tx)).createdAt === undefined) throw unknown();
      return { kind: 'recovery_code', write: deps.recoveryCodes.removeAll(account.id), details: {} };
    }
    const own = await listOwn(stores, account.id, tx);
    for (const kind of OWN_KINDS) {
      const one = own[kind].find(({ id }) => id === factor);
      if (one === undefined) continue;
      const held = heldOf(own);
      const demand = demandFor(account.roles, undefined, deps.factorSettings);
      if (isLast(held) || mustStay(demand, kind, held) !== undefined) throw staysForReset();
      return {
        kind,
        write: stores[kind].remove(account.id, one.id),
        details: { id: one.id, name: one.name },
      };
    }
    throw unknown();
  }

  return {
    async remove(tx, accountId, factor, by) {
      const account = await deps.life.lock(tx, accountId);
      if (account === undefined) return undefined;
      assertNotBreakGlass(account);
      const { kind, write, details } = await found(tx, account, factor);
      await commitWrites(tx, [write]);
      await deps.endOfAccess.end(tx, accountId, 'factorRemoved', by);
      const { id, name } = details;
      await deps.audit.record(tx, {
        type: 'factor.removed',
        outcome: 'success',
        account: accountId,
        ...by,
        details: {
          kind: FACTORS[kind].audited,
          ...(id === undefined ? {} : { id, before: factorFacts(name) }),
        },
      });
      if (account.status !== 'active') return kind;
      await deps.mail.enqueue(tx, {
        kind: 'factor-changed',
        to: recipientOf(account),
        model: {
          change: 'removed',
          factor: FACTORS[kind].mailed,
          ...occurrence(deps.clock.now(), by.origin),
          secureLink: await deps.notices.secureLink(tx, accountId, deps.clock.now()),
        },
      });
      return kind;
    },

    async forgetDevice(tx, accountId, device, by) {
      await commitWrites(tx, [deps.trustedDevices.revoke(accountId, device)]).catch((error) => {
        throw isCode(error, 'device_unknown')
          ? notFound('device_unknown', 'The person trusts no such device.')
          : error;
      });
      await deps.audit.record(tx, {
        type: 'device.trust_ended',
        outcome: 'success',
        account: accountId,
        ...by,
        details: { all: false },
      });
    },
  };
}

const unknown = () => notFound('factor_unknown', 'The person has no such factor.');

const staysForReset = () =>
  conflict(
    'factor_must_stay',
    'This is the last factor, or the last that meets what is demanded of the person. Reset their factors instead: then the next one is set up with a code.',
  );
