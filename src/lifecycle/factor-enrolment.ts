import type { Account, AccountStore } from '../domain/accounts/store.ts';
import type { AuditEvent } from '../domain/audit/events.ts';
import type { Sighting } from '../domain/devices/store.ts';
import type { PasskeyCeremonies, PasskeyRefusal } from '../domain/passkeys/ceremony.ts';
import type { RecoveryCodeStore } from '../domain/recovery-codes/store.ts';
import type { FactorEnrolmentStore } from '../domain/second-factors/store.ts';
import type { TemporaryCodeStore } from '../domain/temporary-codes/store.ts';
import type { TotpRefusal, TotpSetup } from '../domain/totp/setup-store.ts';
import type { TotpStore } from '../domain/totp/store.ts';
import type { Write } from '../storage/unit-of-work.ts';
import type { Notices } from './notices.ts';

/**
 * The wizard by which somebody gets a second factor, inside a sign-in and on their own pages alike. It says what has to
 * be written, told and shown; committing it, and who may ask for it, are the caller's business. Recovery codes come with the
 * first factor, and whenever none is left. Where the account needs a temporary code for a first factor, the unit fails with
 * `temporary_code_needed` unless one was shown (`codeShown`), whoever asks.
 */
export interface FactorEnrolment {
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
  /** For the browser. `binding` names the sign-in or session: an answer counts for nothing elsewhere. */
  passkeyOptions(account: Account, binding: string): ReturnType<PasskeyCeremonies['registrationOptions']>;
  /** The unit fails with `challenge_used` or `passkey_exists` for all but one. */
  registerPasskey(
    account: Account,
    binding: string,
    given: { readonly response: string; readonly name: string },
    sighting: Sighting,
    codeShown?: boolean,
  ): Promise<Enrolment | { readonly refused: PasskeyRefusal }>;
  /** New recovery codes in the place of those that there were. */
  newCodes(
    account: Account,
    sighting: Sighting,
  ): { readonly codes: readonly string[]; readonly made: Effects };
}

/** What a change comes to, for the unit of work. */
export interface Effects {
  readonly writes: readonly Write[];
  readonly events: readonly AuditEvent[];
}

export interface Enrolment {
  readonly factor: {
    readonly kind: 'totp' | 'passkey';
    readonly id: string;
    /** A passkey that may be on several devices (RFC 8176: `swk`). */
    readonly synced: boolean;
  };
  readonly made: Effects;
  /** To be shown once. */
  readonly codes: readonly string[] | undefined;
}

export interface FactorEnrolmentDependencies {
  readonly accounts: Pick<AccountStore, 'asRead'>;
  readonly totp: Pick<TotpStore, 'begin' | 'setup' | 'confirm'>;
  readonly passkeyCeremonies: Pick<PasskeyCeremonies, 'registrationOptions' | 'verifyRegistration'>;
  readonly recoveryCodes: Pick<RecoveryCodeStore, 'generate' | 'remaining'>;
  readonly factorEnrolments: Pick<FactorEnrolmentStore, 'settled'>;
  readonly temporaryCodes: Pick<TemporaryCodeStore, 'revoke'>;
  readonly notices: Pick<Notices, 'factorChanged'>;
}

export function createFactorEnrolment(deps: FactorEnrolmentDependencies): FactorEnrolment {
  const { accounts, totp, passkeyCeremonies, recoveryCodes, factorEnrolments, notices } = deps;

  const added = (account: Account, kind: 'totp' | 'passkey' | 'recovery_codes', id?: string): AuditEvent => ({
    type: 'factor.added',
    outcome: 'success',
    actor: account.id,
    account: account.id,
    details: { kind, ...(id === undefined ? {} : { id }) },
  });

  async function enrolment(
    account: Account,
    factor: Enrolment['factor'],
    writes: readonly Write[],
    sighting: Sighting,
    codeShown: boolean,
  ): Promise<Enrolment> {
    const { left } = await recoveryCodes.remaining(account.id);
    const generated = left === 0 ? recoveryCodes.generate(account.id) : undefined;
    return {
      factor,
      made: {
        writes: [
          ...writes,
          // Else it could come to be after its owner has locked everybody out.
          accounts.asRead(account),
          ...factorEnrolments.settled(account.id, codeShown),
          deps.temporaryCodes.revoke(account.id),
          ...(generated?.writes ?? []),
          ...notices.factorChanged(account, 'added', factor.kind, sighting),
        ],
        events: [
          added(account, factor.kind, factor.id),
          ...(generated === undefined ? [] : [added(account, 'recovery_codes')]),
        ],
      },
      codes: generated?.codes,
    };
  }

  return {
    beginTotp(account) {
      const { id, writes } = totp.begin(account);
      return { id, writes };
    },

    totpSetup: (account, id) => totp.setup(account, id),

    async confirmTotp(account, id, { code, name }, sighting, codeShown = false) {
      const confirmed = await totp.confirm(account, id, code, name);
      if ('refused' in confirmed) return confirmed;
      return enrolment(account, { kind: 'totp', id, synced: false }, [confirmed.write], sighting, codeShown);
    },

    passkeyOptions: (account, binding) => passkeyCeremonies.registrationOptions(account, binding),

    async registerPasskey(account, binding, { response, name }, sighting, codeShown = false) {
      const result = await passkeyCeremonies.verifyRegistration(account, binding, response, name);
      if ('refused' in result) return { refused: result.refused };
      const factor = { kind: 'passkey', id: result.passkeyId, synced: result.backupEligible } as const;
      return enrolment(account, factor, result.writes, sighting, codeShown);
    },

    newCodes(account, sighting) {
      const { codes, writes } = recoveryCodes.generate(account.id);
      return {
        codes,
        made: {
          writes: [
            ...writes,
            accounts.asRead(account),
            deps.temporaryCodes.revoke(account.id),
            ...notices.factorChanged(account, 'added', 'recovery-codes', sighting),
          ],
          events: [added(account, 'recovery_codes')],
        },
      };
    },
  };
}
