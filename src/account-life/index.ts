import { type AccountChanges, type ChangeDependencies, createAccountChanges } from './changes.ts';
import {
  createDemandedChange,
  type DemandedChange,
  type DemandedChangeDependencies,
} from './demanded-change.ts';
import { createDeletion, type Deletion, type DeletionDependencies } from './deletion.ts';
import { createInvitations, type InvitationDependencies, type Invitations } from './invitations.ts';
import {
  createPasswordReset,
  type PasswordReset,
  type PasswordResetDependencies,
  RESET_REQUEST,
} from './password-reset.ts';

export interface AccountLife {
  readonly passwordReset: PasswordReset;
  readonly invitations: Invitations;
  readonly deletion: Deletion;
  readonly changes: AccountChanges;
  readonly demandedChange: DemandedChange;
  /** What the job makes of requests, by kind. */
  readonly answers: { readonly [RESET_REQUEST]: PasswordReset['answer'] };
}

/** Everything of this room. */
export function createAccountLife(
  deps: PasswordResetDependencies &
    InvitationDependencies &
    DeletionDependencies &
    ChangeDependencies &
    DemandedChangeDependencies,
): AccountLife {
  const passwordReset = createPasswordReset(deps);
  return {
    passwordReset,
    invitations: createInvitations(deps),
    deletion: createDeletion(deps),
    changes: createAccountChanges(deps),
    demandedChange: createDemandedChange(deps),
    answers: { [RESET_REQUEST]: passwordReset.answer },
  };
}
