import type { AuditEventType } from '../../../src/domain/audit/events.ts';
import { type Untold, untold } from './rules.ts';

/** The events that something may write, or why it writes none. */
export type Causes = readonly AuditEventType[] | Untold;

export const writesNone = (causes: Causes): causes is Untold => 'because' in causes;

const READS = untold('reads');
const SESSIONS_END = ['session.ended'] as const;

/** What each act of operators may write, by its name. */
export const ACT_CAUSES: Readonly<Record<string, Causes>> = {
  'people.list': READS,
  'people.show': READS,
  'people.create': ['account.created', 'password.change_required'],
  'people.import': ['account.created', 'password.change_required'],
  'people.disable': ['account.disabled', ...SESSIONS_END],
  'people.enable': ['account.enabled', ...SESSIONS_END],
  'people.unlock': ['account.unlocked'],
  'people.set_address': ['address.changed', ...SESSIONS_END],
  'people.set_roles': ['account.roles_changed', ...SESSIONS_END],
  'people.delete': ['account.deleted', ...SESSIONS_END],
  'invitations.send': ['account.created', 'account.invited'],
  'passwords.require_change': ['password.change_required', ...SESSIONS_END],
  'passwords.send_reset_link': ['password_reset.requested'],
  'passwords.count_hashes': READS,
  'passwords.add_signer_key': ['signer_key.added'],
  'passwords.wrap_hashes': ['password_hashes.wrapped'],
  'factors.reset': ['factor.reset', 'temporary_code.issued', ...SESSIONS_END],
  'factors.issue_temporary_code': ['temporary_code.issued'],
  'sessions.list': READS,
  'sessions.end': SESSIONS_END,
  'sessions.end_all': [...SESSIONS_END, 'account.signed_out'],
  'break_glass.list': READS,
  'break_glass.show': READS,
  'break_glass.create': ['account.created', 'break_glass.created'],
  'break_glass.revoke': ['account.disabled', 'break_glass.revoked', ...SESSIONS_END],
  'break_glass.review': ['break_glass.reviewed'],
  'break_glass.drill': ['break_glass.drilled'],
  'clients.list': READS,
  'clients.show': READS,
  'clients.problems': READS,
  'clients.preview_update': READS,
  'clients.create': ['client.created'],
  'clients.update': ['client.updated'],
  'clients.rotate_secret': ['client.secret_rotated'],
  'clients.end_secret': ['client.secret_ended'],
  'clients.delete': ['client.deleted'],
  'resources.list': READS,
  'resources.show': READS,
  'resources.create': ['resource.created'],
  'resources.delete': ['resource.deleted'],
  'keys.list': READS,
  'keys.rotate': ['key.published', 'key.retired'],
  'keys.rotate_mfa': ['mfa_key.rotated'],
  'keys.rotate_encryption': ['encryption_key.rotated'],
  'mail.list': READS,
  'mail.retry': ['mail.retried'],
  'mail.send_test': untold('a mail to whoever runs the command, which is kept nowhere'),
  'notices.list': READS,
  'notices.retry': ['logout.retried'],
  'setup.issue_link': ['setup.link_issued'],
  'audit.list': ['audit.read'],
  'audit.follow': ['audit.read'],
  'audit.show': ['audit.read'],
  'audit.export': ['audit.exported'],
  'audit.prove': READS,
  'audit.prove_consistency': READS,
  'audit.check': READS,
  'audit.list_keys': READS,
  'audit.rotate_key': ['audit.key_changed'],
  'audit.place_hold': ['audit.hold_placed'],
  'audit.lift_hold': ['audit.hold_lifted'],
  'audit.list_holds': READS,
  'audit.archive': ['audit.archived', 'audit.archive_dropped'],
  'audit.recovery_plan': READS,
  'audit.recover': ['audit.restored', ...SESSIONS_END],
};

/** What each job may write, by its name. */
export const JOB_CAUSES: Readonly<Record<string, Causes>> = {
  'send-mail': ['mail.given_up'],
  'deliver-logouts': ['logout.delivered', 'logout.failed'],
  'clear-logouts': untold('removes notices that were settled long ago; their end was told'),
  'clear-mail': untold('removes mail that was settled long ago; what was given up was told'),
  'deal-stand-ins': untold('deals out what stands in for the hashes of nobody'),
  'end-sessions': SESSIONS_END,
  'watch-break-glass': ['account.disabled', 'break_glass.ended', 'break_glass.drill_due', ...SESSIONS_END],
  'make-audit-months': untold('makes room in the trail for months to come'),
  'erase-personal': untold('erases personal values of people whose deletion was told'),
  'anchor-audit': untold('hands signed checkpoints on'),
  'seal-audit': ['audit.key_created', 'audit.key_changed', 'audit.proof_started'],
  'sweep-artifacts': untold('removes what is past its time and gives no access any more'),
  'sweep-counters': ['lockout.started', 'lockout.ended', 'password.disabled'],
  'answer-requests': ['password_reset.requested', 'registration.requested'],
  'lockout-notices': untold('writes mails; the lock was told'),
  'failed-attempt-notices': untold('writes mails; each failure was told'),
  'password-expiry-notices': untold('writes mails'),
};

/** What a start may write before it answers anybody. */
export const START_CAUSES = ['identifier_key.created', 'wrapping_key.created', 'key.published'] as const;
