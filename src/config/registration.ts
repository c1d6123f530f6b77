import { flag, listMatching } from './kinds.ts';
import { section, setting } from './setting.ts';

/** What people are asked for beside an address. */
export const usernames = section(
  'User names',
  'Accounts that were imported with one may be signed in to with it as well as with their address.',
  {
    offered: setting('SIGN_IN_WITH_USERNAMES', flag, false, {
      description:
        'Asks for an “email address or user name” instead of an email address, where people sign in or have forgotten their ' +
        'password. It changes what pages say; the user name of an account works either way.',
    }),
  },
);

/** The settings of who may make an account without being invited. */

export const registration = section(
  'Registration',
  'Whether people may make their own account. Without it accounts are made by invitation, import or command.',
  {
    enabled: setting('SELF_REGISTRATION', flag, false, {
      description:
        'Offers “Create an account” on the sign-in page. The account has no role, and is made once its address is ' +
        'confirmed by a link in a mail.',
    }),
    domains: setting(
      'SELF_REGISTRATION_DOMAINS',
      listMatching(
        /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?)*$/u,
        'domains such as example.org, separated by commas',
      ),
      [],
      {
        description:
          'The domains whose addresses may register, each without its subdomains. Others are told so by the form.',
        fallbackText: 'any',
      },
    ),
  },
);
