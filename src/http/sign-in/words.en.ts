import type { FactorKind, OwnFactorKind } from '../../sign-in/factors/kinds.ts';

/** Something is said of each of these. */
type Words<Name extends string> = Readonly<Record<Name, string>>;

/** The words of the pages of a sign-in, in English. */
export const words = {
  'sign-in': {
    title: 'Sign in',
    toContinue: 'to continue to {{client}}',
    identifier: 'Email address',
    username: 'Email address or user name',
    password: 'Password',
    submit: 'Sign in',
    cancel: 'Cancel',
    cancelClient: 'Cancel and return to {{client}}',
    forgot: 'Forgot your password?',
    register: 'Create an account',
    reauthenticate: 'To go on, please confirm that it is you: enter your password again.',
    lockedWay: 'If you do not want to wait, choose a new password: that ends the lock.',
    lockedReset: 'Reset your password',
    somebody_else: 'Sign in as somebody else. Until then, whoever is signed in here stays signed in.',
    identifierMissing: 'Enter your email address.',
    usernameMissing: 'Enter your email address or your user name.',
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
  'choose-account': {
    title: 'Which account?',
    continue: 'Continue as {{name}}',
    other: 'Use another account',
    explain: 'Only one person at a time can be signed in in this browser.',
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
  'confirm-device': {
    title: 'Sign a device in',
    heading: 'Sign a device in to {{client}}?',
    warning:
      'Continue only if you started this sign-in yourself, on a device that you are using right now. If somebody sent you the code or told you to enter it, deny: they would be signed in as you.',
    application: 'Application',
    code: 'Code on the device',
    address: 'IP address of the device',
    unknown: 'unknown',
    asked: 'Asked at',
    account: 'It would be signed in as',
    intro: '{{client}} asks to:',
    deny: 'Deny',
    confirm: 'Sign this device in',
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
  'use-notice': {
    title: 'System use notice',
    intro: 'Read this notice. You get access once you acknowledge it.',
    version: 'Version {{version}}',
    accept: 'I have read this, continue',
    decline: 'Do not continue',
    declining: 'If you do not continue, the sign-in ends here.',
    decliningSignsOut: 'If you do not continue, you are signed out in this browser.',
  },
  terms: {
    title: 'Terms of use',
    intro: 'To use {{brand}}, you have to accept these terms. You are asked again only when they change.',
    version: 'Version {{version}}',
    accept: 'I accept the terms',
    decline: 'I do not accept',
    declining: 'If you do not accept, the sign-in ends here.',
    decliningSignsOut: 'If you do not accept, you are signed out in this browser.',
  },
  declined: {
    title: 'You are not signed in',
    explain: 'You did not agree to what was shown, so the sign-in has ended.',
    next: 'You can sign in at any time; it is shown again then.',
    again: 'Sign in',
  },
  'choose-session': {
    title: 'Choose where to sign out',
    intro_one:
      'You can be signed in on {{count}} browser at a time. To continue here, sign out on the other one.',
    intro_other:
      'You can be signed in on {{count}} browsers at a time, and you already are. To continue here, choose where to sign out.',
    legend: 'Where you are signed in',
    tooFew_one: 'Choose at least {{count}} browser to sign out.',
    tooFew_other: 'Choose at least {{count}} browsers to sign out.',
    unsaved: 'What you have not saved there may be lost.',
    submit: 'Sign out there and continue',
  },
  'second-factor': {
    title: 'Confirm that it is you',
    heading: {
      totp: 'Enter the code from your authenticator app',
      passkey: 'Confirm with your passkey',
      recovery_code: 'Enter a recovery code',
      temporary_code: 'Enter your temporary access code',
    } satisfies Words<FactorKind>,
    intro: {
      totp: 'Open the app on your phone. It shows a code of 6 digits for {{brand}}.',
      passkey: 'Your device asks for your fingerprint, face, PIN or security key.',
      recovery_code: 'You stored recovery codes when you set up your second factor. Each works once.',
      temporary_code: 'Your administrator has given you a code that lets you in once.',
      temporary_code_enrol:
        'Your second factor was removed. Your administrator gives you a code with which you set up a new one.',
    } satisfies Words<FactorKind> & { temporary_code_enrol: string },
    code: 'Code',
    recoveryCode: 'Recovery code',
    recoveryHint: 'Capital or small letters, with or without hyphens.',
    temporaryCode: 'Temporary access code',
    temporaryHint: '10 letters and digits. Capital or small letters, with or without hyphens.',
    temporaryOver:
      'A code works for a limited time, and not after several wrong tries. If you have none, or yours does not work, ask your administrator for a new one.',
    trust_one: 'Do not ask for a second step on this device for {{count}} day',
    trust_other: 'Do not ask for a second step on this device for {{count}} days',
    trustHint: 'Only if nobody else uses this device.',
    step_up: 'What you want to do asks for a second step.',
    submit: 'Continue',
    usePasskey: 'Continue with a passkey',
    lost: 'If you can use none of these, ask for help: somebody has to check who you are.',
    error: {
      code_missing: 'Enter the code.',
      code_malformed: 'Enter the 6 digits that your authenticator app shows.',
      code_wrong:
        'This code is not right, or it was used already. Wait until your app shows the next one, then enter that.',
      recovery_missing: 'Enter one of your recovery codes.',
      recovery_wrong: 'This code is not right, or it was used already. Check it, or enter another one.',
      temporary_missing: 'Enter the code that your administrator has given you.',
      temporary_wrong:
        'This code is not right, or it no longer works. Check it, or ask your administrator for a new one.',
      passkey_wrong: 'This passkey could not be used here. Try again, or choose another way.',
      too_busy:
        'Very many people are signing in right now, so nothing was checked. Wait a few seconds, then try again.',
      form_expired: 'This page was open for too long, so nothing was sent. Try again.',
    },
  },
  'enrol-factor': {
    title: 'Protect your account',
    heading: 'Protect your account with a second step',
    reason: {
      required: 'Besides your password, your organisation asks for a second step when you sign in.',
      client: 'Besides your password, {{client}} asks for a second step when you sign in.',
      phishing_resistant:
        'Your organisation asks for a passkey when you sign in: nobody can trick you into giving it away.',
      client_phishing_resistant:
        '{{client}} asks for a passkey when you sign in: nobody can trick you into giving it away.',
      optional: 'With a second step, somebody who learns your password still cannot sign in as you.',
    },
    choose: 'Choose one. You can add others later.',
    passkey: 'Passkey',
    passkeyText: 'Your fingerprint, face or PIN on this device, or a security key. The safest and quickest.',
    totp: 'Authenticator app',
    totpText: 'An app on your phone shows a code of 6 digits that you type in.',
    skip: 'Not now',
    skipLast: 'This is the last time that you can put it off.',
    skipsLeft_one: 'You can put it off {{count}} more time.',
    skipsLeft_other: 'You can put it off {{count}} more times.',
    skipUntil: 'You can put it off until {{until}}.',
  } satisfies Words<OwnFactorKind | `${OwnFactorKind}Text`> & Record<string, unknown>,
};
