import { flag } from './kinds.ts';
import { section, setting } from './setting.ts';

/** The settings of signing in on devices without a browser of their own. */
export const deviceSignIn = section(
  'Device sign-in',
  'Signing in on a device without a browser, by a code that a person types on another one (RFC 8628). Such codes are asked for by ' +
    'phone and mail, too, by people who want to sign a device of theirs in as somebody else: leave it off where nobody needs it.',
  {
    enabled: setting('DEVICE_SIGN_IN', flag, false, {
      description:
        'Allows it to the clients whose `grant_types` has `urn:ietf:params:oauth:grant-type:device_code` (the preset `device`), and to ' +
        '`gatehouse login ISSUER --device`. While it is off, clients that are registered with this grant are refused.',
    }),
  },
);
