import type { Account, AccountStore } from '../domain/accounts/store.ts';
import { person } from '../domain/audit/actor.ts';
import type { AuditDetails, AuditEvent } from '../domain/audit/events.ts';
import { factorFacts } from '../domain/audit/facts.ts';
import type { Sighting } from '../domain/devices/store.ts';
import type { RecoveryCodeStore } from '../domain/recovery-codes/store.ts';
import type { FactorEnrolmentStore } from '../domain/second-factors/store.ts';
import type { TemporaryCodeStore } from '../domain/temporary-codes/store.ts';
import { FACTORS, type OwnFactorKind } from '../sign-in/factors/kinds.ts';
import type { Effects, Enrol } from './enrolled-factor.ts';
import type { Notices } from './notices.ts';
import {
  createPasskeyEnrolment,
  type PasskeyEnrolment,
  type PasskeyEnrolmentDependencies,
} from './passkey-enrolment.ts';
import { createTotpEnrolment, type TotpEnrolment, type TotpEnrolmentDependencies } from './totp-enrolment.ts';

/**
 * The wizard by which somebody gets a second factor, inside a sign-in and on their own pages alike. It says what has to
 * be written, told and shown; committing it, and who may ask for it, are the caller's business. Recovery codes come with the
 * first factor, and whenever none is left. Where the account needs a temporary code for a first factor, the unit fails with
 * `temporary_code_needed` unless one was shown (`codeShown`), whoever asks.
 */
export interface FactorEnrolment extends TotpEnrolment, PasskeyEnrolment {
  /** New recovery codes in the place of those that there were. */
  newCodes(
    account: Account,
    sighting: Sighting,
  ): Promise<{ readonly codes: readonly string[]; readonly made: Effects }>;
}

export interface FactorEnrolmentDependencies extends TotpEnrolmentDependencies, PasskeyEnrolmentDependencies {
  readonly accounts: Pick<AccountStore, 'asRead'>;
  readonly recoveryCodes: Pick<RecoveryCodeStore, 'generate' | 'remaining'>;
  readonly factorEnrolments: Pick<FactorEnrolmentStore, 'settled'>;
  readonly temporaryCodes: Pick<TemporaryCodeStore, 'revoke'>;
  readonly notices: Pick<Notices, 'factorChanged'>;
}

/** How each kind is set up. What all have in common is given to them as {@link Enrol}. */
const SET_UPS = {
  totp: createTotpEnrolment,
  passkey: createPasskeyEnrolment,
} satisfies Record<OwnFactorKind, (deps: FactorEnrolmentDependencies, enrol: Enrol) => object>;

export function createFactorEnrolment(deps: FactorEnrolmentDependencies): FactorEnrolment {
  const { accounts, recoveryCodes, factorEnrolments, notices } = deps;

  const added = (account: Account, details: AuditDetails['factor.added']): AuditEvent => ({
    type: 'factor.added',
    outcome: 'success',
    actor: person(account.id),
    account: account.id,
    details,
  });
  const codesAdded = (account: Account) => added(account, { kind: FACTORS.recovery_code.audited });

  const enrol: Enrol = async (account, factor, writes, sighting, codeShown) => {
    const { left } = await recoveryCodes.remaining(account.id);
    const generated = left === 0 ? await recoveryCodes.generate(account.id) : undefined;
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
          ...notices.factorChanged(account, 'added', FACTORS[factor.kind].mailed, sighting),
        ],
        events: [
          added(account, {
            kind: FACTORS[factor.kind].audited,
            id: factor.id,
            after: factorFacts(factor.name),
          }),
          ...(generated === undefined ? [] : [codesAdded(account)]),
        ],
      },
      codes: generated?.codes,
    };
  };

  return {
    ...SET_UPS.totp(deps, enrol),
    ...SET_UPS.passkey(deps, enrol),

    async newCodes(account, sighting) {
      const { codes, writes } = await recoveryCodes.generate(account.id);
      return {
        codes,
        made: {
          writes: [
            ...writes,
            accounts.asRead(account),
            deps.temporaryCodes.revoke(account.id),
            ...notices.factorChanged(account, 'added', FACTORS.recovery_code.mailed, sighting),
          ],
          events: [codesAdded(account)],
        },
      };
    },
  };
}
