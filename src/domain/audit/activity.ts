import type { AuditDetails, AuditEventType, AuditedFactor } from './events.ts';

/**
 * What of the trail people see of their own account: for each event a decision, and which words it gets. Pure. The trail is
 * written for auditors; people get what tells them that it was not them, and nothing that would tell a stranger at
 * their screen more than the pages of the account do.
 */

/**
 * The name of the words; with `by`, followed by what that detail says, where it says one of `of`. With `read`, several values of the
 * detail have words in common; `factor` is what was shown.
 */
interface Wording<Type extends AuditEventType> {
  readonly words: string;
  readonly by?: keyof AuditDetails[Type] & string;
  readonly of?: readonly string[];
  readonly read?: (value: string, factor: string | undefined) => string | undefined;
}

/** Why an event is not shown. */
type Hidden =
  /** Another event tells of the same. */
  | 'told_elsewhere'
  /** Applications do it all day, and people would not find the rest. */
  | 'ordinary'
  /** It is about nobody, or about the server. */
  | 'nobodys';

const FACTORS = Object.keys({
  totp: true,
  passkey: true,
  recovery_codes: true,
} satisfies Record<AuditedFactor, true>);

/** Why a sign-in was refused, as its owner is told it: by whichever check, in the words for what was wrong. */
const REFUSALS: Readonly<Record<string, string>> = {
  password_wrong: 'password',
  password_disabled: 'password_disabled',
  account_disabled: 'disabled',
  account_compromised: 'compromised',
  locked: 'locked',
  locked_meanwhile: 'locked',
  used: 'used',
  factor_used: 'used',
  sign_in_ended: 'late',
  sign_in_changed: 'late',
};
/** What was shown and was not right: the factors that have words of their own. */
const WRONG: readonly string[] = Object.keys({
  totp: true,
  recovery_code: true,
  temporary_code: true,
  passkey: true,
});
const REFUSED: readonly string[] = [...new Set([...Object.values(REFUSALS), ...WRONG])];

/** A factor that proves nothing is told by its kind, whatever was wrong with it. What no check says has no reason to tell. */
function refusalOf(reason: string, factor: string | undefined): string | undefined {
  if (Object.hasOwn(REFUSALS, reason)) return REFUSALS[reason];
  return FACTOR_REASONS.has(reason) ? WRONG.find((each) => each === factor) : undefined;
}

const FACTOR_REASONS: ReadonlySet<string> = new Set([
  'malformed',
  'wrong',
  'none',
  'challenge_invalid',
  'answer_invalid',
  'attestation_refused',
  'credential_unknown',
  'credential_foreign',
  'counter_reversed',
]);
const DOCUMENTS = ['notice', 'terms'];

const DECISIONS: { readonly [Type in AuditEventType]: Wording<Type> | Hidden } = {
  'sign_in.succeeded': { words: 'signed_in', by: 'acr', of: ['aal1', 'aal2', 'phr'] },
  // The page of the sign-in has one answer for all of them; whoever is signed in as the account may know more.
  'sign_in.failed': { words: 'sign_in_failed', by: 'reason', of: REFUSED, read: refusalOf },
  'sign_in.cancelled': 'nobodys',
  // Somebody knows the password: where no sign-in follows, that is what to look for.
  'second_factor.demanded': { words: 'password_right' },
  'agreement.demanded': { words: 'agreement_demanded', by: 'document', of: DOCUMENTS },
  'agreement.accepted': { words: 'agreement_accepted', by: 'document', of: DOCUMENTS },
  'agreement.declined': { words: 'agreement_declined', by: 'document', of: DOCUMENTS },
  'session.started': 'told_elsewhere',
  'session.ended': {
    words: 'session_ended',
    by: 'reason',
    of: [
      'idle',
      'absolute',
      'signed_out',
      'evicted',
      'ended_by_person',
      'ended_by_administrator',
      'password_changed',
      'factor_reset',
      'disabled',
      'everywhere',
    ],
  },
  'device_sign_in.requested': 'nobodys',
  'device_sign_in.code_refused': 'nobodys',
  'device_sign_in.confirmed': { words: 'device_confirmed' },
  'device_sign_in.denied': { words: 'device_denied' },
  'session.choice_demanded': { words: 'choice_demanded' },
  'session.others_ended': { words: 'others_ended' },
  'consent.granted': { words: 'consent_granted' },
  'consent.refused': { words: 'consent_refused' },
  'consent.withdrawn': { words: 'consent_withdrawn' },
  'authorization.granted': 'ordinary',
  'authorization.refused': 'ordinary',
  'token.issued': 'ordinary',
  'token.refused': 'ordinary',
  'token.revoked': 'ordinary',
  'token.replayed': 'ordinary',
  'token.reuse_detected': { words: 'token_reused' },
  'sign_out.completed': 'told_elsewhere',
  'logout.delivered': 'ordinary',
  'logout.failed': { words: 'logout_failed' },
  'logout.retried': 'ordinary',
  'account.created': { words: 'account_created' },
  'account.disabled': { words: 'account_disabled' },
  'account.enabled': { words: 'account_enabled' },
  // Its owner is told when it happens.
  'account.schedule_changed': 'told_elsewhere',
  'account.deleted': 'nobodys',
  'account.exported': { words: 'data_exported' },
  'account.merged': { words: 'accounts_merged' },
  'account.roles_changed': { words: 'roles_changed' },
  'account.unit_changed': { words: 'unit_changed' },
  'account.profile_changed': { words: 'profile_changed' },
  'address.change_requested': { words: 'address_requested' },
  'address.changed': { words: 'address_changed' },
  'address.restored': { words: 'address_restored' },
  'account.invited': { words: 'invited' },
  'invitation.accepted': { words: 'invitation_accepted' },
  'registration.requested': 'nobodys',
  'registration.completed': { words: 'registered' },
  'account.secured': { words: 'secured' },
  'account.signed_out': { words: 'signed_out_everywhere' },
  'password_reset.requested': { words: 'reset_requested' },
  'password_reset.completed': { words: 'reset_completed' },
  'password.changed': {
    words: 'password_changed',
    by: 'by',
    of: ['person', 'demand', 'link', 'administrator'],
  },
  'password.change_required': {
    words: 'password_change_required',
    by: 'reason',
    of: ['must_change', 'compromised'],
  },
  'password.change_demanded': { words: 'password_change_demanded' },
  'password.rehashed': 'nobodys',
  'password_hashes.wrapped': 'nobodys',
  'signer_key.added': 'nobodys',
  'password.disabled': { words: 'password_disabled' },
  'lockout.started': { words: 'locked' },
  'lockout.ended': { words: 'lock_ended' },
  'account.unlocked': { words: 'unlocked' },
  'device.added': { words: 'device_added' },
  'factor.added': { words: 'factor_added', by: 'kind', of: FACTORS },
  'factor.renamed': { words: 'factor_renamed', by: 'kind', of: FACTORS },
  'factor.removed': { words: 'factor_removed', by: 'kind', of: FACTORS },
  'factor.reset': { words: 'factors_reset' },
  'factor.setup_skipped': { words: 'factor_skipped' },
  'recovery_code.used': { words: 'recovery_code_used' },
  'temporary_code.issued': { words: 'temporary_code_issued', by: 'purpose', of: ['enrolment', 'sign_in'] },
  'temporary_code.used': { words: 'temporary_code_used' },
  'passkey.counter_reversed': { words: 'passkey_copied' },
  'device.trusted': { words: 'device_trusted' },
  'device.trust_ended': { words: 'trust_ended' },
  'mfa_key.rotated': 'nobodys',
  'rate_limit.exceeded': { words: 'too_many_tries' },
  'setup.link_issued': 'nobodys',
  'setup.completed': 'told_elsewhere',
  'break_glass.created': 'nobodys',
  'break_glass.used': 'nobodys',
  'break_glass.ended': 'nobodys',
  'break_glass.revoked': 'nobodys',
  'break_glass.reviewed': 'nobodys',
  'break_glass.drilled': 'nobodys',
  'break_glass.drill_due': 'nobodys',
  'client.created': 'nobodys',
  'client.updated': 'nobodys',
  'client.disabled': 'nobodys',
  'client.registration_token_issued': 'nobodys',
  'client.registration_token_revoked': 'nobodys',
  'client.enabled': 'nobodys',
  'client.secret_rotated': 'nobodys',
  'client.secret_ended': 'nobodys',
  'client.test_sign_in_asked': 'ordinary',
  'client.test_sign_in_begun': 'ordinary',
  'client.test_sign_in_done': 'ordinary',
  'client.owner_added': 'ordinary',
  'client.owner_removed': 'ordinary',
  'client.deleted': 'nobodys',
  'resource.created': 'nobodys',
  'resource.updated': 'nobodys',
  'resource.deleted': 'nobodys',
  'config.apply_started': 'nobodys',
  'config.applied': 'nobodys',
  'config.drifted': 'nobodys',
  'approval.requested': 'nobodys',
  'approval.granted': 'nobodys',
  'approval.declined': 'nobodys',
  'approval.withdrawn': 'nobodys',
  'approval.expired': 'nobodys',
  'approval.result_taken': 'nobodys',
  'approval.bypassed': 'nobodys',
  'bulk.started': 'nobodys',
  'bulk.cancelled': 'nobodys',
  'bulk.finished': 'nobodys',
  'unit.created': 'nobodys',
  'unit.changed': 'nobodys',
  'unit.deleted': 'nobodys',
  'group.created': 'nobodys',
  'group.changed': 'nobodys',
  'group.roles_changed': 'nobodys',
  'group.deleted': 'nobodys',
  'group.ending_finished': 'nobodys',
  'group.roles_lost': { words: 'group_roles_lost' },
  'group.member_added': { words: 'group_joined' },
  'group.member_removed': { words: 'group_left' },
  'mail.given_up': { words: 'mail_given_up' },
  'mail.retried': 'nobodys',
  'mail.bounced': { words: 'mail_bounced' },
  'key.published': 'nobodys',
  'key.retired': 'nobodys',
  'audit.key_created': 'nobodys',
  'audit.key_changed': 'nobodys',
  'audit.proof_started': 'nobodys',
  'identifier_key.created': 'nobodys',
  'wrapping_key.created': 'nobodys',
  'audit.read': 'nobodys',
  'audit.exported': 'nobodys',
  'encryption_key.rotated': 'nobodys',
  'audit.archived': 'nobodys',
  'audit.archive_dropped': 'nobodys',
  'audit.hold_placed': 'nobodys',
  'audit.hold_lifted': 'nobodys',
  'audit.restored': 'nobodys',
};

/** What an event reads as that this version does not know. */
export const UNKNOWN_WORDS = 'unknown';

/** The types that nobody is shown. An unknown one is not among them: better vague words than a gap. */
export const HIDDEN_TYPES: readonly string[] = Object.entries(DECISIONS)
  .filter(([, decision]) => typeof decision === 'string')
  .map(([type]) => type);

/** Every event that a decision was made about. */
export const DECIDED_TYPES: readonly string[] = Object.keys(DECISIONS);

const nameOf = (words: string, value: string) => `${words}_${value}`;

/** Every name that {@link wordsFor} can answer. */
export const ACTIVITY_WORDS: readonly string[] = [
  UNKNOWN_WORDS,
  ...Object.values(DECISIONS).flatMap((decision) => {
    if (typeof decision === 'string') return [];
    const { words, of = [] } = decision;
    return [words, ...of.map((value) => nameOf(words, value))];
  }),
];

/**
 * The name of the words for an event as it is stored; `details` may be of any version, and are never shown. `factor`: the kind that
 * was shown.
 */
export function wordsFor(type: string, details: unknown, factor?: string): string {
  const decision = Object.hasOwn(DECISIONS, type) ? DECISIONS[type as AuditEventType] : undefined;
  if (decision === undefined || typeof decision === 'string') return UNKNOWN_WORDS;
  const { words, by, of = [], read = (text: string) => text } = decision as Wording<AuditEventType>;
  const detail = by === undefined ? undefined : (details as Record<string, unknown> | null)?.[by];
  const value = typeof detail === 'string' ? read(detail, factor) : undefined;
  return typeof value === 'string' && of.includes(value) ? nameOf(words, value) : words;
}
