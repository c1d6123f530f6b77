import { interactionPolicy } from 'oidc-provider';

const { base, Check } = interactionPolicy;

/** Assurance that a sign-in can reach with what is built: a password alone is `aal1` (NIST SP 800-63B-4). */
export const ACR_VALUES = ['aal1'];

/**
 * When a person is asked, and for what. The provider's own prompts, with three differences: a session whose account is
 * gone or disabled asks for a sign-in; so does one that reached none of the levels in `acr_values`, which are a demand
 * here and no wish (RFC 9470, section 5); and native applications of the organisation itself need no consent.
 */
export function createInteractionPolicy(): ReturnType<typeof base> {
  const policy = base();
  const login = policy.get('login');
  const consent = policy.get('consent');
  if (login === undefined || consent === undefined)
    throw new Error('the provider has no login or consent prompt');

  login.checks.add(
    new Check('account_missing', 'End-User authentication is required', 'login_required', (ctx) => {
      const { session, account } = ctx.oidc;
      return session?.accountId !== undefined && account === undefined
        ? Check.REQUEST_PROMPT
        : Check.NO_NEED_TO_PROMPT;
    }),
  );
  login.checks.add(
    new Check(
      'acr_values',
      'none of the requested levels was reached',
      'login_required',
      ({ oidc }) => {
        const wanted = acrValues(oidc.params);
        return wanted === undefined || wanted.includes(oidc.acr ?? '')
          ? Check.NO_NEED_TO_PROMPT
          : Check.REQUEST_PROMPT;
      },
      ({ oidc }) => ({ acr: { values: acrValues(oidc.params) } }),
    ),
  );

  const nativeClients = consent.checks.get('native_client_prompt');
  if (nativeClients === undefined) throw new Error('the provider has no check for native clients');
  consent.checks.remove('native_client_prompt');
  consent.checks.add(
    new Check(
      nativeClients.reason,
      nativeClients.description,
      nativeClients.error ?? 'interaction_required',
      (ctx) => (isFirstParty(ctx.oidc.client) ? Check.NO_NEED_TO_PROMPT : nativeClients.check(ctx)),
    ),
  );
  return policy;
}

function acrValues(params: Record<string, unknown> | undefined): string[] | undefined {
  const value = params?.acr_values;
  return typeof value === 'string' && value !== '' ? value.split(' ') : undefined;
}

/** True for the organisation's own applications: `first_party` is metadata of ours, set by an administrator only. */
export const isFirstParty = (client: object | undefined): boolean =>
  (client as { first_party?: boolean } | undefined)?.first_party === true;
