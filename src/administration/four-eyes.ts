import type { ApprovalStore, ApprovalTarget, NewApproval } from '../domain/approvals/store.ts';
import { conflict, GatehouseError } from '../kernel/errors.ts';
import type { Executor, Transaction } from '../storage/database.ts';
import type { Actor } from './actor.ts';
import type { RightsReader } from './rights/rights-store.ts';
import { patternAllows } from './rights/roles.ts';

/**
 * A second person for what is dangerous: where an act needs one, it is stored, with what exactly would happen, and done when somebody
 * has approved it (`approvals/`).
 */
export interface FourEyes {
  /** Whether the act, which is dangerous as it is asked for, waits for a second person. A program's always does. */
  isNeeded(act: string, actor: Actor): boolean;
  /**
   * Stores the request. Throws `approvers_missing` (409) where nobody is there who could approve it.
   */
  ask(tx: Executor, approval: NewApproval): Promise<{ readonly id: string; readonly expiresAt: Date }>;
}

/** It was stored, and waits for a second person. Nothing was done yet. */
export class ApprovalNeeded extends GatehouseError {
  readonly approval: string;
  readonly expiresAt: Date;

  constructor({ id, expiresAt }: { readonly id: string; readonly expiresAt: Date }) {
    super('approval_needed', {
      status: 202,
      message: `Nothing was done yet: a second person has to approve the request ${id} until ${expiresAt.toISOString()}.`,
    });
    this.approval = id;
    this.expiresAt = expiresAt;
  }
}

/** What never waits: each second counts when somebody's access has to end. */
const NEVER_WAIT = ['sessions.*', 'people.disable', 'approvals.*'];

/** Whether an act, where it is dangerous, waits as people ask for it. `patterns`: `FOUR_EYES`. */
export const isWaitingAct = (patterns: readonly string[], act: string): boolean =>
  !patternAllows(NEVER_WAIT, act) && patternAllows(patterns, act);

export const createFourEyes = ({
  patterns,
  approvals,
  rights,
}: {
  /** `FOUR_EYES`: the acts that wait, where they are dangerous. */
  readonly patterns: readonly string[];
  readonly approvals: Pick<ApprovalStore, 'create'>;
  readonly rights: Pick<RightsReader, 'othersWhoMay'>;
}): FourEyes => ({
  isNeeded(act, actor) {
    if (actor.kind === 'system' || patternAllows(NEVER_WAIT, act)) return false;
    if (actor.kind === 'client') return true;
    if (actor.kind === 'command' && actor.emergency) return false;
    return patternAllows(patterns, act);
  },
  async ask(tx, approval) {
    const { act, asker, target } = approval;
    const involved = [...(asker.kind === 'person' ? [asker.id] : []), ...accountOf(target)];
    if (!(await rights.othersWhoMay([act, APPROVE], involved, tx)))
      throw conflict('approvers_missing', 'Nobody else is there who could approve this.');
    return approvals.create(tx, approval);
  },
});

/** The act with which somebody approves another one. */
export const APPROVE = 'approvals.approve';

const accountOf = ({ account }: ApprovalTarget) => (account === undefined ? [] : [account]);

/** How an actor is kept, who asks. */
export function askerOf(actor: Actor): NewApproval['asker'] {
  switch (actor.kind) {
    case 'person':
      return { kind: 'person', id: actor.accountId };
    case 'client':
      return { kind: 'client', id: actor.clientId };
    case 'command':
      return { kind: 'command', id: actor.user, command: actor.command };
    case 'system':
      throw new Error('the system asks nobody');
  }
}

/** What an approved act is done with: on behalf of whom, and the decision, which is made in its transaction. */
export interface Approved {
  readonly asker: Actor;
  readonly approver: Actor;
  /** In which version the target was when the act was asked for. */
  readonly version: string | undefined;
  /** Decides, or throws; then nothing is done. */
  claim(tx: Transaction): Promise<void>;
  /** Keeps what the act has answered, in the same transaction; answers what whoever approves is told instead. */
  keep(tx: Transaction, result: unknown): Promise<unknown>;
}

/** Whoever decides is somebody else in every way. `detail` stays in the log. */
export const approvalOwn = (detail: string): GatehouseError =>
  new GatehouseError('approval_own', {
    status: 403,
    message: 'Somebody else has to decide: you have asked for this, gain by it, or own the client that asks.',
    detail,
  });

/** Throws `target_changed` (409) where what was asked for would be done to something else than the asker has seen. */
export function assertSameVersion(asked: string | undefined, now: string | undefined): void {
  if (asked !== undefined && asked !== now) throw targetChanged();
}

export const targetChanged = (): GatehouseError =>
  conflict('target_changed', 'What this is about was changed since it was asked for. Ask again.');
