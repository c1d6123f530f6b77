import type { ExplainedRule } from '../../src/domain/passwords/explanation.ts';
import { CHARACTERS } from '../../src/domain/passwords/policy.ts';
import { zoneGroups } from '../../src/http/account/zones.ts';
import type { ViewModels } from '../../src/http/views.ts';
import { longest } from './page-state.ts';

/** The states of the pages of the life of an account. */
export interface AccountLifeState<V extends keyof ViewModels = keyof ViewModels> {
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
): AccountLifeState => ({ name, view, model, status });

const csrfToken = 'c2FtcGxlLWNzcmYtdG9rZW4';
const token = 'sample-token';
const email = 'amara.okafor@riverside.example.org';
const name = 'Amara Okafor';

const rules: readonly ExplainedRule[] = [
  { code: 'length', min: 12, max: 256 },
  { code: 'identity' },
  { code: 'blocklist' },
  { code: 'strength' },
  { code: 'history', count: 12 },
];

const forgot = { action: '/forgot', csrfToken, signInHref: '/account' };
const reset = { action: '/reset', csrfToken, token, email, rules };
const register = { action: '/register', csrfToken, values: { email: '', name: '' }, signInHref: '/account' };
const invitation = { action: '/invitation', csrfToken, token, email, name, rules };

const profile = {
  action: '/account/profile',
  csrfToken,
  version: 'v',
  values: { name, locale: 'es', zoneinfo: 'Europe/Lisbon' },
  zones: zoneGroups('Europe/Lisbon'),
  attributes: [],
  kept: [],
};
const password = { action: '/account/password', csrfToken, email, rules, accountHref: '/account' };
const address = { action: '/account/address', csrfToken, current: email, email: '', accountHref: '/account' };

const busy = { code: 'too_busy', retryAfterSeconds: 5 } as const;

/** The page after a form that asks for a mail, in every state. */
function sentStates(view: 'forgot-sent' | 'register-sent', path: string): AccountLifeState[] {
  const again = { action: `${path}/again`, csrfToken, signIn: 'sample-sign-in' };
  const page = { signInHref: '/account', formHref: path };
  const asked = { ...page, address: email, again };
  return [
    state(view, view, asked),
    state(`${view}-elsewhere`, view, page),
    state(`${view}-again`, view, { ...asked, sentAgain: true }),
    state(`${view}-hostile`, view, { ...asked, address: `<b>${'long'.repeat(80)}@x.example` }),
    ...[42, 3_400].map((retryAfterSeconds) =>
      state(
        `${view}-too-often-${retryAfterSeconds}`,
        view,
        { ...asked, error: { code: 'rate_limited', retryAfterSeconds } },
        429,
      ),
    ),
  ];
}

export const accountLifeStates: readonly AccountLifeState[] = [
  state('forgot', 'forgot', { ...forgot, signIn: 'sample-sign-in', signInHref: '/sign-in/sample/continue' }),
  state('forgot-missing', 'forgot', { ...forgot, errors: { identifier: 'missing' } }, 400),
  state('forgot-usernames', 'forgot', { ...forgot, usernames: true }),
  state(
    'forgot-username-missing',
    'forgot',
    { ...forgot, usernames: true, errors: { identifier: 'missing' } },
    400,
  ),
  ...sentStates('forgot-sent', '/forgot'),
  state('reset', 'reset', reset),
  state('reset-missing', 'reset', { ...reset, errors: { password: 'missing' } }, 400),
  state(
    'reset-refused',
    'reset',
    {
      ...reset,
      email: `${'long'.repeat(50)}@x.example`,
      errors: { password: 'too_short' },
    },
    400,
  ),
  ...['lower_missing', 'upper_missing', 'symbol_missing', 'reused'].map((password) =>
    state(
      `reset-password-${password}`,
      'reset',
      {
        ...reset,
        rules: [
          { code: 'length', min: 12, max: 256, met: true },
          {
            code: 'characters',
            kind: 'symbol',
            pattern: CHARACTERS.symbol.source,
            met: password !== 'symbol_missing',
          },
          { code: 'repetition' },
          { code: 'history', count: 1, met: password !== 'reused' },
        ],
        errors: { password },
      },
      400,
    ),
  ),
  state('reset-too-busy', 'reset', { ...reset, error: busy }, 503),
  state('reset-done', 'reset-done', { signInHref: '/account' }),
  state('register', 'register', {
    ...register,
    signIn: 'sample-sign-in',
    signInHref: '/sign-in/sample/continue',
  }),
  state('register-missing', 'register', { ...register, errors: { email: 'missing', name: 'missing' } }, 400),
  state(
    'register-hostile',
    'register',
    {
      ...register,
      values: { email: `"><b>${'long'.repeat(50)}`, name: `<u>${'N'.repeat(300)}` },
      errors: { email: 'invalid', name: 'invalid' },
    },
    400,
  ),
  state(
    'register-domain',
    'register',
    { ...register, values: { email, name }, errors: { email: 'domain' } },
    400,
  ),
  ...sentStates('register-sent', '/register'),
  state('invitation-registered', 'invitation', { ...invitation, registered: true }),
  state(
    'link-invalid-registration',
    'link-invalid',
    { link: 'registration', nextHref: '/register', signInHref: '/account' },
    410,
  ),
  state('invitation', 'invitation', { ...invitation, invitedBy: 'Bo Lind' }),
  state('invitation-nobody', 'invitation', invitation),
  state(
    'invitation-missing',
    'invitation',
    { ...invitation, name: '', errors: { name: 'missing', password: 'missing' } },
    400,
  ),
  state(
    'invitation-hostile',
    'invitation',
    {
      ...invitation,
      name: `<u>${'N'.repeat(300)}`,
      invitedBy: `<b>Bold</b> \u202Eevil ${'Verylongword'.repeat(30)}`,
      email: `${'long'.repeat(50)}@x.example`,
      errors: { name: 'invalid', password: 'no such code' },
    },
    400,
  ),
  state('invitation-too-busy', 'invitation', { ...invitation, error: busy }, 503),
  state('invitation-done', 'invitation-done', { accountHref: '/account' }),
  state('account-profile', 'account-profile', profile),
  state('account-profile-missing', 'account-profile', { ...profile, errors: { name: 'missing' } }, 400),
  state('account-profile-longest', 'account-profile', {
    ...profile,
    values: { name: longest.name, locale: '', zoneinfo: longest.zone },
    zones: zoneGroups(longest.zone),
  }),
  state('account-profile-zone', 'account-profile', { ...profile, errors: { zoneinfo: 'invalid' } }, 400),
  state('account-profile-invalid', 'account-profile', { ...profile, errors: { name: 'invalid' } }, 400),
  state(
    'account-profile-meanwhile',
    'account-profile',
    { ...profile, errors: { form: 'changed_meanwhile' } },
    409,
  ),
  state('account-password', 'account-password', password),
  state(
    'account-password-missing',
    'account-password',
    { ...password, errors: { current_password: 'missing', new_password: 'missing' } },
    400,
  ),
  state(
    'account-password-wrong',
    'account-password',
    { ...password, errors: { current_password: 'wrong' } },
    400,
  ),
  state(
    'account-password-too-soon',
    'account-password',
    {
      ...password,
      errors: { new_password: 'too_soon' },
      tooSoonUntil: new Date('2026-11-24T06:41:00Z'),
    },
    400,
  ),
  state('account-address', 'account-address', address),
  state('account-address-missing', 'account-address', { ...address, errors: { email: 'missing' } }, 400),
  state(
    'account-address-invalid',
    'account-address',
    { ...address, email: 'amara', current: `${'long'.repeat(50)}@x.example`, errors: { email: 'invalid' } },
    400,
  ),
  state('verify-address', 'verify-address', {
    action: '/verify-address',
    csrfToken,
    token,
    email: 'amara@new.example.org',
  }),
  state('verify-address-done', 'verify-address-done', { accountHref: '/account' }),
  state('link-invalid-address', 'link-invalid', { link: 'address', nextHref: '/account/address' }, 410),
  state('secure', 'secure', { action: '/secure', csrfToken, token, email }),
  state('secure-address', 'secure', {
    action: '/secure/address',
    csrfToken,
    token,
    email,
    restores: true,
    undoes: [{ kind: 'totp', addedAt: new Date('2026-11-20T06:41:00Z') }],
  }),
  state('secure-factors', 'secure', {
    action: '/secure',
    csrfToken,
    token,
    email,
    zoneinfo: 'Africa/Lagos',
    undoes: [
      { kind: 'totp', name: 'Phone', addedAt: new Date('2026-11-20T06:41:00Z') },
      { kind: 'passkey', addedAt: new Date('2026-11-20T06:43:00Z') },
      { kind: 'recovery_codes', addedAt: new Date('2026-11-20T06:41:00Z') },
    ],
  }),
  state('secure-closed', 'secure-closed', {}),
  state('secure-hostile', 'secure', {
    action: '/secure',
    csrfToken,
    token,
    email: `<b>${'long'.repeat(50)}@x.example`,
    undoes: [{ kind: 'passkey', name: `<b>${'W'.repeat(80)}`, addedAt: new Date('2026-11-20T06:43:00Z') }],
  }),
  state('secure-done', 'secure-done', { nextHref: '/forgot' }),
  state('link-invalid-secure', 'link-invalid', { link: 'secure', nextHref: '/forgot' }, 410),
  ...(['secure', 'reset', 'invitation', 'address', 'setup'] as const).map((link) =>
    state(`link-used-${link}`, 'link-used', { link, nextHref: '/account' }, 410),
  ),
  state(
    'link-invalid-reset',
    'link-invalid',
    { link: 'reset', nextHref: '/forgot', signInHref: '/account' },
    410,
  ),
  state('link-invalid-invitation', 'link-invalid', { link: 'invitation', nextHref: '/account' }, 410),
];
