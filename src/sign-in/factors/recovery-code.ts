import type { Account } from '../../domain/accounts/store.ts';
import { person } from '../../domain/audit/actor.ts';
import type { Sighting } from '../../domain/devices/store.ts';
import type { RecoveryCodeStore } from '../../domain/recovery-codes/store.ts';
import type { Write } from '../../storage/unit-of-work.ts';
import type { FactorMatcher } from './match.ts';

export interface RecoveryCodeMatching {
  readonly recoveryCodes: Pick<RecoveryCodeStore, 'match'>;
  readonly notices: {
    /** Somebody got in with a recovery code: its person is told, and how many are left. */
    recoveryCodeUsed(account: Account, codesLeft: number, sighting: Sighting): Write[];
  };
}

/** One of the codes that came with the person's first factor. It is spent, and they are told. */
export const createRecoveryCodeMatcher =
  ({ recoveryCodes, notices }: RecoveryCodeMatching): FactorMatcher =>
  async ({ account, answer, sighting }) => {
    const match = await recoveryCodes.match(account.id, answer);
    if ('refused' in match) return { reason: match.refused, events: [] };
    const { write, codesLeft: left } = match;
    const about = { outcome: 'success', actor: person(account.id), account: account.id } as const;
    return {
      factor: { id: '', synced: false },
      writes: [write, ...notices.recoveryCodeUsed(account, left, sighting)],
      events: [{ type: 'recovery_code.used', ...about, details: { left } }],
    };
  };
