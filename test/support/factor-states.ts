import { newCodes } from '../../src/domain/recovery-codes/policy.ts';
import { toBase32 } from '../../src/domain/totp/base32.ts';
import { otpauthUri, SEED_BYTES } from '../../src/domain/totp/policy.ts';
import { qrPicture } from '../../src/http/pages/qr.ts';
import { CHALLENGES } from '../../src/http/sign-in/challenges.ts';
import { systemRandomness } from '../../src/kernel/ids.ts';
import type { FactorKind } from '../../src/sign-in/factors/kinds.ts';
import { type FactorState, hostile, inAccount, inSignIn, state } from './factor-state.ts';
import { manageStates } from './own-factor-states.ts';
import { account, csrfToken, longest, longestAccount } from './page-state.ts';

const href = (kind: FactorKind) => ({ kind, href: `/sign-in/sample?factor=${kind}` });
const challenge = { ...inSignIn, action: '/sign-in/sample/factor' };
const asking = <Kind extends FactorKind>(kind: Kind) => ({ ...challenge, kind, asks: CHALLENGES[kind].form });
const totp = { ...asking('totp'), others: [href('passkey'), href('recovery_code')] } as const;
const recovery = { ...asking('recovery_code'), others: [href('passkey'), href('totp')] } as const;
const temporary = { ...asking('temporary_code'), others: [href('totp')] } as const;
const passkey = {
  ...asking('passkey'),
  action: '/sign-in/sample/passkey',
  optionsAction: '/sign-in/sample/passkey/options',
  others: [href('totp'), href('recovery_code')],
} as const;

const challengeStates = [
  state('second-factor', 'second-factor', totp),
  ...[1, 30].map((trustDays) =>
    state(`second-factor-trust-${trustDays}`, 'second-factor', { ...totp, trustDays }),
  ),
  state('second-factor-step-up', 'second-factor', { ...totp, notice: 'step_up' }),
  state('second-factor-too-busy', 'second-factor', { ...totp, error: { code: 'too_busy' } }, 503),
  state('second-factor-only-passkey-else', 'second-factor', { ...totp, others: [href('passkey')] }),
  ...(['missing', 'malformed', 'wrong', 'form_expired'] as const).flatMap((code) => [
    state(`second-factor-${code}`, 'second-factor', { ...totp, trustDays: 30, error: { code } }, 401),
    state(`second-factor-recovery-${code}`, 'second-factor', { ...recovery, error: { code } }, 401),
  ]),
  ...(['locked', 'rate_limited'] as const).flatMap((code) =>
    [20, 1750, 1].map((retryAfterSeconds) =>
      state(
        `second-factor-${code}-${retryAfterSeconds}`,
        'second-factor',
        { ...totp, error: { code, retryAfterSeconds } },
        401,
      ),
    ),
  ),
  state('second-factor-recovery', 'second-factor', recovery),
  state('second-factor-temporary-else', 'second-factor', {
    ...totp,
    others: [href('passkey'), href('recovery_code'), href('temporary_code')],
  }),
  state('second-factor-temporary', 'second-factor', temporary),
  state('second-factor-temporary-enrol', 'second-factor', { ...temporary, others: [], toEnrol: true }),
  ...(['missing', 'malformed', 'wrong', 'form_expired'] as const).map((code) =>
    state(`second-factor-temporary-${code}`, 'second-factor', { ...temporary, error: { code } }, 401),
  ),
  state('second-factor-passkey', 'second-factor', { ...passkey, trustDays: 30 }),
  state('second-factor-passkey-alone', 'second-factor', { ...passkey, others: [] }),
  state('second-factor-passkey-wrong', 'second-factor', { ...passkey, error: { code: 'wrong' } }, 401),
  state('second-factor-hostile', 'second-factor', {
    ...totp,
    account: hostile,
    client: { name: hostile.name },
  }),
];

const choose = { ...inSignIn, reason: 'required' } as const;
const byPasskey = { kind: 'passkey', href: '/sign-in/sample/enrol/passkey' } as const;
const byApp = { kind: 'totp', action: '/sign-in/sample/enrol/totp' } as const;
const skip = { action: '/sign-in/sample/skip' };
const enrolStates = [
  state('enrol-factor', 'enrol-factor', { ...choose, choices: [byPasskey, byApp] }),
  state('enrol-factor-optional', 'enrol-factor', {
    ...choose,
    reason: 'optional',
    choices: [byPasskey, byApp],
    skip,
  }),
  ...[0, 1, 5].map((left) =>
    state(`enrol-factor-skip-${left}`, 'enrol-factor', {
      ...choose,
      choices: [byPasskey, byApp],
      skip: { ...skip, left, until: new Date('2026-12-01T00:00:00Z') },
    }),
  ),
  ...(['client', 'phishing_resistant', 'client_phishing_resistant'] as const).map((reason) =>
    state(`enrol-factor-${reason}`, 'enrol-factor', {
      ...choose,
      reason,
      choices: reason === 'client' ? [byPasskey, byApp] : [byPasskey],
    }),
  ),
];

const secret = toBase32(systemRandomness.bytes(SEED_BYTES));
const issuer = 'Riverside Practice Group';
const uri = (email: string, issuerName: string = issuer) => otpauthUri(issuerName, email, secret);
const wizard = {
  action: '/account/security/authenticators/new',
  picture: qrPicture(uri(account.email)),
  otpauthUri: uri(account.email),
  secret,
  issuer,
};
const key = {
  action: '/account/security/passkeys/new',
  optionsAction: '/account/security/passkeys/options',
};
const wizardStates = [
  state('enrol-totp', 'enrol-totp', { ...inAccount, ...wizard }),
  state('enrol-totp-sign-in', 'enrol-totp', { ...inSignIn, ...wizard, backHref: '/sign-in/sample/enrol' }),
  ...(['missing', 'malformed', 'wrong'] as const).map((code) =>
    state(`enrol-totp-${code}`, 'enrol-totp', { ...inAccount, ...wizard, errors: { code } }, 400),
  ),
  ...(['missing', 'invalid'] as const).map((name) =>
    state(
      `enrol-totp-name-${name}`,
      'enrol-totp',
      { ...inAccount, ...wizard, name: '', errors: { name } },
      400,
    ),
  ),
  state('enrol-totp-expired', 'enrol-totp', { ...inAccount, ...wizard, errors: { form: 'expired' } }, 410),
  ...(['locked', 'rate_limited'] as const).map((form) =>
    state(
      `enrol-totp-${form}`,
      'enrol-totp',
      { ...inAccount, ...wizard, errors: { form }, retryAfterSeconds: 240 },
      429,
    ),
  ),
  state('enrol-totp-hostile', 'enrol-totp', {
    ...inSignIn,
    ...wizard,
    account: hostile,
    picture: qrPicture(uri(hostile.email)),
    otpauthUri: uri(hostile.email),
    name: hostile.name,
  }),
  state('enrol-totp-longest', 'enrol-totp', {
    ...inAccount,
    ...wizard,
    account: longestAccount,
    issuer: longest.brand,
    picture: qrPicture(uri(longest.email, longest.brand)),
    otpauthUri: uri(longest.email, longest.brand),
    name: longest.factor,
  }),
  state('enrol-passkey', 'enrol-passkey', { ...inAccount, ...key }),
  state('enrol-passkey-sign-in', 'enrol-passkey', { ...inSignIn, ...key, backHref: '/sign-in/sample/enrol' }),
  ...(['passkey_wrong', 'passkey_refused', 'expired'] as const).map((form) =>
    state(`enrol-passkey-${form}`, 'enrol-passkey', { ...inAccount, ...key, errors: { form } }, 400),
  ),
  state(
    'enrol-passkey-name',
    'enrol-passkey',
    { ...inAccount, ...key, name: '', errors: { name: 'missing' } },
    400,
  ),
];

const codes = newCodes(systemRandomness);
const codesPage = {
  ...inSignIn,
  storedAction: '/account/security/recovery-codes/stored',
  againAction: '/account/security/recovery-codes',
  download: { action: '/recovery-codes', csrfToken },
};
const { againAction: _again, ...codesPageLate } = codesPage;
const codesStates = [
  state('recovery-codes', 'recovery-codes', { ...codesPage, codes }),
  state('recovery-codes-shown', 'recovery-codes', codesPage),
  state('recovery-codes-shown-late', 'recovery-codes', codesPageLate),
  state('account-recovery-codes', 'account-recovery-codes', {
    csrfToken,
    action: '/account/security/recovery-codes',
    count: 10,
    backHref: '/account/security',
  }),
];

export const factorStates: readonly FactorState[] = [
  ...challengeStates,
  ...enrolStates,
  ...wizardStates,
  ...codesStates,
  ...manageStates,
];
