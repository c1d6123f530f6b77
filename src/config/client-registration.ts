import { flag, listMatching, wholeNumber } from './kinds.ts';
import { section, setting } from './setting.ts';

/** The settings of dynamic registration: what a program may register as a client by itself. */

const HOST =
  /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:]+\])$/u;

export const clientRegistration = section(
  'Registration of clients',
  'Dynamic registration (RFC 7591, RFC 7592): programs register clients by themselves, with an initial access token that an ' +
    'administrator has issued (`gatehouse clients issue-registration-token`). [clients.md](clients.md#dynamic-registration) says what they get.',
  {
    enabled: setting('CLIENT_REGISTRATION', flag, false, {
      description: 'Answers at `/client-registration`, and says so in discovery (`registration_endpoint`).',
    }),
    hosts: setting(
      'CLIENT_REGISTRATION_HOSTS',
      listMatching(HOST, 'hosts such as apps.example.org or *.example.org, separated by commas'),
      [],
      {
        description:
          'The hosts that addresses of such clients may have, those of redirects first of all; `*.example.org` means every host below ' +
          'it. Native applications need `127.0.0.1` or `[::1]` here.',
        fallbackText: 'none',
      },
    ),
    grants: setting(
      'CLIENT_REGISTRATION_GRANTS',
      listMatching(
        /^(?:authorization_code|refresh_token|client_credentials)$/u,
        'grant types (authorization_code, refresh_token, client_credentials), separated by commas',
      ),
      ['authorization_code', 'refresh_token'],
      {
        description: 'The grant types that such clients may have; others are left out of what they ask for.',
      },
    ),
    scopes: setting(
      'CLIENT_REGISTRATION_SCOPES',
      listMatching(
        /^(?!offline_access$)[a-z][a-z_]{0,49}$/u,
        'scopes about people, without offline_access, separated by commas',
      ),
      ['openid', 'profile', 'email'],
      {
        description:
          'The scopes about people that such clients may ask for. Scopes of resources, and `offline_access`, an administrator gives afterwards.',
      },
    ),
    unusedDays: setting(
      'CLIENT_REGISTRATION_UNUSED_DAYS',
      wholeNumber({ min: 0, max: 3_650, unit: 'days' }),
      90,
      {
        description: 'Such clients are removed when they were not used for so long. `0` keeps them.',
      },
    ),
  },
);
