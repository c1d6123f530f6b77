import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';

const { Check, Prompt } = interactionPolicy;

/**
 * The values of `prompt` beside those that the library knows (`none`, `login`, `consent`): `select_account` (OpenID Connect
 * Core 1.0, section 3.1.2.1) and `create` (Initiating User Registration via OpenID Connect 1.0, section 4).
 */

/** Why the library asks for a sign-in that begins with the registration of an account. */
export const CREATE_REASON = 'create';
/** Why it asks for a sign-in of somebody else than the person who is signed in. */
export const SELECT_ACCOUNT = 'select_account';

/**
 * `prompt_values_supported` of the discovery document. Where `create` is not in it, clients know that nobody can register
 * here (section 4.2).
 */
export const promptValues = (registrationOpen: boolean): string[] => [
  'none',
  'login',
  'consent',
  SELECT_ACCOUNT,
  ...(registrationOpen ? ['create'] : []),
];

/**
 * Judges the parameter `prompt` of an authorization request. Throws `invalid_request`, with the value in the description, for
 * `create` where registration is closed (section 4.1): by redirect to the client, which is what OpenID Connect Core, section
 * 3.1.2.6, asks for, and with status 400 where the request was pushed.
 */
export const vetPrompt =
  (registrationOpen: boolean) =>
  (_ctx: KoaContextWithOIDC, value: string | undefined): void => {
    if (registrationOpen || !wordsOf(value).includes('create')) return;
    throw new errors.InvalidRequest('prompt value "create" is not supported: registration is closed here');
  };

/**
 * Adds both to the library's prompts. A choice of accounts is asked for only of a person who is signed in: the sign-in page is
 * one by itself. `create` is no prompt that has an answer of its own: it is a sign-in that begins with the registration,
 * and is over when somebody has signed in, with a new account or not.
 */
export function addPrompts(policy: ReturnType<typeof interactionPolicy.base>): void {
  const selectAccount = new Prompt(
    { name: SELECT_ACCOUNT, requestable: true },
    new Check(SELECT_ACCOUNT, 'the person has to choose an account', 'account_selection_required', (ctx) => {
      const { session, account, result } = ctx.oidc;
      const isAsked = ctx.oidc.prompts.has(SELECT_ACCOUNT) && ctx.oidc.promptPending(SELECT_ACCOUNT);
      const isKnown = session?.accountId !== undefined && account !== undefined;
      return isAsked && isKnown && result?.login === undefined
        ? Check.REQUEST_PROMPT
        : Check.NO_NEED_TO_PROMPT;
    }),
  );
  // The library's own check asks again after a sign-in, which has answered it.
  selectAccount.checks.remove(`${SELECT_ACCOUNT}_prompt`);
  policy.add(selectAccount, 0);

  // There for its name alone: so the library takes the value.
  const create = new Prompt({ name: 'create', requestable: true });
  create.checks.clear();
  policy.add(create);
  policy
    .get('login')
    ?.checks.add(
      new Check(CREATE_REASON, 'an account is to be created', 'interaction_required', ({ oidc }) =>
        oidc.prompts.has('create') && oidc.result?.login === undefined
          ? Check.REQUEST_PROMPT
          : Check.NO_NEED_TO_PROMPT,
      ),
    );
}

const wordsOf = (value: string | undefined): string[] => (value ?? '').split(' ');
