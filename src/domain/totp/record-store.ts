import { defineEntity, p } from '@mikro-orm/postgresql';

export const TotpAuthenticatorRecord = defineEntity({
  name: 'TotpAuthenticatorRecord',
  tableName: 'totp_authenticators',
  properties: {
    id: p.uuid().primary(),
    accountId: p.uuid().index('totp_authenticators_account_id_index'),
    name: p.text().nullable(),
    /** The seed in base32, sealed with the context `totp:<account id>`. */
    sealedSeed: p.text(),
    /** Under which keyring. What was imported by an earlier version is under the general one until it is used. */
    sealedBy: p.enum(['mfa', 'general']),
    /** The last step of which a code was taken; no code of it or an earlier one is taken again (RFC 6238, section 5.2). */
    lastStep: p.integer(),
    createdAt: p.datetime(),
    /** Null while it is being set up; then it has an end. */
    confirmedAt: p.datetime().nullable(),
    expiresAt: p.datetime().nullable().index('totp_authenticators_expires_at_index'),
    lastUsedAt: p.datetime().nullable(),
  },
  checks: [
    {
      name: 'totp_authenticators_confirmed_check',
      expression: '(confirmed_at is null) = (expires_at is not null)',
    },
  ],
});
