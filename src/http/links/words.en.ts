import type { AuditedFactor } from '../../domain/audit/events.ts';
import type { OwnFactorKind } from '../../sign-in/factors/kinds.ts';

/** The words of the pages that links in mails lead to, and of those that ask for such a mail, in English. */
export const words = {
  forgot: {
    title: 'Choose a new password',
    intro: 'Enter the email address that you sign in with. We will send you a link to choose a new password.',
    introUsername:
      'Enter the email address or user name that you sign in with. We will send a link to choose a new password to your email address.',
    identifier: 'Email address',
    username: 'Email address or user name',
    missing: 'Enter your email address.',
    usernameMissing: 'Enter your email address or your user name.',
    submit: 'Send the link',
    back: 'Back to sign in',
  },
  sent: {
    nothing:
      'Nothing there after a few minutes? Look in the spam folder, and check that the address is that of your account.',
    again: 'Send it again',
    sentAgain:
      'You have asked for it again. If a message can be sent to this address, another one is on its way.',
    tooOften_one: 'This was asked for too often, so it was not sent again. Try again in {{count}} minute.',
    tooOften_other: 'This was asked for too often, so it was not sent again. Try again in {{count}} minutes.',
    back: 'Back to sign in',
    other: 'Enter another address',
  },
  'forgot-sent': {
    title: 'Check your email',
    explain:
      'If there is an account with this address, a message is on its way. Its link works once, for 30 minutes.',
    explainAddress:
      'If there is an account with {{address}}, a message is on its way. Its link works once, for 30 minutes.',
  },
  reset: {
    title: 'Choose a new password',
    intro: 'For the account {{email}}. You will be signed out everywhere.',
    password: 'New password',
    submit: 'Save the new password',
  },
  'reset-done': {
    title: 'Password changed',
    heading: 'Your password is changed',
    explain: 'You were signed out everywhere. Sign in with the new password.',
    next: 'Sign in',
  },
  register: {
    title: 'Create an account',
    intro: 'We will send you a link to confirm your email address and choose a password.',
    email: 'Email address',
    emailMissing: 'Enter your email address.',
    emailInvalid: 'Enter a complete email address, such as name@example.org.',
    emailDomain: 'Addresses of this domain cannot register here. Use the one of your organisation.',
    name: 'Name',
    nameHint: 'As colleagues know you.',
    nameMissing: 'Enter your name.',
    nameInvalid: 'This name cannot be used. Write it without special characters.',
    submit: 'Send the link',
    back: 'Back to sign in',
  },
  'register-sent': {
    title: 'Check your email',
    explain:
      'If you can have an account with this address, a message is on its way that says how to go on. A link to set up an account works once, for 24 hours.',
    explainAddress:
      'If you can have an account with {{address}}, a message is on its way that says how to go on. A link to set up an account works once, for 24 hours.',
  },
  invitation: {
    title: 'Set up your account',
    intro: 'You have been invited to {{brand}} as {{email}}.',
    introRegistered: 'Choose a password for {{brand}}. You sign in with {{email}}.',
    introBy: '{{inviter}} has invited you to {{brand}} as {{email}}.',
    name: 'Name',
    nameHint: 'As colleagues know you.',
    password: 'Password',
    submit: 'Set up my account',
    nameMissing: 'Enter your name.',
    nameInvalid: 'This name cannot be used. Write it without special characters.',
  },
  'invitation-done': {
    title: 'Account ready',
    heading: 'Your account is ready',
    explain: 'Your email address is confirmed. Sign in with it and the password that you chose.',
    next: 'Sign in',
  },
  secure: {
    title: 'Make your account safe',
    intro: 'Was somebody else at the account {{email}}? Then lock them out:',
    introAddress:
      'Did somebody else take the address {{email}} off your account? Then take the account back:',
    restores: 'It gets that address back, and the other one no longer counts.',
    ends: 'You are signed out everywhere, and so is everybody else.',
    password: 'The present password stops working. You choose a new one next.',
    undoes: 'These ways to sign in were added to your account. They are removed:',
    undone: {
      totp: 'Authenticator app',
      passkey: 'Passkey',
      recovery_codes: 'Recovery codes',
    } satisfies Readonly<Record<AuditedFactor, string>>,
    undoneNamed: { totp: 'Authenticator app “{{name}}”', passkey: 'Passkey “{{name}}”' } satisfies Readonly<
      Record<OwnFactorKind, string>
    >,
    added: 'Added on',
    own: 'If one of them is yours, set it up again once you are back.',
    submit: 'This wasn’t me: lock them out',
    nothing: 'If it was you after all, close this page. Nothing has been changed.',
  },
  'secure-done': {
    title: 'Account locked down',
    heading: 'Nobody is signed in to your account any more',
    explain: 'The old password no longer works. Choose a new one now, with a link that we mail to you.',
    elsewhere: 'If you use the old password elsewhere, change it there, too.',
    next: 'Choose a new password',
  },
  'secure-closed': {
    title: 'Account closed for now',
    heading: 'The account is closed for now',
    explain:
      'Nobody is signed in to it any more, and nobody can sign in. It could not get its former address back, because that belongs to another account by now.',
    next: 'Turn to support: they find out with you whose account it is, and open it again.',
  },
  'link-invalid': {
    title: 'Link no longer valid',
    heading: 'This link no longer works',
    explain: 'It was used already, it has expired, or it was replaced by a later one.',
    signIn: 'Sign in',
    secure: {
      advice: 'If you have doubts about your account, choose a new password: it signs everybody out.',
      next: 'Choose a new password',
    },
    reset: {
      advice: 'If you have chosen a new password, sign in with it. Otherwise ask for another link.',
      next: 'Ask for another link',
    },
    invitation: {
      advice:
        'If you have set up your account, sign in with it. Otherwise ask whoever invited you for another invitation.',
      next: 'Sign in',
    },
    registration: {
      advice:
        'If you have set up your account, sign in with it. Otherwise create an account again, or ask whoever invited you for another invitation.',
      next: 'Create an account',
    },
    address: {
      advice:
        'Your account shows which address it has. If it is still the old one, ask for another link there.',
      next: 'Change your address',
    },
  },
  'verify-address': {
    title: 'Confirm your email address',
    intro: 'From then on you sign in with {{email}}, and our messages go there.',
    submit: 'Confirm this address',
  },
  'verify-address-done': {
    title: 'Address confirmed',
    heading: 'Your email address is confirmed',
    explain: 'You sign in with it from now on.',
    next: 'Go to your account',
  },
  setup: {
    title: 'Create the first administrator',
    intro:
      'This is the first account of {{brand}}, with the role “administrator”. The link that brought you here works once.',
    email: 'Email address',
    emailHint: 'You will sign in with it.',
    name: 'Name',
    nameHint: 'As colleagues know you.',
    password: 'Password',
    submit: 'Create account',
    error: {
      email: {
        missing: 'Enter your email address.',
        invalid: 'Enter a complete email address, such as name@example.org.',
        taken: 'This email address cannot be used. Choose another one.',
      },
      name: {
        missing: 'Enter your name.',
        too_long: 'This name is too long. Shorten it.',
        invalid: 'This name cannot be used. Write it without special characters.',
      },
    },
  },
  'setup-done': {
    title: 'Account created',
    heading: 'Your account is ready',
    explain: 'It has the role “administrator”. The link that you used no longer works.',
    factorNext:
      'Sign in with the password that you chose. You then set up a second step, so that a stolen password alone opens nothing.',
    signInNext: 'Sign in with the password that you chose.',
    next: 'Sign in',
  },
  'setup-invalid': {
    title: 'Link no longer valid',
    heading: 'This link no longer works',
    explain: 'It was used already, or it has expired.',
    next: 'If you have created your account, sign in with it. Otherwise ask whoever runs {{brand}} for a new link.',
    signIn: 'Sign in',
  },
};
