import { deviceOf } from '../../src/domain/mail/device.ts';
import type { ViewModels } from '../../src/http/views.ts';
import { keptOfSample } from './attribute-states.ts';
import {
  AGENTS,
  account,
  client,
  csrfToken,
  hostileClient,
  longest,
  longestAccount,
  rightToLeftClient,
  state,
} from './page-state.ts';

const sessions = [
  {
    id: 'this',
    isThis: true,
    since: new Date('2026-11-23T06:41:00Z'),
    lastActive: new Date('2026-11-23T09:02:00Z'),
    shared: true,
    ip: '203.0.113.7',
    ...deviceOf(AGENTS.firefox),
    applications: [client.name, 'Team calendar'],
  },
  {
    id: 'other',
    isThis: false,
    since: new Date('2026-11-23T05:10:00Z'),
    lastActive: new Date('2026-11-23T08:15:00Z'),
    shared: false,
    ip: longest.ip,
    ...deviceOf(AGENTS.longest),
    applications: [longest.client],
  },
  {
    id: 'unknown',
    isThis: false,
    since: new Date('2026-11-22T05:10:00Z'),
    lastActive: new Date('2026-11-22T08:15:00Z'),
    shared: false,
    ip: longest.ip,
    applications: [],
  },
];

const accountPage = {
  kept: [] as ViewModels['account']['kept'],
  account: { ...account, roles: ['clinician', 'practice-lead'] },
  security: {
    password: {
      changedAt: new Date('2026-06-12T06:41:00Z'),
      days: 164,
      expiresAt: new Date('2027-06-12T06:41:00Z'),
    },
    passkeys: 1,
    authenticators: 2,
    required: true,
    codes: { left: 9, total: 10, isFew: false },
    lastSignIn: {
      at: new Date('2026-11-22T06:41:00Z'),
      how: 'aal2',
      ip: '203.0.113.7',
      ...deviceOf(AGENTS.firefox),
    },
  },
  csrfToken,
  sessionCount: 3,
  withdrawAction: '/account/applications/withdraw',
  signOutAction: '/logout',
  change: {
    profile: '/account/profile',
    address: '/account/address',
    password: '/account/password',
    security: '/account/security',
    codes: '/account/security/recovery-codes',
    sessions: '/account/sessions',
    activity: '/account/activity',
  },
} as const;

const sessionsPage = {
  csrfToken,
  sessions,
  endSessionAction: '/account/sessions/end',
  endOthersHref: '/account/sessions/end-others',
  endAllHref: '/account/sessions/end-all',
};
const { endOthersHref: _, ...alone } = sessionsPage;

const choice = {
  action: '/sign-in/sample/sessions',
  cancelAction: '/sign-in/sample/cancel',
  csrfToken,
  client,
  account,
  most: 2,
  atLeast: 1,
  sessions: sessions.slice(0, 2).map((session) => ({ ...session, isThis: false })),
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
  state('account-attributes', 'account', { ...accountPage, kept: keptOfSample, applications: [] }),
  state('account-empty', 'account', {
    ...accountPage,
    account: { ...account, roles: [] },
    security: { passkeys: 0, authenticators: 0, required: false },
    sessionCount: 1,
    applications: [],
  }),
  ...(['aal1', 'phr'] as const).map((how, required) =>
    state(`account-password-only-${how}`, 'account', {
      ...accountPage,
      security: {
        password: { changedAt: new Date('2026-11-22T06:41:00Z'), days: 1 },
        passkeys: 0,
        authenticators: required,
        required: required === 0,
        lastSignIn: { at: new Date('2026-11-22T06:41:00Z'), how },
      },
      applications: [],
    }),
  ),
  state('account-passkeys', 'account', {
    ...accountPage,
    security: { ...accountPage.security, passkeys: 2, authenticators: 1 },
    applications: [],
  }),
  ...[1, 7].map((daysLeft) =>
    state(`account-expires-${daysLeft}`, 'account', {
      ...accountPage,
      applications: [],
      passwordExpires: { daysLeft },
    }),
  ),
  ...[0, 1, 2].map((left) =>
    state(`account-few-codes-${left}`, 'account', {
      ...accountPage,
      security: { ...accountPage.security, codes: { left, total: 10, isFew: true } },
      applications: [],
    }),
  ),
  ...(['consent_withdrawn', 'profile_changed', 'password_changed', 'address_requested'] as const).map(
    (notice) => state(`account-${notice}`, 'account', { ...accountPage, applications: [], notice }),
  ),
  state('account-longest', 'account', {
    ...accountPage,
    account: { ...longestAccount, roles: [longest.role, longest.role.replace('1', '2')] },
    security: {
      ...accountPage.security,
      lastSignIn: {
        ...accountPage.security.lastSignIn,
        ip: longest.ip,
        ...deviceOf(AGENTS.longest),
      },
    },
    applications: [
      { clientId: 'archive', name: longest.client, scopes: ['openid', 'profile'], since: new Date(0) },
    ],
  }),
  state('account-hostile', 'account', {
    ...accountPage,
    account: {
      name: `<u>${'N'.repeat(300)}`,
      email: `${'long'.repeat(50)}@x.example`,
      roles: ['r'.repeat(64)],
      zoneinfo: 'No/Such',
    },
    applications: [
      { clientId: '"><script>', name: hostileClient.name, scopes: ['s'.repeat(200)], since: new Date(0) },
      { clientId: 'rtl', name: rightToLeftClient.name, scopes: [], since: new Date(0) },
    ],
  }),
  state('account-sessions', 'account-sessions', sessionsPage),
  state('account-sessions-alone', 'account-sessions', { ...alone, sessions: sessions.slice(0, 1) }),
  ...(['session_ended', 'others_ended'] as const).map((notice) =>
    state(`account-sessions-${notice}`, 'account-sessions', {
      ...sessionsPage,
      zoneinfo: longest.zone,
      notice,
    }),
  ),
  state('account-sessions-hostile', 'account-sessions', {
    ...sessionsPage,
    zoneinfo: 'No/Such',
    sessions: [
      {
        id: '"><script>',
        isThis: true,
        since: new Date(0),
        lastActive: new Date(0),
        shared: false,
        ip: longest.ip,
        applications: [hostileClient.name, rightToLeftClient.name],
      },
    ],
  }),
  ...(['all', 'others'] as const).flatMap((which) =>
    [1, 3].map((count) =>
      state(`account-sign-out-${which}-${count}`, 'account-sign-out', {
        csrfToken,
        which,
        count,
        action: `/account/sessions/end-${which}`,
        backHref: '/account/sessions',
      }),
    ),
  ),
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
