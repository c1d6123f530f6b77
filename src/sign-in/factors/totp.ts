import type { TotpStore } from '../../domain/totp/store.ts';
import type { FactorMatcher } from './match.ts';

export interface TotpMatching {
  readonly totp: Pick<TotpStore, 'match'>;
}

/** A code of one of the person's authenticator apps. */
export const createTotpMatcher =
  ({ totp }: TotpMatching): FactorMatcher =>
  async ({ account, answer }) => {
    const match = await totp.match(account.id, answer);
    if ('refused' in match) return { reason: match.refused, events: [] };
    return { factor: { id: match.authenticatorId, synced: false }, writes: [match.write], events: [] };
  };
