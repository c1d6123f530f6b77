import { count, details, oneOf, time } from './define.ts';

/** Why an account was disabled by itself. */
export const DORMANT = {
  reason: oneOf(
    ['dormant'],
    'Why Gatehouse has disabled it: nobody had signed in for too long.',
  ).exactOptional(),
  dormancy: details({
    lastSignIn: time(
      'The last sign-in; none where nobody ever signed in, as far as is kept.',
    ).exactOptional(),
    since: time(
      'From when on was counted: the last sign-in, the making or the last enabling of the account.',
    ),
    days: count('After how many days it was to be disabled.'),
    toldAt: time('When its person was told by mail.'),
  })
    .describe('What it was disabled for.')
    .exactOptional(),
};
