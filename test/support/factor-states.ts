import type { OwnFactor, SecurityNotice } from '../../src/http/account/views.ts';
import { qrPicture } from '../../src/http/pages/qr.ts';
import type { FactorOnPage } from '../../src/http/sign-in/views.ts';
import type { ViewModels } from '../../src/http/views.ts';

/** The states of the pages about second factors. */
export interface FactorState<V extends keyof ViewModels = keyof ViewModels> {
  readonly name: string;
  readonly view: V;
  readonly model: ViewModels[V];
  readonly status?: number;
}

const state = <V extends keyof ViewModels>(
  name: string,
  view: V,
  model: ViewModels[V],
  status = 200,
): FactorState => ({ name, view, model, status });

const csrfToken = 'c2FtcGxlLWNzcmYtdG9rZW4';
const account = { name: 'Amara Okafor', email: 'amara.okafor@riverside.example.org' };
const client = { name: 'Riverside Clinical Notes', policyUri: 'https://notes.example.org/privacy' };
const hostile = { name: `<b>${'N'.repeat(300)}`, email: `${'long'.repeat(50)}@x.example` };
const inSignIn = { csrfToken, account, client, cancelAction: '/sign-in/sample/cancel' };
const inAccount = { csrfToken, account, backHref: '/account/security' };

const href = (kind: FactorOnPage) => ({ kind, href: `/sign-in/sample?factor=${kind}` });
const challenge = { ...inSignIn, action: '/sign-in/sample/factor' };
const totp = { ...challenge, kind: 'totp', others: [href('passkey'), href('recovery_code')] } as const;
const recovery = { ...challenge, kind: 'recovery_code', others: [href('passkey'), href('totp')] } as const;
const temporary = { ...challenge, kind: 'temporary_code', others: [href('totp')] } as const;
const passkey = {
  ...challenge,
  kind: 'passkey',
  action: '/sign-in/sample/passkey',
  optionsAction: '/sign-in/sample/passkey/options',
  others: [href('totp'), href('recovery_code')],
} as const;

const challengeStates = [
  state('second-factor', 'second-factor', totp),
  ...[1, 30].map((trustDays) =>
    state(`second-factor-trust-${trustDays}`, 'second-factor', { ...totp, trustDays }),
  ),
  state('second-factor-step-up', 'second-factor', { ...totp, notice: 'step_up' }),
  state('second-factor-too-busy', 'second-factor', { ...totp, error: { code: 'too_busy' } }, 503),
  state('second-factor-only-passkey-else', 'second-factor', { ...totp, others: [href('passkey')] }),
  ...(['missing', 'malformed', 'wrong', 'form_expired'] as const).flatMap((code) => [
    state(`second-factor-${code}`, 'second-factor', { ...totp, trustDays: 30, error: { code } }, 401),
    state(`second-factor-recovery-${code}`, 'second-factor', { ...recovery, error: { code } }, 401),
  ]),
  ...(['locked', 'rate_limited'] as const).flatMap((code) =>
    [20, 1750, 1].map((retryAfterSeconds) =>
      state(
        `second-factor-${code}-${retryAfterSeconds}`,
        'second-factor',
        { ...totp, error: { code, retryAfterSeconds } },
        401,
      ),
    ),
  ),
  state('second-factor-recovery', 'second-factor', recovery),
  state('second-factor-temporary-else', 'second-factor', {
    ...totp,
    others: [href('passkey'), href('recovery_code'), href('temporary_code')],
  }),
  state('second-factor-temporary', 'second-factor', temporary),
  state('second-factor-temporary-enrol', 'second-factor', { ...temporary, others: [], toEnrol: true }),
  ...(['missing', 'malformed', 'wrong', 'form_expired'] as const).map((code) =>
    state(`second-factor-temporary-${code}`, 'second-factor', { ...temporary, error: { code } }, 401),
  ),
  state('second-factor-passkey', 'second-factor', { ...passkey, trustDays: 30 }),
  state('second-factor-passkey-alone', 'second-factor', { ...passkey, others: [] }),
  state('second-factor-passkey-wrong', 'second-factor', { ...passkey, error: { code: 'wrong' } }, 401),
  state('second-factor-hostile', 'second-factor', {
    ...totp,
    account: hostile,
    client: { name: hostile.name },
  }),
];

const choose = { ...inSignIn, reason: 'required' } as const;
const byPasskey = { kind: 'passkey', href: '/sign-in/sample/enrol/passkey' } as const;
const byApp = { kind: 'totp', action: '/sign-in/sample/enrol/totp' } as const;
const skip = { action: '/sign-in/sample/skip' };
const enrolStates = [
  state('enrol-factor', 'enrol-factor', { ...choose, choices: [byPasskey, byApp] }),
  state('enrol-factor-optional', 'enrol-factor', {
    ...choose,
    reason: 'optional',
    choices: [byPasskey, byApp],
    skip,
  }),
  ...[0, 1, 5].map((left) =>
    state(`enrol-factor-skip-${left}`, 'enrol-factor', {
      ...choose,
      choices: [byPasskey, byApp],
      skip: { ...skip, left, until: new Date('2026-12-01T00:00:00Z') },
    }),
  ),
  ...(['client', 'phishing_resistant', 'client_phishing_resistant'] as const).map((reason) =>
    state(`enrol-factor-${reason}`, 'enrol-factor', {
      ...choose,
      reason,
      choices: reason === 'client' ? [byPasskey, byApp] : [byPasskey],
    }),
  ),
];

const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const uri = (label: string) =>
  `otpauth://totp/${encodeURIComponent(label)}?secret=${secret}&issuer=Riverside`;
const wizard = {
  action: '/account/security/authenticators/new',
  picture: qrPicture(uri(`Riverside:${account.email}`)),
  secret,
  issuer: 'Riverside Practice Group',
};
const key = {
  action: '/account/security/passkeys/new',
  optionsAction: '/account/security/passkeys/options',
};
const wizardStates = [
  state('enrol-totp', 'enrol-totp', { ...inAccount, ...wizard }),
  state('enrol-totp-sign-in', 'enrol-totp', { ...inSignIn, ...wizard, backHref: '/sign-in/sample/enrol' }),
  ...(['missing', 'malformed', 'wrong'] as const).map((code) =>
    state(`enrol-totp-${code}`, 'enrol-totp', { ...inAccount, ...wizard, errors: { code } }, 400),
  ),
  ...(['missing', 'invalid'] as const).map((name) =>
    state(
      `enrol-totp-name-${name}`,
      'enrol-totp',
      { ...inAccount, ...wizard, name: '', errors: { name } },
      400,
    ),
  ),
  state('enrol-totp-expired', 'enrol-totp', { ...inAccount, ...wizard, errors: { form: 'expired' } }, 410),
  ...(['locked', 'rate_limited'] as const).map((form) =>
    state(
      `enrol-totp-${form}`,
      'enrol-totp',
      { ...inAccount, ...wizard, errors: { form }, retryAfterSeconds: 240 },
      429,
    ),
  ),
  state('enrol-totp-hostile', 'enrol-totp', {
    ...inSignIn,
    ...wizard,
    account: hostile,
    picture: qrPicture(uri(hostile.email)),
    name: hostile.name,
  }),
  state('enrol-passkey', 'enrol-passkey', { ...inAccount, ...key }),
  state('enrol-passkey-sign-in', 'enrol-passkey', { ...inSignIn, ...key, backHref: '/sign-in/sample/enrol' }),
  ...(['passkey_wrong', 'passkey_refused', 'expired'] as const).map((form) =>
    state(`enrol-passkey-${form}`, 'enrol-passkey', { ...inAccount, ...key, errors: { form } }, 400),
  ),
  state(
    'enrol-passkey-name',
    'enrol-passkey',
    { ...inAccount, ...key, name: '', errors: { name: 'missing' } },
    400,
  ),
];

const codes = [
  '7XK4-QM2D-9RTV-H3WB',
  'C5NP-0JZE-4YGA-8SKF',
  'T1VB-6HWQ-XD3M-R9CN',
  '2GYE-P7FJ-K0SZ-5A4T',
  'M8RD-3WXH-VB6Q-1CPN',
  'ZJ5K-E9TG-7AYF-S20H',
  'Q4WM-D1XR-N8VC-6PBK',
  'F0SA-Y3JZ-G5TE-H7QD',
  '9CVN-R2KP-W6MB-X1YT',
  'A8HG-5ZQS-J4FD-0EWR',
];
const codesPage = {
  ...inSignIn,
  storedAction: '/account/security/recovery-codes/stored',
  againAction: '/account/security/recovery-codes',
  download: { action: '/recovery-codes', csrfToken },
};
const { againAction: _again, ...codesPageLate } = codesPage;
const codesStates = [
  state('recovery-codes', 'recovery-codes', { ...codesPage, codes }),
  state('recovery-codes-shown', 'recovery-codes', codesPage),
  state('recovery-codes-shown-late', 'recovery-codes', codesPageLate),
  state('account-recovery-codes', 'account-recovery-codes', {
    csrfToken,
    action: '/account/security/recovery-codes',
    count: 10,
    backHref: '/account/security',
  }),
];

const day = (text: string) => new Date(`${text}T09:15:00Z`);
const factor = (name: string, more: Partial<OwnFactor> = {}): OwnFactor => ({
  href: '/account/security/authenticators/0193',
  name,
  addedAt: day('2026-10-02'),
  ...more,
});
const security = {
  csrfToken,
  accountHref: '/account',
  passkeys: [
    factor('Laptop', { lastUsedAt: day('2026-11-23'), synced: true }),
    factor('Blue key', { lastUsedAt: day('2026-11-02') }),
  ],
  authenticators: [factor('Work phone')],
  recoveryCodes: { left: 9, total: 10, isFew: false },
  devices: [
    {
      id: 'a',
      since: day('2026-11-20'),
      until: day('2026-12-20'),
      isThis: true,
      browser: 'Firefox',
      system: 'Windows',
    },
    { id: 'b', since: day('2026-11-01'), until: day('2026-12-01'), isThis: false },
  ],
  required: true,
  addPasskeyHref: '/account/security/passkeys/new',
  addAuthenticatorHref: '/account/security/authenticators/new',
  makeCodesHref: '/account/security/recovery-codes',
  forgetAction: '/account/security/devices/forget',
  endSessionsAction: '/account/security/sessions/end',
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
  'sessions_ended',
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
const manageStates = [
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

export const factorStates: readonly FactorState[] = [
  ...challengeStates,
  ...enrolStates,
  ...wizardStates,
  ...codesStates,
  ...manageStates,
];
