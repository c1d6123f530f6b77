import type { Executor } from '../storage/database.ts';

/**
 * Everything that is kept about one person, for a copy of it (GDPR, articles 15 and 20). Every table that holds something of a person
 * is either read here or named with the reason why not; a test holds the list against the database.
 */

/** What is read of one table. */
interface Section {
  readonly table: string;
  /** Columns and rows, the newest first; `$1` is the account's id. Never a secret, its digest or the hash of one. */
  readonly select: string;
}

/** Under the name that the document has for each. */
export const PERSONAL_SECTIONS = {
  account: {
    table: 'accounts',
    select: `
      id, coalesce(sub, id::text) as sub, email, email_verified as "emailVerified", username, name, given_name as "givenName",
      family_name as "familyName", locale, zoneinfo, attributes, roles, status, disabled_at as "disabledAt",
      enabled_at as "enabledAt", password_hash is not null as "hasPassword", password_changed_at as "passwordChangedAt",
      password_must_change as "passwordMustChange", password_compromised as "passwordCompromised",
      created_at as "createdAt", updated_at as "updatedAt"
      from accounts where id = $1::uuid`,
  },
  unit: {
    table: 'units',
    select:
      'units.id, units.name from units join accounts on accounts.unit = units.id where accounts.id = $1::uuid',
  },
  roleTerms: {
    table: 'account_role_terms',
    select: 'role, unit, owned, until from account_role_terms where account = $1::uuid order by role',
  },
  groups: {
    table: 'group_members',
    select: `
      groups.id, groups.name, group_members.added_at as "addedAt",
      array(select role from group_roles where group_roles.group_id = groups.id order by role) as roles
      from group_members join groups on groups.id = group_members.group_id
      where group_members.account = $1::uuid order by groups.name_key`,
  },
  ownedClients: {
    table: 'client_owners',
    select: 'client, added_at as "addedAt" from client_owners where account = $1::uuid order by client',
  },
  plannedStatus: {
    table: 'scheduled_statuses',
    select: 'status, at from scheduled_statuses where account = $1::uuid',
  },
  dormancyNotice: {
    table: 'dormancy_notices',
    select: `
      since, told_at as "toldAt", disable_at as "disableAt", disabled_at as "disabledAt" from dormancy_notices
      where account = $1::uuid`,
  },
  formerPasswords: {
    table: 'password_history',
    select: `changed_at as "changedAt" from password_history where account_id = $1::uuid order by changed_at desc`,
  },
  authenticators: {
    table: 'totp_authenticators',
    select: `
      id, name, created_at as "createdAt", last_used_at as "lastUsedAt" from totp_authenticators
      where account_id = $1::uuid and confirmed_at is not null order by created_at desc`,
  },
  passkeys: {
    table: 'passkeys',
    select: `
      id, name, backed_up as "backedUp", transports, created_at as "createdAt", last_used_at as "lastUsedAt" from passkeys
      where account_id = $1::uuid order by created_at desc`,
  },
  recoveryCodes: {
    table: 'recovery_codes',
    select: `
      position, created_at as "createdAt", used_at as "usedAt" from recovery_codes
      where account_id = $1::uuid order by position`,
  },
  temporaryCodes: {
    table: 'temporary_codes',
    select: `
      created_at as "createdAt", expires_at as "expiresAt", used_at as "usedAt" from temporary_codes
      where account_id = $1::uuid`,
  },
  factorSetUp: {
    table: 'factor_enrolments',
    select: `
      skips, due, updated_at as "updatedAt" from factor_enrolments where account_id = $1::uuid`,
  },
  sessions: {
    table: 'sessions',
    select: `
      uid as id, created_at as "createdAt", last_active_at as "lastActiveAt", ended_at as "endedAt", end_reason as "endReason",
      acr, ip, user_agent as "userAgent", shared,
      array(select client_id from session_clients c where c.session_uid = sessions.uid order by client_id) as applications
      from sessions where account_id = $1::text order by created_at desc`,
  },
  signIns: {
    table: 'sign_ins',
    select: `
      at, acr, ip, user_agent as "userAgent" from sign_ins where account_id = $1::text order by at desc`,
  },
  knownDevices: {
    table: 'known_devices',
    select: `
      created_at as "createdAt", last_seen_at as "lastSeenAt", ip, user_agent as "userAgent" from known_devices
      where account_id = $1::uuid order by created_at desc`,
  },
  trustedDevices: {
    table: 'trusted_devices',
    select: `
      created_at as "createdAt", expires_at as "expiresAt", ip, user_agent as "userAgent" from trusted_devices
      where account_id = $1::uuid order by created_at desc`,
  },
  consents: {
    table: 'consents',
    select: `
      client_id as client, granted, granted_at as "grantedAt", updated_at as "updatedAt" from consents
      where account_id = $1::uuid order by granted_at desc`,
  },
  agreements: {
    table: 'agreements',
    select: `
      document, version, language, agreed_at as "agreedAt" from agreements
      where account_id = $1::uuid order by agreed_at desc`,
  },
  mails: {
    table: 'mail_outbox',
    select: `
      id, kind, state, created_at as "createdAt", finished_at as "finishedAt", problem, bounced_at as "bouncedAt",
      bounce_reason as "bounceReason" from mail_outbox where account_id = $1::uuid order by created_at desc, id`,
  },
  mailedLinks: {
    table: 'one_time_links',
    select: `
      purpose, created_at as "createdAt", expires_at as "expiresAt", used_at as "usedAt" from one_time_links
      where account_id = $1::uuid order by created_at desc`,
  },
  logoutNotices: {
    table: 'logout_deliveries',
    select: `
      client_id as client, state, created_at as "createdAt", finished_at as "finishedAt" from logout_deliveries
      where account_id = $1::uuid order by created_at desc`,
  },
  failedSignIns: {
    table: 'failed_attempts',
    select: `
      failures, since, last_at as "lastAt" from failed_attempts where account_id = $1::uuid`,
  },
  locks: {
    table: 'lockouts',
    select: `
      of_device as "ofDevice", failures, locked_at as "lockedAt", locked_until as "lockedUntil" from lockouts
      where account_id = $1::uuid order by updated_at desc`,
  },
  passwordFailures: {
    table: 'password_failures',
    select: `
      consecutive, disabled_at as "disabledAt" from password_failures where account_id = $1::uuid`,
  },
} as const satisfies Readonly<Record<string, Section>>;

export type PersonalSection = keyof typeof PERSONAL_SECTIONS;

/** Tables that hold something of a person and are not copied here, with the reason, which the document says. */
export const NOT_COPIED: Readonly<Record<string, string>> = {
  account_attributes: 'the attributes of the section on the account, for lists',
  account_listings: 'how lists find and sort somebody, by what the sections say',
  account_roles: 'the roles of the section on the account, for lists',
  account_words: 'words of the name and address, for lists',
  approvals: 'what others have asked to be done, which waits for a second person; what is done has an event',
  break_glass_accounts: 'accounts for emergencies, which are no person’s',
  bulk_rows: 'which jobs about many people have reached the person; what they did has an event',
  audit_events: 'the events about the person are copied by themselves, under "events"',
  audit_personal: 'the values belong to the events, and are copied with them',
  audit_holds: 'orders to keep what is about somebody, which are told to nobody else',
  audit_held_erasures: 'as of a person who is deleted: nothing is copied of them any more',
  oidc_artifacts:
    'codes and tokens by their digests, with what the sections on sessions and consents say; most last for minutes',
  session_clients: 'copied as the applications of each session',
  sign_in_attempts: 'what was shown within a sign-in that is under way, for an hour at most',
};

/** One section of the document. */
export interface PersonalRows {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** There are more than were read. */
  readonly more: boolean;
}

/** Rows of one section. Nothing here grows beyond it but by years. */
export const MOST_ROWS = 1_000;

export interface PersonalData {
  /** As the transaction sees them. Dates as they are; everything else as JSON has it. */
  of(tx: Executor, accountId: string): Promise<Readonly<Record<PersonalSection, PersonalRows>>>;
}

export const createPersonalData = (): PersonalData => ({
  async of(tx, accountId) {
    const found: [string, PersonalRows][] = [];
    // A transaction has one connection.
    for (const [section, { select }] of Object.entries(PERSONAL_SECTIONS)) {
      const statement = { name: `personal_data_${section}`, text: `select ${select} limit ${MOST_ROWS + 1}` };
      const rows = await tx.query<Record<string, unknown>>(statement, [accountId]);
      found.push([section, { rows: rows.slice(0, MOST_ROWS), more: rows.length > MOST_ROWS }]);
    }
    return Object.fromEntries(found) as Record<PersonalSection, PersonalRows>;
  },
});
