import type { AuditEvent, Origin } from '../domain/audit/events.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import type { PasskeyStore } from '../domain/passkeys/store.ts';
import type { RecoveryCodeStore } from '../domain/recovery-codes/store.ts';
import type { FactorEnrolmentStore } from '../domain/second-factors/store.ts';
import type { TotpStore } from '../domain/totp/store.ts';
import type { Executor } from '../storage/database.ts';
import { commitWrites } from '../storage/unit-of-work.ts';

export interface FactorUndoingDependencies {
  readonly totp: Pick<TotpStore, 'list' | 'remove'>;
  readonly passkeys: Pick<PasskeyStore, 'list' | 'remove'>;
  readonly recoveryCodes: Pick<RecoveryCodeStore, 'remaining' | 'removeAll'>;
  readonly factorEnrolments: Pick<FactorEnrolmentStore, 'require'>;
  readonly audit: AuditLog;
}

/** A way to sign in that came to an account since a moment. */
export type AddedFactor =
  | {
      readonly kind: 'totp' | 'passkey';
      readonly id: string;
      readonly name: string | undefined;
      readonly createdAt: Date;
    }
  | { readonly kind: 'recovery_codes'; readonly createdAt: Date };

/**
 * What somebody else has added to an account while they had it: who gets it back would be stopped at it. Only what was
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
  const { totp, passkeys, recoveryCodes } = deps;

  async function factorsOf(accountId: string, executor: Executor | undefined) {
    const apps = await totp.list(accountId, executor);
    const keys = await passkeys.list(accountId, executor);
    const codes = await recoveryCodes.remaining(accountId, executor);
    const named = [
      ...apps.map(({ id, name, createdAt }) => ({ kind: 'totp', id, name, createdAt }) as const),
      ...keys.map(({ id, name, createdAt }) => ({ kind: 'passkey', id, name, createdAt }) as const),
    ];
    return { named, codesMade: codes.createdAt };
  }

  return {
    async addedSince(accountId, since, executor) {
      const { named, codesMade } = await factorsOf(accountId, executor);
      const codes =
        codesMade === undefined ? [] : [{ kind: 'recovery_codes', createdAt: codesMade } as const];
      return [...named, ...codes].filter(({ createdAt }) => createdAt >= since);
    },

    async undo(tx, accountId, since, origin) {
      const { named, codesMade } = await factorsOf(accountId, tx);
      const undone = named.filter(({ createdAt }) => createdAt >= since);
      const leavesNone = undone.length === named.length;
      const codesGo = codesMade !== undefined && (codesMade >= since || leavesNone);
      if (undone.length === 0 && !codesGo) return;
      await commitWrites(tx, [
        ...undone.map(({ kind, id }) => (kind === 'totp' ? totp : passkeys).remove(accountId, id)),
        ...(codesGo ? [recoveryCodes.removeAll(accountId)] : []),
        ...(leavesNone ? [deps.factorEnrolments.require(accountId)] : []),
      ]);
      const about = { outcome: 'success', actor: accountId, account: accountId, origin } as const;
      const removed = (details: { kind: AddedFactor['kind']; id?: string }): AuditEvent => ({
        ...about,
        type: 'factor.removed',
        details,
      });
      await deps.audit.record(
        tx,
        ...undone.map(({ kind, id }) => removed({ kind, id })),
        ...(codesGo ? [removed({ kind: 'recovery_codes' })] : []),
      );
    },
  };
}
