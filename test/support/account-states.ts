import { account, client, csrfToken, hostileClient, rightToLeftClient, state } from './page-state.ts';

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

export const sessionChoiceStates = [
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

export const accountStates = [
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
export const sessionStates = [
  { ...emptyAccount, name: 'session', session: { page: sessionPage, warnIn: 1_080, endsIn: 1_200 } },
  { ...emptyAccount, name: 'session-warning', session: { page: sessionPage, warnIn: -5, endsIn: 115 } },
  {
    ...emptyAccount,
    name: 'session-final',
    session: { page: sessionPage, warnIn: -5, endsIn: 115, final: true },
  },
];
