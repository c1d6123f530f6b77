import { explainRules } from '../../src/domain/passwords/explanation.ts';
import type { PasswordPolicy, PasswordProblem } from '../../src/domain/passwords/policy.ts';
import type { AccountOnPage } from '../../src/http/pages/on-page.ts';
import { errorCodes } from '../../src/http/pages/views.ts';
import { activityStates } from './activity-states.ts';
import { factorStates } from './factor-states.ts';
import { accountLifeStates } from './lifecycle-states.ts';
import { client, hostileClient, type PageState, rightToLeftClient, state } from './page-state.ts';

export type { PageState } from './page-state.ts';

const csrfToken = 'c2FtcGxlLWNzcmYtdG9rZW4';

/** The same page at a workstation that people share. */
const shared = (page: PageState): PageState => ({
  ...page,
  name: `shared-${page.name}`,
  switchPerson: { action: '/account/switch', csrfToken, page: '/account' },
});

const account: AccountOnPage = { name: 'Amara Okafor', email: 'amara.okafor@riverside.example.org' };

const signIn = {
  action: '/sign-in/sample',
  csrfToken,
  identifier: '',
  cancelAction: '/sign-in/sample/cancel',
  forgotHref: '/forgot?sign_in=sample',
};

const passkey = { action: '/sign-in/sample/passkey', optionsAction: '/sign-in/sample/passkey/options' };

const signInStates = [
  state('sign-in-register', 'sign-in', { ...signIn, client, registerHref: '/register?sign_in=sample' }),
  state('sign-in', 'sign-in', { ...signIn, client }),
  state('sign-in-no-client', 'sign-in', { action: signIn.action, csrfToken, identifier: '' }),
  state('sign-in-no-client-cancel', 'sign-in', signIn),
  state('sign-in-login-hint', 'sign-in', { ...signIn, client, identifier: account.email }),
  state('sign-in-reauthenticate', 'sign-in', {
    ...signIn,
    client,
    identifier: account.email,
    notice: 'reauthenticate',
  }),
  state(
    'sign-in-credentials-invalid',
    'sign-in',
    { ...signIn, client, identifier: account.email, error: { code: 'credentials_invalid' } },
    401,
  ),
  state(
    'sign-in-locked',
    'sign-in',
    { ...signIn, client, identifier: account.email, error: { code: 'locked', retryAfterSeconds: 1750 } },
    401,
  ),
  state(
    'sign-in-locked-minute',
    'sign-in',
    { ...signIn, client, identifier: account.email, error: { code: 'locked', retryAfterSeconds: 5 } },
    401,
  ),
  state(
    'sign-in-rate-limited',
    'sign-in',
    { ...signIn, client, identifier: account.email, error: { code: 'rate_limited', retryAfterSeconds: 42 } },
    429,
  ),
  state(
    'sign-in-rate-limited-second',
    'sign-in',
    { ...signIn, client, identifier: account.email, error: { code: 'rate_limited', retryAfterSeconds: 1 } },
    429,
  ),
  state('sign-in-fields-missing', 'sign-in', { ...signIn, client, error: { code: 'fields_missing' } }, 400),
  state(
    'sign-in-password-missing',
    'sign-in',
    { ...signIn, client, identifier: account.email, error: { code: 'fields_missing' } },
    400,
  ),
  state(
    'sign-in-too-busy',
    'sign-in',
    { ...signIn, client, identifier: account.email, error: { code: 'too_busy' } },
    503,
  ),
  state(
    'sign-in-too-busy-seconds',
    'sign-in',
    { ...signIn, client, identifier: account.email, error: { code: 'too_busy', retryAfterSeconds: 5 } },
    503,
  ),
  state(
    'sign-in-too-busy-second',
    'sign-in',
    { ...signIn, client, identifier: account.email, error: { code: 'too_busy', retryAfterSeconds: 1 } },
    503,
  ),
  state('sign-in-passkey', 'sign-in', { ...signIn, client, passkey }),
  state(
    'sign-in-passkey-wrong',
    'sign-in',
    { ...signIn, client, passkey, error: { code: 'passkey_wrong' } },
    401,
  ),
  state(
    'sign-in-form-expired',
    'sign-in',
    { ...signIn, client, identifier: account.email, error: { code: 'form_expired' } },
    403,
  ),
  state('sign-in-hostile-client', 'sign-in', {
    ...signIn,
    client: hostileClient,
    identifier: `"><b>${'x'.repeat(90)}`,
  }),
  state('sign-in-right-to-left-client', 'sign-in', { ...signIn, client: rightToLeftClient }),
];

const consent = { action: '/sign-in/sample/consent', csrfToken, client, account };

const consentStates = [
  state('consent', 'consent', {
    ...consent,
    scopes: [
      { name: 'openid' },
      { name: 'profile' },
      { name: 'email' },
      { name: 'roles' },
      { name: 'offline_access' },
      { name: 'notes.read', description: 'Read clinical notes that you can see' },
      { name: 'calendar.write' },
    ],
  }),
  state('consent-more', 'consent', {
    ...consent,
    scopes: [{ name: 'openid' }, { name: 'profile' }, { name: 'roles', isNew: true }],
  }),
  state('consent-hostile', 'consent', {
    ...consent,
    client: hostileClient,
    account: { name: '<b>Bold</b> \u202Eevil', email: `${'long'.repeat(40)}@example.org` },
    scopes: [
      { name: 'constructor' },
      { name: '__proto__' },
      { name: 'x', description: '<img src=x onerror=alert(1)>' },
    ],
  }),
];

const signOutStates = [
  state('sign-out', 'sign-out', {
    action: '/logout/confirm',
    xsrf: 'sample',
    accountHref: '/account',
    client: { name: client.name },
    account,
  }),
  state('sign-out-no-client', 'sign-out', {
    action: '/logout/confirm',
    xsrf: 'sample',
    accountHref: '/account',
  }),
  state('signed-out', 'signed-out', { client: { name: client.name, uri: 'https://notes.example.org/' } }),
  state('signed-out-no-client', 'signed-out', {}),
  ...(['idle', 'age', 'ended'] as const).map((because) =>
    state(`session-over-${because}`, 'session-over', { because, backHref: '/account/profile' }),
  ),
  ...(['another-person', 'signed-out', 'answer'] as const).flatMap((reason) => {
    // One that submits itself is gone before anybody has looked at it.
    const onward = { action: '/', fields: { xsrf: 'sample', logout: 'yes' }, reason, automatic: false };
    return [
      state(`onward-${reason}`, 'onward', { ...onward, client: { name: client.name } }),
      state(`onward-${reason}-no-client`, 'onward', onward),
    ];
  }),
];

const errorStates = [
  ...errorCodes.map((code) =>
    state(`error-${code}`, 'error', { code, status: 400, reference: '01935b3c-7a41-7c1e' }),
  ),
  state('error-expired-restart', 'error', {
    code: 'sign_in_expired',
    status: 400,
    reference: '01935b3c-7a41-7c1e',
    restart: { href: 'https://notes.example.org/sign-in', client: client.name },
  }),
  state('error-finished-restart', 'error', {
    code: 'sign_in_already_finished',
    status: 400,
    restart: { href: 'https://notes.example.org/', client: client.name },
  }),
  state('error-own-restart', 'error', {
    code: 'sign_in_expired',
    status: 400,
    restart: { href: '/authorize?client_id=gatehouse' },
  }),
  state('error-hostile-restart', 'error', {
    code: 'no_such_code',
    title: '<i>Title</i>',
    status: 500,
    restart: { href: 'javascript:alert(1)', client: hostileClient.name },
  }),
];

/** The rules as they are told beforehand, and after a refusal for `problems`. */
const rulesOf = (
  problems?: readonly PasswordProblem[],
  more: Partial<PasswordPolicy> = {},
  hasHistory = false,
) => {
  const policy = { minLength: 12, maxLength: 256, minScore: 3, history: 12, expiryDays: 90, minAgeHours: 0 };
  return explainRules({ ...policy, requiredCharacters: [], ...more }, { hasHistory, problems });
};
const changePassword = {
  action: '/sign-in/sample/password',
  cancelAction: '/sign-in/sample/cancel',
  csrfToken,
  client,
  account,
  reason: 'expired',
  rules: rulesOf(undefined, {}, true),
} as const;
const everyKind: Partial<PasswordPolicy> = { requiredCharacters: ['lower', 'upper', 'digit', 'symbol'] };

const refusedChange = (problem: PasswordProblem, policy: Partial<PasswordPolicy> = {}) =>
  state(
    `change-password-${problem}`,
    'change-password',
    { ...changePassword, error: { code: problem }, rules: rulesOf([problem], policy, true) },
    400,
  );

const changePasswordStates = [
  state('change-password', 'change-password', changePassword),
  state('change-password-must-change', 'change-password', { ...changePassword, reason: 'must_change' }),
  state('change-password-compromised', 'change-password', {
    action: changePassword.action,
    csrfToken,
    account,
    reason: 'compromised',
    rules: rulesOf(undefined, { minScore: 0, history: 1 }, true),
  }),
  state('change-password-hostile', 'change-password', {
    ...changePassword,
    client: hostileClient,
    account: { name: `<b>${'N'.repeat(300)}`, email: `${'long'.repeat(50)}@x.example` },
  }),
  state('change-password-missing', 'change-password', { ...changePassword, error: { code: 'missing' } }, 400),
  ...(['blocklisted', 'too_weak', 'reused'] as const).map((problem) => refusedChange(problem)),
  ...(['lower_missing', 'upper_missing', 'digit_missing', 'symbol_missing'] as const).map((problem) =>
    refusedChange(problem, everyKind),
  ),
  ...[undefined, 1, 5].map((retryAfterSeconds) =>
    state(
      `change-password-too-busy${retryAfterSeconds === undefined ? '' : `-${retryAfterSeconds}`}`,
      'change-password',
      { ...changePassword, error: { code: 'too_busy', ...(retryAfterSeconds && { retryAfterSeconds }) } },
      503,
    ),
  ),
];

const setup = { action: '/setup', csrfToken, token: 'sample-token', rules: rulesOf() };
const values = { email: account.email, name: account.name };
const passwordProblems: readonly PasswordProblem[] = [
  'too_short',
  'too_long',
  'single_character',
  'contains_identity',
  'blocklisted',
  'too_weak',
];

const setupStates = [
  state('setup', 'setup', { ...setup, values: { email: '', name: '' } }),
  state(
    'setup-missing',
    'setup',
    {
      ...setup,
      values: { email: '', name: '' },
      errors: { email: 'missing', name: 'missing', password: 'missing' },
    },
    400,
  ),
  state(
    'setup-refused',
    'setup',
    {
      ...setup,
      values,
      errors: { email: 'taken', name: 'too_long', password: 'contains_identity' },
      rules: rulesOf(['contains_identity']),
    },
    400,
  ),
  state(
    'setup-invalid-values',
    'setup',
    { ...setup, values, errors: { email: 'invalid', name: 'invalid', password: 'malformed' } },
    400,
  ),
  state(
    'setup-password-characters',
    'setup',
    {
      ...setup,
      values,
      errors: { password: 'digit_missing' },
      rules: rulesOf(['digit_missing', 'symbol_missing'], {
        requiredCharacters: ['lower', 'upper', 'digit', 'symbol'],
      }),
    },
    400,
  ),
  ...passwordProblems.map((problem) =>
    state(
      `setup-password-${problem}`,
      'setup',
      { ...setup, values, errors: { password: problem }, rules: rulesOf([problem]) },
      400,
    ),
  ),
  state('setup-done', 'setup-done', { accountHref: '/account' }),
  state('setup-invalid', 'setup-invalid', { accountHref: '/account' }),
];

const accountPage = {
  account: {
    ...account,
    roles: ['clinician', 'practice-lead'],
    lastSignIn: new Date('2026-11-23T06:41:00Z'),
  },
  csrfToken,
  sessions: [
    {
      id: 'this',
      isThis: true,
      since: new Date('2026-11-23T06:41:00Z'),
      lastActive: new Date('2026-11-23T09:02:00Z'),
      shared: true,
      ip: '203.0.113.7',
      browser: 'Firefox',
      system: 'Windows',
      applications: [client.name, 'Team calendar'],
    },
    {
      id: 'other',
      isThis: false,
      since: new Date('2026-11-23T05:10:00Z'),
      lastActive: new Date('2026-11-23T08:15:00Z'),
      shared: false,
      ip: '2001:db8:85a3:8d3:1319:8a2e:370:7348',
      applications: [],
    },
  ],
  endSessionAction: '/account/sessions/end',
  endAllSessionsAction: '/account/sessions/end-all',
  withdrawAction: '/account/applications/withdraw',
  signOutAction: '/logout',
  change: {
    profile: '/account/profile',
    address: '/account/address',
    password: '/account/password',
    security: '/account/security',
    activity: '/account/activity',
  },
};

const choice = {
  action: '/sign-in/sample/sessions',
  cancelAction: '/sign-in/sample/cancel',
  csrfToken,
  client,
  account,
  most: 2,
  atLeast: 1,
  sessions: accountPage.sessions.map((session) => ({ ...session, isThis: false })),
  chosen: ['other'],
};

const sessionChoiceStates = [
  state('choose-session', 'choose-session', choice),
  state('choose-session-one', 'choose-session', {
    ...choice,
    most: 1,
    sessions: choice.sessions.slice(1),
  }),
  ...[1, 2].map((atLeast) =>
    state(
      `choose-session-too-few-${atLeast}`,
      'choose-session',
      { ...choice, atLeast, chosen: [], error: { code: 'too_few' } },
      400,
    ),
  ),
];

const accountStates = [
  state('account', 'account', {
    ...accountPage,
    applications: [
      {
        clientId: 'notes',
        name: client.name,
        scopes: ['openid', 'profile', 'email', 'roles', 'offline_access'],
        since: new Date('2026-10-02T09:15:00Z'),
      },
      {
        clientId: 'calendar',
        name: 'Team calendar',
        scopes: ['openid', { name: 'calendar.write', description: 'Add and change your appointments' }],
        since: new Date('2026-11-20T15:02:00Z'),
      },
    ],
  }),
  state('account-empty', 'account', {
    ...accountPage,
    account: { ...account, roles: [] },
    applications: [],
  }),
  ...[1, 7].map((daysLeft) =>
    state(`account-expires-${daysLeft}`, 'account', {
      ...accountPage,
      applications: [],
      passwordExpires: { daysLeft },
    }),
  ),
  state('account-few-codes', 'account', { ...accountPage, applications: [], fewCodes: { left: 2 } }),
  state('account-withdrawn', 'account', { ...accountPage, applications: [], notice: 'consent_withdrawn' }),
  ...(['profile_changed', 'password_changed', 'address_requested', 'session_ended'] as const).map((notice) =>
    state(`account-${notice}`, 'account', { ...accountPage, applications: [], notice }),
  ),
  state('account-hostile', 'account', {
    ...accountPage,
    account: {
      name: `<u>${'N'.repeat(300)}`,
      email: `${'long'.repeat(50)}@x.example`,
      roles: ['r'.repeat(64)],
      zoneinfo: 'No/Such',
    },
    sessions: [
      {
        id: '"><script>',
        isThis: true,
        since: new Date(0),
        lastActive: new Date(0),
        shared: false,
        ip: '2001:db8:85a3:8d3:1319:8a2e:370:7348',
        applications: [hostileClient.name, rightToLeftClient.name],
      },
    ],
    applications: [
      { clientId: '"><script>', name: hostileClient.name, scopes: ['s'.repeat(200)], since: new Date(0) },
      { clientId: 'rtl', name: rightToLeftClient.name, scopes: [], since: new Date(0) },
    ],
  }),
];

const sessionPage = {
  id: 'this',
  endsAt: new Date('2026-11-23T09:22:00Z'),
  csrfToken,
  zoneinfo: 'Europe/Madrid',
};
const emptyAccount = state('account', 'account', { ...accountPage, applications: [] });

/** Pages in a session: long before its end, when its person is warned, and when nothing prolongs it any more. */
const sessionStates = [
  { ...emptyAccount, name: 'session', session: { page: sessionPage, warnIn: 1_080, endsIn: 1_200 } },
  { ...emptyAccount, name: 'session-warning', session: { page: sessionPage, warnIn: -5, endsIn: 115 } },
  {
    ...emptyAccount,
    name: 'session-final',
    session: { page: sessionPage, warnIn: -5, endsIn: 115, final: true },
  },
];

const everyState: readonly PageState[] = [
  ...signInStates,
  ...consentStates,
  ...signOutStates,
  ...errorStates,
  ...setupStates,
  ...changePasswordStates,
  ...sessionChoiceStates,
  ...accountStates,
  ...sessionStates,
  ...accountLifeStates,
  ...activityStates,
  ...factorStates,
];

/** Pages of each width and each kind on which somebody is known. */
const SHARED = ['sign-in-reauthenticate', 'second-factor', 'consent', 'account'];

export const pageStates: readonly PageState[] = [
  ...everyState,
  ...everyState.filter(({ name }) => SHARED.includes(name)).map(shared),
];
