import { ADMIN_SCOPES } from '../../src/domain/clients/admin-scopes.ts';
import { account, client, csrfToken, hostileClient, type PageState, state } from './page-state.ts';

/** The pages on which people sign in devices without a browser. */

const code = { action: '/device', xsrf: 'sample' };

const confirmation = {
  action: '/sign-in/sample/consent',
  csrfToken,
  client,
  account,
  scopes: [{ name: 'openid' }],
  device: {
    userCode: 'WDJB-MJHT',
    address: '203.0.113.77',
    askedAt: new Date('2026-11-30T09:12:00Z'),
  },
};

const MISTAKES = ['missing', 'wrong', 'expired', 'used', 'form_expired'] as const;

export const deviceStates: readonly PageState[] = [
  state('device', 'device', code),
  ...MISTAKES.map((problem) =>
    state(`device-${problem}`, 'device', { ...code, error: { code: problem } }, 400),
  ),
  state(
    'device-rate-limited',
    'device',
    { ...code, error: { code: 'rate_limited', retryAfterSeconds: 480 } },
    429,
  ),
  state(
    'device-rate-limited-soon',
    'device',
    { ...code, error: { code: 'rate_limited', retryAfterSeconds: 50 } },
    429,
  ),
  state('confirm-device', 'confirm-device', confirmation),
  state('confirm-device-administration', 'confirm-device', {
    ...confirmation,
    client: { name: 'Gatehouse command line' },
    zoneinfo: 'Europe/Lisbon',
    scopes: [{ name: 'openid' }, ...ADMIN_SCOPES.map((name) => ({ name }))],
  }),
  state('confirm-device-hostile', 'confirm-device', {
    ...confirmation,
    client: hostileClient,
    account: { name: '<b>Bold</b> \u202Eevil', email: `${'long'.repeat(40)}@example.org` },
    scopes: [{ name: 'constructor' }],
    device: { ...confirmation.device, address: '2001:db8:1111:2222:3333:4444:5555:6666' },
  }),
  state('confirm-device-from-nowhere', 'confirm-device', {
    ...confirmation,
    scopes: [],
    device: { ...confirmation.device, address: undefined },
  }),
  ...(['denied', 'impossible'] as const).map((reason) =>
    state(`device-refused-${reason}`, 'device-refused', {
      reason,
      deviceHref: '/device',
      accountHref: '/account',
    }),
  ),
  state('device-done', 'device-done', {
    client: { name: client.name },
    offline: false,
    accountHref: '/account',
  }),
  state('device-done-offline', 'device-done', {
    client: { name: hostileClient.name },
    offline: true,
    accountHref: '/account',
  }),
];
