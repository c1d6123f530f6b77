import type { Account } from '../domain/accounts/store.ts';
import type { Sighting } from '../domain/devices/store.ts';
import type { TotpRefusal, TotpSetup } from '../domain/totp/setup-store.ts';
import type { TotpStore } from '../domain/totp/store.ts';
import type { Write } from '../storage/unit-of-work.ts';
import type { Enrol, Enrolment } from './enrolled-factor.ts';

/** How an authenticator app is set up. */
export interface TotpEnrolment {
  /** A new set-up of an authenticator app. Its id is all that a page has to remember of it. */
  beginTotp(account: Account): { readonly id: string; readonly writes: readonly Write[] };
  /** The set-up as the wizard shows it; undefined when it is over, finished, or somebody else's. */
  totpSetup(account: Account, id: string): Promise<TotpSetup | undefined>;
  /** `over`: the set-up took too long, or was finished before. The unit fails with `factor_setup_over` for all but one. */
  confirmTotp(
    account: Account,
    id: string,
    given: { readonly code: string; readonly name: string },
    sighting: Sighting,
    codeShown?: boolean,
  ): Promise<Enrolment | { readonly refused: TotpRefusal | 'over' }>;
}

export interface TotpEnrolmentDependencies {
  readonly totp: Pick<TotpStore, 'begin' | 'setup' | 'confirm'>;
}

export const createTotpEnrolment = ({ totp }: TotpEnrolmentDependencies, enrol: Enrol): TotpEnrolment => ({
  beginTotp(account) {
    const { id, writes } = totp.begin(account);
    return { id, writes };
  },

  totpSetup: (account, id) => totp.setup(account, id),

  async confirmTotp(account, id, { code, name }, sighting, codeShown = false) {
    const confirmed = await totp.confirm(account, id, code, name);
    if ('refused' in confirmed) return confirmed;
    return enrol(account, { kind: 'totp', id, name, synced: false }, [confirmed.write], sighting, codeShown);
  },
});
