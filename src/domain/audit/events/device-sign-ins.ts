import { defineEvents, details, FAILURE, oneOf, SUCCESS, text, time } from './define.ts';

/** Signing in on devices without a browser (RFC 8628). */

const asked = {
  askedAt: time('When the device asked.'),
  address: text('From which address the device asked.').exactOptional(),
};

export const DEVICE_SIGN_IN_EVENTS = defineEvents({
  'device_sign_in.requested': {
    about: 'clients',
    when: 'A device has asked for a code, which a person has to enter and confirm in a browser.',
    outcomes: SUCCESS,
    actors: ['client'],
    versions: [details({ scope: text('The scopes that were asked for.').exactOptional() })],
  },
  'device_sign_in.code_refused': {
    about: 'clients',
    when: 'Somebody has entered the code of a device that is not right, too old, or was entered before.',
    outcomes: FAILURE,
    actors: ['nobody', 'person'],
    versions: [
      details({ reason: oneOf(['unknown', 'expired', 'used'], 'Why no device is signed in with it.') }),
    ],
  },
  'device_sign_in.confirmed': {
    about: 'people',
    when: 'A person has confirmed the sign-in of a device. It is given tokens of their session.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [details(asked)],
  },
  'device_sign_in.denied': {
    about: 'people',
    when: 'A code of a device was entered, and its sign-in was not confirmed: its person would not, or could not sign in as was asked.',
    outcomes: FAILURE,
    actors: ['person', 'nobody'],
    versions: [details({ error: text('The error code that the device is given.'), ...asked })],
  },
});
