import { explainRules } from '../../src/domain/passwords/explanation.ts';
import type { PasswordPolicy, PasswordProblem } from '../../src/domain/passwords/policy.ts';
import { account, client, csrfToken, hostileClient, state } from './page-state.ts';

/** The rules as they are told beforehand, and after a refusal for `problems`. */
const rulesOf = (
  problems?: readonly PasswordProblem[],
  more: Partial<PasswordPolicy> = {},
  hasHistory = false,
) => {
  const policy = { minLength: 12, maxLength: 256, minScore: 3, history: 12, expiryDays: 90, minAgeHours: 0 };
  return explainRules({ ...policy, requiredCharacters: [], ...more }, { hasHistory, problems });
};
const changePassword = {
  action: '/sign-in/sample/password',
  cancelAction: '/sign-in/sample/cancel',
  csrfToken,
  client,
  account,
  reason: 'expired',
  rules: rulesOf(undefined, {}, true),
} as const;
const everyKind: Partial<PasswordPolicy> = { requiredCharacters: ['lower', 'upper', 'digit', 'symbol'] };

const refusedChange = (problem: PasswordProblem, policy: Partial<PasswordPolicy> = {}) =>
  state(
    `change-password-${problem}`,
    'change-password',
    { ...changePassword, error: { code: problem }, rules: rulesOf([problem], policy, true) },
    400,
  );

export const changePasswordStates = [
  state('change-password', 'change-password', changePassword),
  state('change-password-must-change', 'change-password', { ...changePassword, reason: 'must_change' }),
  state('change-password-compromised', 'change-password', {
    action: changePassword.action,
    csrfToken,
    account,
    reason: 'compromised',
    rules: rulesOf(undefined, { minScore: 0, history: 1 }, true),
  }),
  state('change-password-hostile', 'change-password', {
    ...changePassword,
    client: hostileClient,
    account: { name: `<b>${'N'.repeat(300)}`, email: `${'long'.repeat(50)}@x.example` },
  }),
  state('change-password-missing', 'change-password', { ...changePassword, error: { code: 'missing' } }, 400),
  ...(['blocklisted', 'too_weak', 'reused'] as const).map((problem) => refusedChange(problem)),
  ...(['lower_missing', 'upper_missing', 'digit_missing', 'symbol_missing'] as const).map((problem) =>
    refusedChange(problem, everyKind),
  ),
  ...[undefined, 1, 5].map((retryAfterSeconds) =>
    state(
      `change-password-too-busy${retryAfterSeconds === undefined ? '' : `-${retryAfterSeconds}`}`,
      'change-password',
      { ...changePassword, error: { code: 'too_busy', ...(retryAfterSeconds && { retryAfterSeconds }) } },
      503,
    ),
  ),
];

const setup = { action: '/setup', csrfToken, token: 'sample-token', rules: rulesOf() };
const values = { email: account.email, name: account.name };
const passwordProblems: readonly PasswordProblem[] = [
  'too_short',
  'too_long',
  'single_character',
  'contains_identity',
  'blocklisted',
  'too_weak',
];

export const setupStates = [
  state('setup', 'setup', { ...setup, values: { email: '', name: '' } }),
  state(
    'setup-missing',
    'setup',
    {
      ...setup,
      values: { email: '', name: '' },
      errors: { email: 'missing', name: 'missing', password: 'missing' },
    },
    400,
  ),
  state(
    'setup-refused',
    'setup',
    {
      ...setup,
      values,
      errors: { email: 'taken', name: 'too_long', password: 'contains_identity' },
      rules: rulesOf(['contains_identity']),
    },
    400,
  ),
  state(
    'setup-invalid-values',
    'setup',
    { ...setup, values, errors: { email: 'invalid', name: 'invalid', password: 'malformed' } },
    400,
  ),
  state(
    'setup-password-characters',
    'setup',
    {
      ...setup,
      values,
      errors: { password: 'digit_missing' },
      rules: rulesOf(['digit_missing', 'symbol_missing'], {
        requiredCharacters: ['lower', 'upper', 'digit', 'symbol'],
      }),
    },
    400,
  ),
  ...passwordProblems.map((problem) =>
    state(
      `setup-password-${problem}`,
      'setup',
      { ...setup, values, errors: { password: problem }, rules: rulesOf([problem]) },
      400,
    ),
  ),
  state(
    'setup-too-busy',
    'setup',
    { ...setup, values, error: { code: 'too_busy', retryAfterSeconds: 5 } },
    503,
  ),
  ...[true, false].map((asksForFactor) =>
    state(`setup-done${asksForFactor ? '' : '-password-alone'}`, 'setup-done', {
      accountHref: '/account',
      asksForFactor,
    }),
  ),
  state('setup-invalid', 'setup-invalid', { accountHref: '/account' }),
];
