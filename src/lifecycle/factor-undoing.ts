import { person } from '../domain/audit/actor.ts';
import type { AuditDetails, AuditEvent, AuditedFactor, Origin } from '../domain/audit/events.ts';
import { factorFacts } from '../domain/audit/facts.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import type { RecoveryCodeStore } from '../domain/recovery-codes/store.ts';
import type { FactorEnrolmentStore } from '../domain/second-factors/store.ts';
import { FACTORS, OWN_KINDS } from '../sign-in/factors/kinds.ts';
import type { Executor } from '../storage/database.ts';
import { commitWrites } from '../storage/unit-of-work.ts';
import { listOwn, type OwnFactorStoreDependencies, ownFactorStores } from './factor-stores.ts';

export interface FactorUndoingDependencies extends OwnFactorStoreDependencies<'list' | 'remove'> {
  readonly recoveryCodes: Pick<RecoveryCodeStore, 'remaining' | 'removeAll'>;
  readonly factorEnrolments: Pick<FactorEnrolmentStore, 'require'>;
  readonly audit: AuditLog;
}

/** A way to sign in that came to an account since a moment. */
export interface AddedFactor {
  readonly kind: AuditedFactor;
  /** Of a factor to which its owner gives one. */
  readonly name?: string | undefined;
  readonly createdAt: Date;
}

/**
 * What somebody else has added to an account while they had it: its owner, who gets it back, would be stopped by it. Only what was
 * added since a moment is ever removed, and the moment is one at which the owner was mailed: whoever has nothing but the
 * mailbox cannot rid an account of the factors that protected it before.
 */
export interface FactorUndoing {
  /** What {@link undo} would remove, the oldest first of each kind. */
  addedSince(accountId: string, since: Date, executor?: Executor): Promise<readonly AddedFactor[]>;
  /**
   * Removes what was added since. Where no app and no passkey is left, recovery codes go as well, as they stand in for
   * one, and the next sign-in sets up a factor anew. The caller holds the lock of the account and ends what is signed in.
   */
  undo(tx: Executor, accountId: string, since: Date, origin: Origin): Promise<void>;
}

export function createFactorUndoing(deps: FactorUndoingDependencies): FactorUndoing {
  const { recoveryCodes } = deps;
  const stores = ownFactorStores(deps);

  async function factorsOf(accountId: string, executor: Executor | undefined) {
    const own = await listOwn(stores, accountId, executor);
    const codes = await recoveryCodes.remaining(accountId, executor);
    const named = OWN_KINDS.flatMap((kind) =>
      own[kind].map(({ id, name, createdAt }) => ({ kind, id, name, createdAt })),
    );
    return { named, codesMade: codes.createdAt };
  }

  return {
    async addedSince(accountId, since, executor) {
      const { named, codesMade } = await factorsOf(accountId, executor);
      const factors = named.map(({ kind, name, createdAt }) => ({
        kind: FACTORS[kind].audited,
        name,
        createdAt,
      }));
      const codes =
        codesMade === undefined ? [] : [{ kind: FACTORS.recovery_code.audited, createdAt: codesMade }];
      return [...factors, ...codes].filter(({ createdAt }) => createdAt >= since);
    },

    async undo(tx, accountId, since, origin) {
      const { named, codesMade } = await factorsOf(accountId, tx);
      const undone = named.filter(({ createdAt }) => createdAt >= since);
      const leavesNone = undone.length === named.length;
      const codesGo = codesMade !== undefined && (codesMade >= since || leavesNone);
      if (undone.length === 0 && !codesGo) return;
      await commitWrites(tx, [
        ...undone.map(({ kind, id }) => stores[kind].remove(accountId, id)),
        ...(codesGo ? [recoveryCodes.removeAll(accountId)] : []),
        ...(leavesNone ? [deps.factorEnrolments.require(accountId)] : []),
      ]);
      const about = { outcome: 'success', actor: person(accountId), account: accountId, origin } as const;
      const removed = (details: AuditDetails['factor.removed']): AuditEvent => ({
        ...about,
        type: 'factor.removed',
        details,
      });
      await deps.audit.record(
        tx,
        ...undone.map(({ kind, id, name }) =>
          removed({ kind: FACTORS[kind].audited, id, before: factorFacts(name) }),
        ),
        ...(codesGo ? [removed({ kind: FACTORS.recovery_code.audited })] : []),
      );
    },
  };
}
