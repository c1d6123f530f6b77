import type { Account, AccountStore } from '../domain/accounts/store.ts';
import type { AuditEvent } from '../domain/audit/events.ts';
import { noteAudit } from '../domain/audit/notes.ts';
import type { UnitOfWork } from '../storage/unit-of-work.ts';
import type { Attempt, Step } from './attempt.ts';
import type { AttemptStore } from './store.ts';

export interface Outcome {
  readonly attempt: Attempt;
  readonly step: Step;
  /** Set when a check refused. */
  readonly refusal: { readonly reason: string; readonly identifierDigest: string } | undefined;
  readonly account: Account | undefined;
  readonly rehash: { readonly from: string; readonly to: string; readonly algorithm: string } | undefined;
}

export interface About {
  readonly clientId: string | undefined;
  readonly now: Date;
  readonly expiresAt: Date;
}

/**
 * Puts what became of a submission into the request's unit of work: attempt, replaced hash and audit events commit
 * together, with whatever the route adds for the protocol.
 */
export function settle(
  unit: UnitOfWork,
  stores: { attempts: AttemptStore; accounts: AccountStore },
  { attempt, step, refusal, account, rehash }: Outcome,
  about: About,
): void {
  unit.add(stores.attempts.save(attempt, about));
  if (rehash !== undefined && account !== undefined) {
    unit.add(stores.accounts.passwordHashReplacement(account.id, rehash));
    noteAudit(unit, {
      type: 'password.rehashed',
      outcome: 'success',
      actor: 'system',
      account: account.id,
      details: { from: rehash.algorithm },
    });
  }
  noteAudit(unit, eventOf({ attempt, step, refusal, account }, about));
}

function eventOf(
  { step, refusal, account }: Pick<Outcome, 'attempt' | 'step' | 'refusal' | 'account'>,
  { clientId }: About,
): AuditEvent {
  const about = {
    factor: 'pwd',
    ...(account === undefined ? {} : { actor: account.id, account: account.id }),
    ...(clientId === undefined ? {} : { client: clientId }),
  };
  if (refusal !== undefined)
    return { type: 'sign_in.failed', outcome: 'failure', ...about, details: refusal };
  if (step.kind === 'done') {
    return {
      type: 'sign_in.succeeded',
      outcome: 'success',
      ...about,
      details: { acr: step.acr, amr: step.amr },
    };
  }
  const reason = step.kind === 'impossible' ? step.error : step.kind;
  return { type: 'sign_in.failed', outcome: 'failure', ...about, details: { reason } };
}
