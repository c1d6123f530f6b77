import { ADMIN_SCOPES } from '../../src/domain/clients/admin-scopes.ts';
import { errorCodes } from '../../src/http/pages/views.ts';
import { accountStates, sessionChoiceStates, sessionStates } from './account-states.ts';
import { activityStates } from './activity-states.ts';
import { attributeStates } from './attribute-states.ts';
import { deviceStates } from './device-states.ts';
import { documentStates } from './document-states.ts';
import { factorStates } from './factor-states.ts';
import { accountLifeStates } from './lifecycle-states.ts';
import { account, client, csrfToken, hostileClient, type PageState, state } from './page-state.ts';
import { changePasswordStates, setupStates } from './password-states.ts';
import { signInStates } from './sign-in-states.ts';
import { testSignInStates } from './test-sign-in-states.ts';

export type { PageState } from './page-state.ts';

/** The same page at a workstation that people share. */
const shared = (page: PageState): PageState => ({
  ...page,
  name: `shared-${page.name}`,
  switchPerson: { action: '/account/switch', csrfToken, page: '/account' },
});

const consent = { action: '/sign-in/sample/consent', csrfToken, client, account };

const consentStates = [
  state('consent', 'consent', {
    ...consent,
    scopes: [
      { name: 'openid' },
      { name: 'profile' },
      { name: 'email' },
      { name: 'roles' },
      { name: 'groups' },
      { name: 'offline_access' },
      { name: 'notes.read', description: 'Read clinical notes that you can see' },
      { name: 'calendar.write' },
      { name: 'phone' },
      { name: 'address' },
      { name: 'employment', description: 'Department, Employee number' },
    ],
  }),
  state('consent-more', 'consent', {
    ...consent,
    scopes: [{ name: 'openid' }, { name: 'profile' }, { name: 'roles', isNew: true }],
  }),
  state('consent-administration', 'consent', {
    ...consent,
    scopes: ADMIN_SCOPES.map((name) => ({ name })),
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
    again: '/logout?client_id=sample&again=1',
    accountHref: '/account',
    client: { name: client.name },
    account,
  }),
  state('sign-out-no-client', 'sign-out', {
    action: '/logout/confirm',
    xsrf: 'sample',
    again: '/logout?client_id=sample&again=1',
    accountHref: '/account',
  }),
  state('signed-out', 'signed-out', {
    accountHref: '/account',
    client: { name: client.name, uri: 'https://notes.example.org/' },
  }),
  state('signed-out-no-client', 'signed-out', { accountHref: '/account' }),
  ...(['request', 'form'] as const).map((reason) =>
    state(
      `sign-out-refused-${reason}`,
      'sign-out-refused',
      {
        reason,
        accountHref: '/account',
        signedIn: { account, action: '/account/sessions/end', csrfToken, session: 'sample' },
        reference: '01935b3c-7a41-7c1e',
      },
      400,
    ),
  ),
  state(
    'sign-out-refused-client',
    'sign-out-refused',
    {
      reason: 'request',
      accountHref: '/account',
      signedIn: { account, action: '/account/sessions/end', csrfToken, session: 'sample' },
      client: hostileClient,
    },
    400,
  ),
  state(
    'sign-out-refused-nobody',
    'sign-out-refused',
    { reason: 'request', accountHref: '/account', client: { name: client.name, uri: 'javascript:alert(1)' } },
    400,
  ),
  state('sign-in-finished', 'sign-in-finished', {
    restart: { href: 'https://notes.example.org/', client: client.name },
  }),
  state('sign-in-finished-own', 'sign-in-finished', { restart: { href: '/account' } }),
  state('sign-in-finished-hostile', 'sign-in-finished', {
    restart: { href: 'javascript:alert(1)', client: hostileClient.name },
  }),
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
  state('error-csrf-again', 'error', {
    code: 'csrf_invalid',
    status: 403,
    again: '/account/profile',
    accountHref: '/account',
    reference: '01935b3c-7a41-7c1e',
  }),
  state('error-own-restart', 'error', {
    code: 'sign_in_expired',
    status: 400,
    restart: { href: '/authorize?client_id=gatehouse' },
  }),
  state('error-reason', 'error', {
    code: 'redirect_uri_invalid',
    status: 400,
    reference: '01935b3c-7a41-7c1e',
    reason: {
      parameter: 'redirect_uri',
      expected:
        'exactly one of the redirect_uris of the client; the nearest is https://notes.example.org/callback, which differs in the slash at the end of its path',
      change:
        'send https://notes.example.org/callback as it is registered, or add the address that was sent to redirect_uris in the client file',
      values: {
        client_id: '0f'.repeat(16),
        redirect_uri: 'https://notes.example.org/callback/',
        scope: '<i>openid</i>',
      },
    },
  }),
  state('error-hostile-restart', 'error', {
    code: 'no_such_code',
    title: '<i>Title</i>',
    status: 500,
    restart: { href: 'javascript:alert(1)', client: hostileClient.name },
  }),
];

const everyState: readonly PageState[] = [
  ...signInStates,
  ...testSignInStates,
  ...consentStates,
  ...deviceStates,
  ...signOutStates,
  ...errorStates,
  ...setupStates,
  ...changePasswordStates,
  ...documentStates,
  ...sessionChoiceStates,
  ...accountStates,
  ...sessionStates,
  ...attributeStates,
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
