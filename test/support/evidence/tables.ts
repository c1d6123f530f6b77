import { either, type TableRule, told, toldAtOnce, untold, where } from './rules.ts';
import { AUDIT_TABLES } from './tables-audit.ts';
import { BREAK_GLASS_TABLES } from './tables-break-glass.ts';
import { CLIENT_TABLES } from './tables-clients.ts';
import { DECLARED_TABLES } from './tables-declared.ts';
import { GROUP_TABLES } from './tables-groups.ts';
import { PEOPLE_TABLES } from './tables-people.ts';
import { PROTOCOL_TABLES } from './tables-protocol.ts';
import { UNIT_TABLES } from './tables-units.ts';

/** What ends the password that an account has, or gives it another one. */
const PASSWORD_SET = told(
  'password.changed',
  'password.rehashed',
  'invitation.accepted',
  'registration.completed',
);
const WRAPPED = toldAtOnce('password_hashes.wrapped');
const FACTOR_GONE = told('factor.removed', 'factor.reset', 'account.deleted');
const RESEALED = toldAtOnce('encryption_key.rotated');
const OUTBOX = untold('bookkeeping of the outbox');
const LAST_USE = untold('a mark of the last use');
const COUNTER = untold('counts; what a count brings about is told');

/** Every table. `test/unit/audit/classified.test.ts` fails on one that is not here, and on a column that its table does not name. */
export const TABLES: Readonly<Record<string, TableRule>> = {
  accounts: {
    about: { account: 'id' },
    made: told('account.created'),
    removed: told('account.deleted'),
    changed: {
      'email email_key email_verified': told(
        'address.changed',
        'address.restored',
        'invitation.accepted',
        'registration.completed',
        'password_reset.completed',
      ),
      'name locale': told('account.profile_changed', 'invitation.accepted', 'registration.completed'),
      'username username_key given_name family_name attributes': told('account.profile_changed'),
      zoneinfo: where(
        told('account.profile_changed'),
        'old.zoneinfo is not null',
        'the zone of the browser is kept where nobody has chosen one',
      ),
      roles: told('account.roles_changed'),
      unit: told('account.unit_changed'),
      in_groups: told('group.member_added', 'group.member_removed'),
      break_glass: told('break_glass.created'),
      version: untold('counts changes, each of which is told'),
      'status disabled_at': told('account.disabled', 'account.enabled'),
      enabled_at: told('account.enabled'),
      password_hash: either(PASSWORD_SET, WRAPPED),
      password_changed_at: PASSWORD_SET,
      'password_must_change password_compromised': told(
        'password.change_required',
        'password.changed',
        'invitation.accepted',
        'registration.completed',
      ),
      access_epoch: told(
        'account.disabled',
        'account.enabled',
        'account.deleted',
        'account.roles_changed',
        'group.member_removed',
        'group.roles_lost',
        'account.secured',
        'account.signed_out',
        'address.changed',
        'factor.reset',
        'factor.removed',
        'password.change_required',
        'password.changed',
        'session.ended',
        'session.others_ended',
      ),
      updated_at: untold('says when, not what'),
      'name_key listing_due': untold('how lists find somebody whose name is told'),
    },
    fixed: 'id sub import_digest created_at',
  },
  account_role_terms: {
    about: { account: 'account' },
    made: told('account.roles_changed'),
    removed: told('account.roles_changed', 'account.deleted'),
    changed: { 'unit owned until': told('account.roles_changed') },
    fixed: 'account role',
  },
  ...UNIT_TABLES,
  ...GROUP_TABLES,
  ...BREAK_GLASS_TABLES,
  password_history: {
    about: { account: 'account_id' },
    made: either(PASSWORD_SET, told('account.created')),
    removed: untold('only so many former passwords are kept'),
    changed: { password_hash: WRAPPED },
    fixed: 'id account_id changed_at',
  },
  known_devices: {
    about: { account: 'account_id' },
    made: told('device.added'),
    removed: untold('only so many devices are kept; one that is not known means no access'),
    changed: { 'last_seen_at user_agent ip': LAST_USE },
    fixed: 'account_id id_hash created_at',
  },
  trusted_devices: {
    about: { account: 'account_id' },
    made: told('device.trusted'),
    removed: untold('it means less access; what ended it is told'),
    fixed: 'account_id id_hash created_at expires_at user_agent ip',
  },
  totp_authenticators: {
    about: { account: 'account_id' },
    made: where(
      told('factor.added', 'account.created'),
      'new.confirmed_at is not null',
      'a set-up that waits for its first code',
    ),
    removed: where(FACTOR_GONE, 'old.confirmed_at is not null', 'a set-up that nobody has finished'),
    changed: {
      'confirmed_at expires_at': told('factor.added'),
      name: told('factor.renamed', 'factor.added'),
      'sealed_seed sealed_by': toldAtOnce('mfa_key.rotated', 'encryption_key.rotated'),
      'last_step last_used_at': LAST_USE,
    },
    fixed: 'id account_id created_at',
  },
  passkeys: {
    about: { account: 'account_id' },
    made: told('factor.added'),
    removed: FACTOR_GONE,
    changed: {
      name: told('factor.renamed'),
      'counter backed_up last_used_at': LAST_USE,
    },
    fixed: 'id account_id credential_id public_key transports backup_eligible aaguid created_at',
  },
  recovery_codes: {
    about: { account: 'account_id' },
    made: told('factor.added', 'break_glass.created'),
    removed: told('factor.added', 'factor.removed', 'factor.reset', 'account.deleted'),
    changed: {
      'code_hash selector created_at': told('factor.added'),
      used_at: told('recovery_code.used', 'factor.added'),
    },
    fixed: 'account_id position',
  },
  temporary_codes: {
    about: { account: 'account_id' },
    made: told('temporary_code.issued'),
    removed: untold('what made it void is told'),
    changed: {
      'code_digest key_id created_at expires_at': told('temporary_code.issued'),
      used_at: told('temporary_code.used', 'temporary_code.issued'),
      tries: COUNTER,
    },
    fixed: 'account_id',
  },
  factor_enrolments: {
    about: { account: 'account_id' },
    made: told('factor.setup_skipped', 'factor.reset', 'factor.removed', 'setup.completed'),
    removed: told('factor.reset', 'account.deleted'),
    changed: {
      skips: told('factor.setup_skipped', 'factor.reset', 'factor.added'),
      'due code_needed by_code': told(
        'factor.reset',
        'factor.added',
        'factor.removed',
        'factor.setup_skipped',
      ),
      updated_at: untold('says when, not what'),
    },
    fixed: 'account_id',
  },
  agreements: {
    about: { account: 'account_id' },
    made: told('agreement.accepted'),
    removed: told('account.deleted'),
    changed: { 'language text_digest agreed_at attempt_hash': told('agreement.accepted') },
    fixed: 'account_id document version',
  },
  lockouts: {
    about: { account: 'account_id' },
    made: COUNTER,
    removed: COUNTER,
    changed: {
      announced_at: where(
        { types: ['lockout.started'], about: {} },
        'new.announced_at is not null',
        'the end of a lock is told with its lock_id',
      ),
      lock_id: where(
        { types: ['lockout.ended', 'account.unlocked', 'password.changed', 'sign_in.succeeded'], about: {} },
        'old.announced_at is not null and new.lock_id is null',
        'a lock begins before it is told: decision 9',
      ),
      'account_id failures of_factors locks locks_since locked_at locked_until noticed_lock_id updated_at':
        COUNTER,
    },
    fixed: 'key_hash of_device',
  },
  password_failures: {
    about: { account: 'account_id' },
    made: where(told('account.secured'), 'new.disabled_at is not null', 'counts'),
    removed: where(
      told('account.deleted', 'account.unlocked', 'password.changed'),
      'old.disabled_at is not null',
      'counts',
    ),
    changed: {
      disabled_at: told('password.disabled', 'account.secured'),
      'consecutive of_factors updated_at': COUNTER,
    },
    fixed: 'account_id',
  },
  ...CLIENT_TABLES,
  ...DECLARED_TABLES,
  resources: {
    made: told('resource.created'),
    removed: told('resource.deleted'),
    changed: { 'name scopes token_algorithm token_seconds': told('resource.updated') },
    fixed: 'identifier created_at',
  },
  signing_keys: {
    made: told('key.published'),
    removed: told('key.retired'),
    changed: {
      'activates_at retires_at': told('key.published', 'key.retired'),
      sealed_private_jwk: RESEALED,
    },
    fixed: 'kid algorithm public_jwk published_at',
  },
  sealed_keys: {
    made: where(
      told('identifier_key.created', 'wrapping_key.created'),
      "new.name <> 'audit-mac'",
      'the key of the trail itself, without which nothing is written into it',
    ),
    removed: told('encryption_key.rotated'),
    changed: { sealed: RESEALED },
    fixed: 'name created_at',
  },
  password_signer_keys: {
    made: told('signer_key.added'),
    removed: told('signer_key.added'),
    changed: { sealed: toldAtOnce('signer_key.added', 'encryption_key.rotated') },
    fixed: 'name created_at',
  },
  mail_outbox: {
    made: OUTBOX,
    removed: OUTBOX,
    changed: {
      state: where(
        { types: ['mail.given_up', 'mail.retried'], about: {} },
        `'dead' in (old.state, new.state)`,
        'a mail that was sent',
      ),
      'sealed attempts lease next_attempt_at problem finished_at': OUTBOX,
      'bounced_at bounce_permanent bounce_reason': { types: ['mail.bounced'], about: {} },
    },
    fixed: 'id kind account_id once_key priority useless_after created_at',
  },
  logout_deliveries: {
    about: { client: 'client_id' },
    made: OUTBOX,
    removed: OUTBOX,
    changed: {
      state: told('logout.delivered', 'logout.failed', 'logout.retried'),
      'attempts refusals lease next_attempt_at problem finished_at': OUTBOX,
    },
    fixed: 'id client_id account_id session_uid sid uri created_at subject',
  },
  ...PROTOCOL_TABLES,
  ...PEOPLE_TABLES,
  account_requests: untold('waits for a job, which tells of it'),
  failed_attempts: untold('counts what a mail says; each failure is told as sign_in.failed'),
  idempotency_keys: untold('what was answered to a change that is told'),
  rate_limits: untold('counts; a limit that is reached is told'),
  sign_ins: untold('what a person is shown of their sign-ins, which are told as session.started'),
  sign_in_attempts: untold(
    'what was shown within a sign-in so far: each step is told as sign_in.*, and it gives no access',
  ),
  used_passkey_challenges: untold('an artefact of the protocol: challenges that were answered'),
  staged_password_hashes: untold('hashes of nobody yet: the import that takes them up tells of each account'),
  password_hash_counts: untold('counts kinds of hashes'),
  password_stand_ins: untold('dealt from the counts, of nobody'),
  status_lists: untold('how long places of the status list are kept'),
  revoked_tokens: untold('the place of a token that has ended; its end is told'),
  schema_migrations: untold('which migrations were applied, by the owner'),
  ...AUDIT_TABLES,
};
