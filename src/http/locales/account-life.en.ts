/** The words of the pages of the life of an account, in English. */
export const accountLife = {
  forgot: {
    title: 'Choose a new password',
    intro: 'Enter the email address that you sign in with. We will send you a link to choose a new password.',
    identifier: 'Email address',
    missing: 'Enter your email address.',
    submit: 'Send the link',
    back: 'Back to sign in',
  },
  'forgot-sent': {
    title: 'Check your email',
    explain:
      'If there is an account with this address, a message is on its way. Its link works once, for 30 minutes.',
    nothing:
      'Nothing there after a few minutes? Look in the spam folder, and check that you entered the address of your account.',
    back: 'Back to sign in',
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
  invitation: {
    title: 'Set up your account',
    intro: 'You have been invited to {{brand}} as {{email}}.',
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
  'link-invalid': {
    title: 'Link no longer valid',
    heading: 'This link no longer works',
    explain: 'It was used already, it has expired, or it was replaced by a later one.',
    reset: {
      advice: 'If you have chosen a new password, sign in with it. Otherwise ask for another link.',
      next: 'Ask for another link',
    },
    invitation: {
      advice:
        'If you have set up your account, sign in with it. Otherwise ask whoever invited you for another invitation.',
      next: 'Sign in',
    },
  },
};
