import { activity } from './activity.en.ts';
import { error } from './errors.en.ts';
import { factors } from './factors.en.ts';
import { lifecycle } from './lifecycle.en.ts';
import { session } from './session.en.ts';
import { sessions } from './sessions.en.ts';

/**
 * English, and the shape that every other language has to fill. Words are plain and short; a refusal says what happened
 * and what to do next, and never whether an account exists. Values in double braces are put in by the pages.
 */
export const en = {
  ...lifecycle,
  ...activity,
  ...factors,
  ...sessions,
  ...session,
  common: {
    errorTitle: 'Error: {{title}}',
    errorSummary: 'There is a problem',
    help: 'Need help?',
    newTab: '(opens in a new tab)',
    policy: 'Privacy policy of {{client}}',
    terms: 'Terms of {{client}}',
    signedInAs: 'Signed in as',
    showPassword: 'Show password',
    hidePassword: 'Hide password',
    shared: 'Shared workstation',
    switchPerson: 'Switch person',
    capsLock: 'Caps Lock is on.',
  },
  'sign-in': {
    title: 'Sign in',
    toContinue: 'to continue to {{client}}',
    identifier: 'Email address',
    password: 'Password',
    submit: 'Sign in',
    cancel: 'Cancel',
    cancelClient: 'Cancel and return to {{client}}',
    forgot: 'Forgot your password?',
    register: 'Create an account',
    reauthenticate: 'To go on, please confirm that it is you: enter your password again.',
    identifierMissing: 'Enter your email address.',
    passwordMissing: 'Enter your password.',
    error: {
      credentials_invalid: 'The email address or the password is not right. Check both and try again.',
      locked_in_one:
        'There were too many failed tries with this email address, so signing in with it is locked. Try again in {{count}} minute.',
      locked_in_other:
        'There were too many failed tries with this email address, so signing in with it is locked. Try again in {{count}} minutes.',
      rate_limited_in_one:
        'There were too many tries in a short time, so this one was not checked. Try again in {{count}} second.',
      rate_limited_in_other:
        'There were too many tries in a short time, so this one was not checked. Try again in {{count}} seconds.',
      fields_missing: 'Fill in what is missing, then sign in again.',
      too_busy:
        'Very many people are signing in right now, so your password was not checked. Wait a few seconds, then try again.',
      too_busy_in_one:
        'Very many people are signing in right now, so your password was not checked. Try again in {{count}} second.',
      too_busy_in_other:
        'Very many people are signing in right now, so your password was not checked. Try again in {{count}} seconds.',
      passkey_wrong: 'This passkey could not be used here. Try again, or sign in with your password.',
      form_expired: 'This page was open for too long, so nothing was sent. Enter your password again.',
    },
  },
  consent: {
    title: 'Allow access',
    heading: 'Allow {{client}} to use your account?',
    intro: '{{client}} asks to:',
    isNew: 'New',
    allow: 'Allow',
    deny: 'Do not allow',
    later: 'You can withdraw this later on your account page.',
  },
  scope: {
    openid: 'Recognise you when you come back',
    profile: 'See your name and your profile',
    email: 'See your email address',
    roles: 'See your roles in the organisation',
    offline_access: 'Stay connected while you are not using it',
  },
  'sign-out': {
    title: 'Sign out',
    heading: 'Sign out?',
    fromClient:
      '{{client}} asks to sign you out of {{brand}}. Other applications may ask you to sign in again.',
    everywhere: 'This signs you out of {{brand}} in this browser. Applications may ask you to sign in again.',
    confirm: 'Sign out',
    stay: 'Stay signed in',
  },
  onward: {
    title: 'One moment',
    submit: 'Continue',
    'another-person': {
      heading: 'Somebody else is signed in here',
      explain: 'When you continue, they are signed out of {{brand}} in this browser, and you are signed in.',
      toClient:
        'When you continue, they are signed out of {{brand}} in this browser, and you go on to {{client}}.',
    },
    'signed-out': {
      heading: 'You are signed out',
      explain: 'Nobody is signed in to {{brand}} in this browser.',
      toClient: '{{client}} has asked to sign you out. Nobody is signed in to {{brand}} in this browser.',
    },
    answer: {
      heading: 'One moment',
      explain: 'You go on to the application that you came from.',
      toClient: 'You go on to {{client}}.',
    },
  },
  'signed-out': {
    title: 'Signed out',
    heading: 'You are signed out',
    explain: 'On a shared computer, close the browser window as well.',
    fromClient: '{{client}} has signed you out',
    staysSignedIn: 'You are still signed in to {{brand}} in this browser.',
    back: 'Return to {{client}}',
  },
  setup: {
    title: 'Create the first administrator',
    intro:
      'This account will be able to manage sign-in for {{brand}}. The link that brought you here works once.',
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
  password: {
    rules: 'What a password has to be:',
    met: 'Met:',
    unmet: 'Not met:',
    rule: {
      length: 'At least {{min}} characters, at most {{max}}',
      characters_lower: 'With a small letter',
      characters_upper: 'With a capital letter',
      characters_digit: 'With a digit',
      characters_symbol: 'With a character that is neither letter nor digit',
      identity: 'Without your name, your email address or {{brand}}',
      blocklist: 'Not one of the passwords that are common or were stolen somewhere',
      strength: 'Hard to guess: several unrelated words make a good one; spaces are welcome',
      repetition: 'Not one character again and again',
      history_one: 'Not the password that you have',
      history_other: 'None of your last {{count}} passwords',
    },
    problem: {
      missing: 'Choose a password.',
      too_short: 'This password is too short. Use at least {{min}} characters.',
      too_long: 'This password is too long. Use at most {{max}} characters.',
      single_character: 'One character repeated is easily guessed. Choose another password.',
      contains_identity:
        'This password contains your name, your email address or {{brand}}, which is easily guessed. Choose another one.',
      lower_missing: 'This password has no small letter. Add one.',
      upper_missing: 'This password has no capital letter. Add one.',
      digit_missing: 'This password has no digit. Add one.',
      symbol_missing: 'This password has only letters and digits. Add another character.',
      blocklisted:
        'This password is common, or was stolen from another service, so it would be tried first. Choose another one.',
      too_weak:
        'This password is too easy to guess. Make it longer, or of words that do not belong together.',
      reused: 'You have had this password before. Choose another one.',
      invalid: 'This password cannot be used. Choose another one.',
    },
  },
  'change-password': {
    title: 'Choose a new password',
    reason: {
      expired: 'Your password is older than it may be.',
      must_change: 'Your administrator asks you to change your password.',
      compromised: 'Somebody else may know your password, so it has to be changed.',
    },
    next: 'Choose a new one to sign in.',
    nextClient: 'Choose a new one to go on to {{client}}.',
    account: 'Account',
    password: 'New password',
    signedOut: 'Wherever else you are signed in, you will be signed out.',
    submit: 'Save and sign in',
    error: {
      too_busy:
        'Very many people are signing in right now, so your new password was not checked. Wait a few seconds, then try again.',
      too_busy_in_one:
        'Very many people are signing in right now, so your new password was not checked. Try again in {{count}} second.',
      too_busy_in_other:
        'Very many people are signing in right now, so your new password was not checked. Try again in {{count}} seconds.',
    },
  },
  'setup-done': {
    title: 'Account created',
    heading: 'Your account is ready',
    explain: 'You are now the first administrator. The link that you used no longer works.',
    next: 'Go to your account',
  },
  'setup-invalid': {
    title: 'Link no longer valid',
    heading: 'This link no longer works',
    explain: 'It was used already, or it has expired.',
    next: 'If you have created your account, sign in with it. Otherwise ask whoever runs {{brand}} for a new link.',
    signIn: 'Sign in',
  },
  account: {
    title: 'Your account',
    profile: 'Who you are',
    name: 'Name',
    email: 'Email address',
    roles: 'Roles',
    noRoles: 'None',
    change: 'Change',
    changeProfile: 'Change name and language',
    changeEmail: 'Change email address',
    changePassword: 'Change password',
    changeSecurity: 'Sign-in and security',
    seeActivity: 'See recent activity',
    lastSignIn: 'Last sign-in',
    sessions: 'Where you are signed in',
    sessionsText: 'If you do not recognise one of these, sign it out and change your password.',
    sessionOn: '{{browser}} on {{system}}',
    sessionUnknown: 'A browser',
    thisSession: 'This browser',
    sessionActive: 'Last used on',
    sessionSince: 'Signed in on',
    sessionFrom: 'From {{ip}}',
    sessionAt: 'Used for {{applications}}',
    endSession: 'Sign out',
    endSessionNamed: 'Sign out {{name}}',
    endAllSessions: 'Sign out everywhere',
    session_ended: 'That browser was signed out. The applications it used are being told.',
    applications: 'Applications you have allowed',
    noApplications: 'You have not allowed any application to use your account.',
    may: 'May:',
    since: 'Allowed on',
    withdraw: 'Withdraw',
    withdrawFrom: 'Withdraw access of {{client}}',
    signOut: 'Sign out',
    profile_changed: 'Your details were changed.',
    password_changed: 'Your password was changed. You were signed out everywhere else.',
    address_requested:
      'If the new address can be used, a message is on its way to it. Your address changes when you open the link in it.',
    passwordExpires_one: 'Your password expires in {{count}} day. Change it before then.',
    passwordExpires_other: 'Your password expires in {{count}} days. Change it before then.',
    consent_withdrawn: 'Access was withdrawn. The application will have to ask you again.',
  },
  error,
};

type Shape<T> = { readonly [K in keyof T]: T[K] extends string ? string : Shape<T[K]> };

export type Messages = Shape<typeof en>;
