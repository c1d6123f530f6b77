import { account, client, csrfToken, hostileClient, rightToLeftClient, state } from './page-state.ts';

const signIn = {
  action: '/sign-in/sample',
  csrfToken,
  identifier: '',
  cancelAction: '/sign-in/sample/cancel',
  forgotHref: '/forgot?sign_in=sample',
};

const passkey = { action: '/sign-in/sample/passkey', optionsAction: '/sign-in/sample/passkey/options' };

/** The states of the page of a sign-in, before anybody is known. */
export const signInStates = [
  state('sign-in-register', 'sign-in', { ...signIn, client, registerHref: '/register?sign_in=sample' }),
  state('sign-in', 'sign-in', { ...signIn, client }),
  state('sign-in-usernames', 'sign-in', { ...signIn, client, usernames: true }),
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
    'sign-in-username-missing',
    'sign-in',
    { ...signIn, client, usernames: true, error: { code: 'fields_missing' } },
    400,
  ),
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
