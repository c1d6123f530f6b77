import { deviceOf } from '../../src/domain/mail/device.ts';
import type { OwnFactor, SecurityNotice } from '../../src/http/account/views.ts';
import { state } from './factor-state.ts';
import { AGENTS, csrfToken, longest } from './page-state.ts';

const day = (text: string) => new Date(`${text}T09:15:00Z`);
const factor = (name: string, more: Partial<OwnFactor> = {}): OwnFactor => ({
  href: '/account/security/authenticators/0193',
  name,
  addedAt: day('2026-10-02'),
  ...more,
});
const security = {
  csrfToken,
  passkeys: [
    factor('Laptop', { lastUsedAt: day('2026-11-23'), synced: true }),
    factor('Blue key', { lastUsedAt: day('2026-11-02') }),
    factor(longest.factor, { synced: true }),
  ],
  authenticators: [factor('Work phone')],
  recoveryCodes: { left: 9, total: 10, isFew: false },
  devices: [
    {
      id: 'a',
      since: day('2026-11-20'),
      until: day('2026-12-20'),
      isThis: true,
      ...deviceOf(AGENTS.firefox),
    },
    {
      id: 'b',
      since: day('2026-11-01'),
      until: day('2026-12-01'),
      isThis: false,
      ...deviceOf(AGENTS.longest),
    },
    { id: 'c', since: day('2026-11-01'), until: day('2026-12-01'), isThis: false },
  ],
  required: true,
  addPasskeyHref: '/account/security/passkeys/new',
  addAuthenticatorHref: '/account/security/authenticators/new',
  makeCodesHref: '/account/security/recovery-codes',
  forgetAction: '/account/security/devices/forget',
  endSessionsHref: '/account/sessions/end-others',
};
const { recoveryCodes: _, devices: __, ...bare } = security;
const { addPasskeyHref: ___, addAuthenticatorHref: ____, ...full } = security;
const nothing = { ...bare, passkeys: [], authenticators: [] };
const notices: readonly SecurityNotice[] = [
  'totp_added',
  'passkey_added',
  'renamed',
  'totp_removed',
  'passkey_removed',
  'codes_made',
  'device_forgotten',
];
const one = {
  csrfToken,
  kind: 'totp',
  name: 'Work phone',
  addedAt: day('2026-10-02'),
  renameAction: '/account/security/authenticators/0193',
  removeAction: '/account/security/authenticators/0193/remove',
  backHref: '/account/security',
  isLast: false,
} as const;
export const manageStates = [
  state('account-security', 'account-security', security),
  state('account-security-empty', 'account-security', { ...nothing, required: false }),
  state('account-security-empty-required', 'account-security', nothing),
  ...[0, 1, 3].map((left) =>
    state(`account-security-codes-${left}`, 'account-security', {
      ...security,
      recoveryCodes: { left, total: 10, isFew: true },
    }),
  ),
  ...notices.map((notice) =>
    state(`account-security-${notice}`, 'account-security', { ...security, notice }),
  ),
  ...[
    { passkeys: 2, authenticators: 1, devices: 1 },
    { passkeys: 1, authenticators: 2, devices: 3 },
    { passkeys: 0, authenticators: 1, devices: 0 },
  ].map((counts, index) =>
    state(`account-security-counts-${index}`, 'account-security', {
      ...security,
      passkeys: [],
      authenticators: [],
      devices: [],
      counts,
      detailsHref: '/account/security/details',
    }),
  ),
  state('account-security-full', 'account-security', full),
  state('account-security-hostile', 'account-security', {
    ...security,
    zoneinfo: 'No/Such',
    passkeys: [factor(`<i>${'Name'.repeat(40)}`, { synced: true })],
    authenticators: [factor('\u202Egnp.exe')],
  }),
  state('account-factor', 'account-factor', one),
  state('account-factor-passkey', 'account-factor', {
    ...one,
    kind: 'passkey',
    lastUsedAt: day('2026-11-23'),
  }),
  state('account-factor-longest', 'account-factor', { ...one, name: longest.factor }),
  state('account-factor-last', 'account-factor', { ...one, isLast: true }),
  state('account-factor-must-stay', 'account-factor', { ...one, isLast: true, mustStay: 'required' }),
  state('account-factor-must-stay-passkey', 'account-factor', {
    ...one,
    kind: 'passkey',
    mustStay: 'phishing_resistant',
  }),
  ...(['missing', 'invalid'] as const).map((name) =>
    state(`account-factor-name-${name}`, 'account-factor', { ...one, name: '', errors: { name } }, 400),
  ),
];
