import type { Account } from '../../domain/accounts/store.ts';
import { person } from '../../domain/audit/actor.ts';
import type { Sighting } from '../../domain/devices/store.ts';
import type { TemporaryCodeStore } from '../../domain/temporary-codes/store.ts';
import type { Write } from '../../storage/unit-of-work.ts';
import type { FactorMatcher } from './match.ts';

export interface TemporaryCodeMatching {
  readonly temporaryCodes: Pick<TemporaryCodeStore, 'match'>;
  readonly notices: {
    /** Somebody has used a temporary code: its person is told. */
    temporaryCodeUsed(account: Account, sighting: Sighting): Write[];
  };
}

/** The code that an operator has handed over. It is spent, and the person is told. */
export const createTemporaryCodeMatcher =
  ({ temporaryCodes, notices }: TemporaryCodeMatching): FactorMatcher =>
  async ({ account, answer, sighting }) => {
    const match = await temporaryCodes.match(account.id, answer);
    if ('refused' in match) return { reason: match.refused, events: [] };
    const about = { outcome: 'success', actor: person(account.id), account: account.id } as const;
    return {
      factor: { id: '', synced: false },
      writes: [match.write, ...notices.temporaryCodeUsed(account, sighting)],
      events: [{ type: 'temporary_code.used', ...about, details: {} }],
    };
  };
