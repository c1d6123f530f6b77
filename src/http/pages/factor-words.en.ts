import type { FactorKind } from '../../sign-in/factors/kinds.ts';

/** The words of second factors and of the pages that set them up, in a sign-in and from the account, in English. */
export const words = {
  factor: {
    account: 'Account',
    another: 'Another way:',
    use: {
      totp: 'Use a code from your authenticator app',
      passkey: 'Use a passkey',
      recovery_code: 'Use a recovery code',
      temporary_code: 'Use a temporary access code from your administrator',
    } satisfies Readonly<Record<FactorKind, string>>,
    name: {
      missing: 'Give it a name.',
      invalid: 'This name cannot be used. Write it without special characters, at most {{most}} long.',
    },
    code: {
      missing: 'Enter the code.',
      malformed: 'Enter the 6 digits that your authenticator app shows.',
      wrong: 'This code is not right. Wait until your authenticator app shows the next one, then enter that.',
    },
    passkey: {
      signIn: 'Sign in with a passkey',
      or: 'or',
      waiting: 'Follow what your device asks you to do.',
      cancelled: 'That was cancelled, or it took too long. Nothing was changed: try again.',
      exists: 'This device or key already has a passkey for your account.',
      unavailable: 'The server could not be reached. Try again in a moment.',
      failed: 'Your device could not do this. Try again, or choose another way.',
      unsupported: 'This browser cannot use passkeys. Choose another way, or use another browser.',
      scriptless: 'Passkeys need JavaScript, which is switched off in this browser.',
    },
    wait: {
      locked_in_one:
        'There were too many failed tries, so signing in is locked. Try again in {{count}} minute.',
      locked_in_other:
        'There were too many failed tries, so signing in is locked. Try again in {{count}} minutes.',
      rate_limited_in_one:
        'There were too many tries in a short time, so this one was not checked. Try again in {{count}} second.',
      rate_limited_in_other:
        'There were too many tries in a short time, so this one was not checked. Try again in {{count}} seconds.',
    },
    copy: 'Copy',
    copied: 'Copied.',
  },
  'enrol-totp': {
    title: 'Set up an authenticator app',
    scan: 'Scan this picture',
    scanText: 'In the authenticator app on your phone, add an account and point the camera here.',
    picture: 'QR code with the key for your authenticator app. The same key is below as text.',
    cannotScan: 'I cannot scan it',
    onThisDevice: 'Is the app on this device?',
    openApp: 'Open it with this key',
    manual: 'Add an account in the app by hand, with this key. It is time-based and has 6 digits.',
    key: 'Key',
    accountName: 'Account',
    secrecy: 'Show this page to nobody: whoever has the key gets the same codes.',
    confirm: 'Enter the code that the app shows',
    code: 'Code',
    name: 'Name of this authenticator',
    nameHint: 'So that you know it again, such as “Work phone”.',
    defaultName: 'Authenticator app',
    submit: 'Confirm',
    back: 'Back',
    expired:
      'This set-up was open for too long, so it has been made anew. Remove the old entry from your app, then scan the new picture.',
  },
  'enrol-passkey': {
    title: 'Add a passkey',
    intro:
      'Your device will ask for your fingerprint, face, PIN or security key. What it recognises you by never leaves it.',
    name: 'Name of this passkey',
    nameHint: 'So that you know it again, such as “Laptop” or “Blue key”.',
    defaultName: 'Passkey',
    submit: 'Add a passkey',
    back: 'Back',
    error: {
      passkey_wrong: 'This passkey could not be added. Try again.',
      passkey_refused: 'Your organisation does not allow this kind of passkey. Use another device or key.',
      expired: 'That took too long. Try again.',
    },
  },
  'recovery-codes': {
    title: 'Store your recovery codes',
    intro:
      'If you lose your phone or your key, one of these codes lets you in instead. Each works once. They are shown only now.',
    where: 'Keep them where you keep important papers, or in a password manager. Not on the same phone.',
    copy: 'Copy',
    copied: 'Copied.',
    download: 'Download',
    print: 'Print',
    stored: 'I have stored them',
    shown: 'The codes were shown already, and cannot be shown again.',
    continue: 'Continue',
    shownLater:
      'If you have not stored them, you can make new ones on your account page, under “Security”, after signing in.',
    shownAdvice: 'If you have not stored them, make new ones now. Those shown before will then stop working.',
    again: 'Make new codes',
    printed: 'Recovery codes of {{email}} for {{brand}}. Each works once.',
  },
};
