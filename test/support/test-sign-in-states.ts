import type { TestClosed, TestViews } from '../../src/http/test-sign-in/views.ts';
import { account, client, hostileClient, state } from './page-state.ts';

const tested = { id: 'ward-board', name: client.name };
const HOSTILE = '<script>alert(1)</script> \u202Egnp.exe';

const idToken = {
  algorithm: 'ES256',
  claims: [
    { name: 'sub', value: '"0190a6c2-5f4e-7000-8000-000000000001"' },
    { name: 'acr', value: '"aal2"' },
    { name: 'amr', value: '["pwd","otp","mfa"]' },
    { name: 'auth_time', value: '1796032922' },
    { name: 'email', value: `"${account.email}"` },
    { name: 'at_hash', value: '"mBRT2GyPQXoYwXNUhbH4vw"' },
    { name: 'aud', value: '"ward-board"' },
    { name: 'exp', value: '1796036522' },
  ],
};

const done: TestViews['test-sign-in'] = {
  client: tested,
  account,
  zoneinfo: 'Europe/Madrid',
  acr: 'aal2',
  amr: ['pwd', 'otp', 'mfa'],
  signedInAt: new Date('2026-11-30T10:15:22Z'),
  scopes: [
    { scope: 'openid' },
    { scope: 'profile' },
    { scope: 'email' },
    { scope: 'roles' },
    { scope: 'offline_access', why: 'offline_prompt' },
    { scope: 'notes.read', resource: 'https://notes.example.org/api' },
    { scope: 'notes.write', why: 'not_registered_at_resource', resource: 'https://notes.example.org/api' },
    { scope: 'calender', why: 'unknown' },
  ],
  withoutValue: [{ scope: 'profile', claims: ['given_name', 'family_name', 'zoneinfo'] }],
  idToken,
  accessToken: {
    type: 'Bearer',
    scope: 'notes.read',
    audience: ['https://notes.example.org/api'],
    jwt: {
      algorithm: 'RS256',
      claims: [
        ...idToken.claims.slice(0, 4),
        { name: 'roles', value: JSON.stringify(Array.from({ length: 30 }, (_, at) => `ward-${at}-nurse`)) },
      ],
    },
  },
  lifetimes: [
    { of: 'idToken', seconds: 3600 },
    { of: 'accessToken', seconds: 600 },
  ],
  refreshToken: false,
};

const WHYS: Record<TestClosed, true> = {
  unknown: true,
  used: true,
  over: true,
  foreign: true,
  somebody_else: true,
  not_permitted: true,
  client_gone: true,
  client_disabled: true,
  client_refused: true,
};

/** The pages of a test sign-in. */
export const testSignInStates = [
  state('test-sign-in', 'test-sign-in', done),
  state('test-sign-in-opaque', 'test-sign-in', {
    ...done,
    scopes: [{ scope: 'openid' }, { scope: 'offline_access' }],
    withoutValue: [],
    userinfo: [{ name: 'sub', value: '"0190a6c2-5f4e-7000-8000-000000000001"' }],
    accessToken: { type: 'DPoP', scope: 'openid offline_access', audience: [] },
    lifetimes: [...done.lifetimes, { of: 'refreshToken', seconds: 1_209_600 }],
    refreshToken: true,
  }),
  state('test-sign-in-without-openid', 'test-sign-in', {
    client: tested,
    account,
    amr: [],
    scopes: Object.keys({
      unknown: true,
      not_registered: true,
      other_resource: true,
      offline_grant: true,
      offline_not_allowed: true,
      not_consented: true,
    }).map((why) => ({ scope: why, why: why as 'unknown' })),
    withoutValue: [],
    accessToken: { type: 'Bearer', scope: 'email', audience: [] },
    lifetimes: [{ of: 'accessToken', seconds: 600 }],
    refreshToken: false,
  }),
  state('test-sign-in-hostile', 'test-sign-in', {
    ...done,
    client: { id: hostileClient.name, name: hostileClient.name },
    account: { name: '<b>Bold</b> \u202Eevil', email: `${'long'.repeat(40)}@example.org` },
    acr: HOSTILE,
    amr: [HOSTILE],
    scopes: [{ scope: HOSTILE, why: 'unknown', resource: HOSTILE }, { scope: 'x'.repeat(300) }],
    withoutValue: [{ scope: HOSTILE, claims: [HOSTILE] }],
    idToken: { algorithm: HOSTILE, claims: [{ name: HOSTILE, value: JSON.stringify(HOSTILE) }] },
    accessToken: { type: HOSTILE, scope: 'y'.repeat(300), audience: [HOSTILE] },
  }),
  state('test-sign-in-refused', 'test-sign-in-refused', {
    client: tested,
    reason: {
      error: 'invalid_target',
      parameter: 'resource',
      expected: 'a resource at which the client may have a scope',
      change: 'Name a registered resource, or add one of its scopes to the resource_scopes of the client.',
      values: { scope: 'openid notes.read', resource: 'https://notes.example.org/api' },
    },
  }),
  state('test-sign-in-refused-hostile', 'test-sign-in-refused', {
    client: { id: 'x', name: hostileClient.name },
    reason: {
      error: HOSTILE,
      parameter: HOSTILE,
      expected: HOSTILE,
      change: HOSTILE,
      values: { x: HOSTILE },
    },
  }),
  ...Object.keys(WHYS).map((why) =>
    state(
      `test-sign-in-closed-${why}`,
      'test-sign-in-closed',
      {
        why: why as TestClosed,
        problems:
          why === 'client_refused' ? [`redirect_uris: ${HOSTILE}`, 'grant_types: has an unknown grant'] : [],
      },
      410,
    ),
  ),
];
