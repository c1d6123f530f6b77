import type { ExplainedRule } from '../../src/domain/passwords/explanation.ts';
import type { AccountLifeViewModels } from '../../src/http/account-life-views.ts';

/** The states of the pages of the life of an account. */
export interface AccountLifeState<V extends keyof AccountLifeViewModels = keyof AccountLifeViewModels> {
  readonly name: string;
  readonly view: V;
  readonly model: AccountLifeViewModels[V];
  readonly status?: number;
}

const state = <V extends keyof AccountLifeViewModels>(
  name: string,
  view: V,
  model: AccountLifeViewModels[V],
  status = 200,
): AccountLifeState => ({ name, view, model, status });

const csrfToken = 'c2FtcGxlLWNzcmYtdG9rZW4';
const token = 'sample-token';
const email = 'amara.okafor@riverside.example.org';
const name = 'Amara Okafor';

const rules: readonly ExplainedRule[] = [
  { code: 'length', min: 12, max: 256 },
  { code: 'identity' },
  { code: 'blocklist' },
  { code: 'strength' },
  { code: 'history', count: 12 },
];

const forgot = { action: '/forgot', csrfToken, signInHref: '/account' };
const reset = { action: '/reset', csrfToken, token, email, rules };
const invitation = { action: '/invitation', csrfToken, token, email, name, rules };

export const accountLifeStates: readonly AccountLifeState[] = [
  state('forgot', 'forgot', { ...forgot, signIn: 'sample-sign-in', signInHref: '/sign-in/sample/continue' }),
  state('forgot-missing', 'forgot', { ...forgot, errors: { identifier: 'missing' } }, 400),
  state('forgot-sent', 'forgot-sent', { signInHref: '/account' }),
  state('reset', 'reset', reset),
  state('reset-missing', 'reset', { ...reset, errors: { password: 'missing' } }, 400),
  state(
    'reset-refused',
    'reset',
    {
      ...reset,
      email: `${'long'.repeat(50)}@x.example`,
      errors: { password: 'too_short' },
    },
    400,
  ),
  ...['lower_missing', 'upper_missing', 'symbol_missing', 'reused'].map((password) =>
    state(
      `reset-password-${password}`,
      'reset',
      {
        ...reset,
        rules: [
          { code: 'length', min: 12, max: 256, met: true },
          { code: 'characters', kind: 'symbol', met: password !== 'symbol_missing' },
          { code: 'repetition' },
          { code: 'history', count: 1, met: password !== 'reused' },
        ],
        errors: { password },
      },
      400,
    ),
  ),
  state('reset-done', 'reset-done', { signInHref: '/account' }),
  state('invitation', 'invitation', { ...invitation, invitedBy: 'Bo Lind' }),
  state('invitation-nobody', 'invitation', invitation),
  state(
    'invitation-missing',
    'invitation',
    { ...invitation, name: '', errors: { name: 'missing', password: 'missing' } },
    400,
  ),
  state(
    'invitation-hostile',
    'invitation',
    {
      ...invitation,
      name: `<u>${'N'.repeat(300)}`,
      invitedBy: `<b>Bold</b> \u202Eevil ${'Verylongword'.repeat(30)}`,
      email: `${'long'.repeat(50)}@x.example`,
      errors: { name: 'invalid', password: 'no such code' },
    },
    400,
  ),
  state('invitation-done', 'invitation-done', { accountHref: '/account' }),
  state('link-invalid-reset', 'link-invalid', { link: 'reset', nextHref: '/forgot' }, 410),
  state('link-invalid-invitation', 'link-invalid', { link: 'invitation', nextHref: '/account' }, 410),
];
