/**
 * The words of the mails in English, and the shape that every other language has to fill. Plain and short: what happened,
 * and what to do. Values in double braces are put in when a mail is written.
 */
export const en = {
  common: {
    greeting: 'Hello {{name}},',
    greetingNobody: 'Hello,',
    when: 'When',
    inUtc: 'In UTC',
    address: 'IP address',
    device: 'Device',
    deviceOn: '{{browser}} on {{system}}',
    buttonFails: 'If the button does not work, copy this address into your browser:',
    worksOnce: 'The link works once, until {{until}}. Do not pass it on.',
    notYou: 'This wasn’t you?',
    secure: 'Make your account safe',
    callSupport: 'Tell us at once:',
    callSupportNobody: 'Tell your IT support at once.',
    help: 'Need help?',
    neverAsks: '{{brand}} never asks for your password or a code by email or phone.',
    automatic: 'This message was sent automatically to {{address}}, because it concerns your account.',
    automaticAlarm: 'This message was sent automatically to {{address}}, where alarms are sent.',
    notRead: 'Answers to it are not read.',
  },
  invitation: {
    subject: 'Set up your account at {{brand}}',
    title: 'Set up your account',
    what: 'An account has been prepared for you at {{brand}}. Choose a password to start using it.',
    whatBy: '{{inviter}} has prepared an account for you at {{brand}}. Choose a password to start using it.',
    button: 'Set up your account',
    notExpected:
      'If you did not expect this invitation, you need not do anything: without the link the account stays closed.',
  },
  'verify-address': {
    subject: 'Confirm your email address',
    title: 'Confirm your email address',
    what: 'This address was entered for an account at {{brand}}. Confirm that it is yours.',
    button: 'Confirm this address',
    notExpected:
      'If you did not enter it, you need not do anything: the address is not used unless it is confirmed.',
  },
  'address-changed': {
    subject: 'Your email address was changed',
    title: 'Your email address was changed',
    what: {
      person:
        'Your account at {{brand}} now has the email address {{newAddress}}. From now on you sign in with that one, and our messages go there.',
      administrator:
        'An administrator has given your account at {{brand}} the email address {{newAddress}}. From now on you sign in with that one, and our messages go there.',
    },
    notYou: { person: 'Somebody else may have your password.', administrator: 'Tell your administrators.' },
  },
  'password-reset': {
    subject: 'Choose a new password',
    title: 'Choose a new password',
    what: {
      person: 'Somebody, probably you, has asked to choose a new password for your account at {{brand}}.',
      administrator: 'An administrator has asked you to choose a new password for your account at {{brand}}.',
    },
    button: 'Choose a new password',
    notYou:
      'Then you need not do anything: your password stays as it is, and nobody can use the link without this message. If such messages keep coming, tell us.',
  },
  'password-changed': {
    subject: 'Your password was changed',
    title: 'Your password was changed',
    what: {
      person: 'The password of your account at {{brand}} was changed.',
      link: 'A new password was chosen for your account at {{brand}}, through a link that we had sent you.',
      administrator:
        'An administrator has ended the password of your account at {{brand}}. You will be asked for a new one.',
    },
    ended: 'You were signed out everywhere else.',
    notYou: 'Somebody else may have got into your account.',
  },
  'password-expires': {
    subject_one: 'Your password expires in {{count}} day',
    subject_other: 'Your password expires in {{count}} days',
    title: 'Your password is about to expire',
    what_one: 'The password of your account at {{brand}} expires in {{count}} day, on {{until}}.',
    what_other: 'The password of your account at {{brand}} expires in {{count}} days, on {{until}}.',
    advice:
      'Change it before then, at a time that suits you. Afterwards you will be asked for a new one when you sign in.',
    button: 'Change your password',
    noPassword:
      'Nobody will ask for the old or the new one by email: type them on the page of {{brand}} only.',
  },
  'account-dormant': {
    subject: 'Your account will be disabled unless you sign in',
    title: 'Your account has not been used for a long time',
    what: 'Nobody has signed in to your account at {{brand}} since {{since}}. It will be disabled on {{until}}.',
    keep: 'To keep it, sign in before then. Nothing else is needed.',
    button: 'Sign in',
    noPassword:
      'If you have forgotten your password, or have never chosen one, the page where you sign in leads you to a new one.',
    notNeeded:
      'If you do not need the account any more, you need not do anything. Afterwards an administrator can enable it again.',
  },
  'account-locked': {
    subject: 'Your account is locked',
    title: 'Your account is locked',
    what: 'Somebody has entered a wrong password or code for your account at {{brand}} several times in a row. To protect it, nobody can sign in with a password until {{until}}. You need not do anything: it unlocks by itself.',
    whatForGood:
      'Somebody has entered a wrong password or code for your account at {{brand}} very many times. To protect it, its password no longer works until you choose a new one.',
    secure: 'Choose a new password',
    notYou:
      'Then somebody is trying to guess your password. A long one that you use nowhere else keeps them out.',
  },
  'failed-attempts': {
    subject: 'Failed attempts to sign in to your account',
    title: 'Somebody could not sign in as you',
    what_one:
      'Since {{since}} there was {{count}} failed attempt to sign in to your account at {{brand}}. Nobody got in.',
    what_other:
      'Since {{since}} there were {{count}} failed attempts to sign in to your account at {{brand}}. Nobody got in.',
    whatThen_one:
      'Since {{since}} there was {{count}} failed attempt to sign in to your account at {{brand}}. Then somebody, probably you, signed in.',
    whatThen_other:
      'Since {{since}} there were {{count}} failed attempts to sign in to your account at {{brand}}. Then somebody, probably you, signed in.',
    last: 'The last of them:',
    notYou:
      'Then somebody is trying to guess your password. A long one that you use nowhere else keeps them out.',
  },
  'new-device': {
    subject: 'New sign-in to your account',
    title: 'New sign-in to your account',
    what: 'Somebody, probably you, has signed in to your account at {{brand}} from a device that was not used for it before.',
    notYou: 'Somebody else may have your password.',
  },
  'device-signed-in': {
    subject: 'A device was signed in to your account',
    title: 'A device was signed in as you',
    what: 'A device was signed in to {{client}} with your account at {{brand}}: somebody, probably you, entered its code in a browser and confirmed it.',
    asked: 'The device asked on {{when}}.',
    askedFrom: 'The device asked on {{when}} from the IP address {{address}}.',
    confirmed: 'It was confirmed:',
    notYou:
      'If somebody sent you the code or asked you to enter it, that device is theirs, and it now acts as you in {{client}}.',
  },
  'factor-changed': {
    subject: {
      added: 'A way to sign in was added to your account',
      removed: 'A way to sign in was removed from your account',
    },
    title: {
      added: 'A way to sign in was added',
      removed: 'A way to sign in was removed',
    },
    what: {
      added: {
        totp: 'An authenticator app was added to your account at {{brand}}.',
        passkey: 'A passkey was added to your account at {{brand}}.',
        'recovery-codes':
          'New recovery codes were made for your account at {{brand}}. Earlier ones no longer work.',
      },
      removed: {
        totp: 'The authenticator app was removed from your account at {{brand}}.',
        passkey: 'A passkey was removed from your account at {{brand}}.',
        'recovery-codes': 'The recovery codes were removed from your account at {{brand}}.',
        all: 'An administrator has removed every second factor from your account at {{brand}}, and has signed you out everywhere. You will set up a new one the next time you sign in, with a code that you get from an administrator.',
      },
    },
    notYou: 'Somebody else may have got into your account.',
  },
  'recovery-used': {
    subject: 'A recovery code was used',
    title: 'A recovery code was used',
    what: 'Somebody, probably you, has signed in to your account at {{brand}} with a recovery code.',
    left_one: 'You have {{count}} code left. Make new ones in time.',
    left_other: 'You have {{count}} codes left. Each works once.',
    left_none: 'It was the last one. Make new codes, so that you can get in if you lose your second factor.',
    notYou: 'Somebody else may have your password and your recovery codes.',
  },
  'temporary-code': {
    subject: {
      issued: 'A temporary access code was made for your account',
      used: 'A temporary access code was used',
    },
    title: {
      issued: 'A temporary access code was made',
      used: 'A temporary access code was used',
    },
    what: {
      issued:
        'An administrator has made a code with which you can sign in once to your account at {{brand}} without your second factor. You get it from them, not by email. It works until {{until}}.',
      issued_for_factor:
        'An administrator has made a code with which you set up a second factor for your account at {{brand}}. You get it from them, not by email. It works until {{until}}.',
      used: 'Somebody, probably you, has used a temporary access code of an administrator for your account at {{brand}}.',
    },
    notYou: {
      issued: 'If you did not ask an administrator for a code, somebody may be pretending to be you.',
      used: 'Somebody else may have your password and the code.',
    },
  },
  alarm: {
    subject: {
      break_glass_created: 'Alarm: a break-glass account was made',
      break_glass_used: 'Alarm: a break-glass account has signed in',
      break_glass_drill_due: 'Alarm: a break-glass account has to be drilled',
      approval_bypassed: 'Alarm: a second person was bypassed',
    },
    title: {
      break_glass_created: 'A break-glass account was made',
      break_glass_used: 'A break-glass account has signed in',
      break_glass_drill_due: 'A break-glass account has to be drilled',
      approval_bypassed: 'A second person was bypassed',
    },
    what: {
      break_glass_created:
        'On the server of {{brand}}, {{by}} has made the break-glass account {{about}}. Whoever has its envelope can administer everything.',
      break_glass_used:
        'Somebody has signed in to {{brand}} with the break-glass account {{about}}, and can administer everything for four hours from its first sign-in on.',
      break_glass_drill_due:
        'Nobody has confirmed for a long time that the envelope of the break-glass account {{about}} of {{brand}} is whole and where it should be.',
      approval_bypassed:
        'On the server of {{brand}}, {{by}} has done alone, as an emergency, what needs a second person: {{about}}.',
    },
    advice: {
      break_glass_created: 'If you do not know of this, find out at once who did it, and revoke the account.',
      break_glass_used:
        'If you do not know of an emergency, revoke the account at once. When its use is over, somebody else has to review it.',
      break_glass_drill_due: 'Look for the envelope, check its seal, and record the drill.',
      approval_bypassed:
        'If you do not know of an emergency, find out at once who did it and what was changed.',
    },
  },
  'already-registered': {
    subject: 'You already have an account',
    title: 'You already have an account',
    what: 'Somebody, probably you, has tried to register at {{brand}} with this address. It has an account already, so nothing was changed. Sign in with it:',
    button: 'Sign in',
    forgotten: 'If you have forgotten your password, choose a new one here:',
    notYou: 'Then you need not do anything: whoever tried it has learned nothing about you.',
  },
};

type Shape<T> = { readonly [K in keyof T]: T[K] extends string ? string : Shape<T[K]> };
export type MailWords = Shape<typeof en>;
