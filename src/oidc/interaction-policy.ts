import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { demandedLevels, isLevel, LEVELS, type Level, levelFor } from '../sign-in/levels.ts';
import { isFirstParty } from './client-traits.ts';
import { addDeviceChecks } from './device-flow.ts';
import { addPrompts } from './prompts.ts';
import { requestedOf } from './requested-scopes.ts';

const { base, Check } = interactionPolicy;

/** The levels of assurance that a sign-in can reach: `acr_values_supported` (RFC 9470, section 7). */
export const ACR_VALUES = [...LEVELS];

/** Why a person who is signed in is asked for more, and for nothing but what is missing. */
export const LEVEL_REASONS: ReadonlySet<string> = new Set(['acr', 'second_factor', 'agreement']);

export interface PolicyDependencies {
  /** Whether the session of the request is enough for what the organisation asks of its person at its client. */
  readonly sessionSuffices: (ctx: KoaContextWithOIDC) => Promise<boolean>;
  /** Whether its person has a document to agree to first. */
  readonly agreementDue: (ctx: KoaContextWithOIDC) => Promise<boolean>;
  /** Whether the session of the request is older than its client or its place allows. */
  readonly outlivesHere: (ctx: KoaContextWithOIDC) => boolean;
}

/**
 * When a person is asked, and for what. The provider's own prompts, with these differences: a session whose account is
 * gone or disabled asks for a sign-in, as does one that is too old where it is to be used; one that reached none of the
 * levels that are demanded, which is no wish here (RFC 9470, section 5), one without the second factor that the organisation
 * asks for, and one whose person has not agreed to a document that is in force, ask for what is missing; and native applications of the organisation itself need no consent.
 */
export function createInteractionPolicy({
  sessionSuffices,
  agreementDue,
  outlivesHere,
}: PolicyDependencies): ReturnType<typeof base> {
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
      'session_limits',
      'the session has lasted for too long to be used here',
      'login_required',
      (ctx) => (outlivesHere(ctx) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT),
    ),
  );
  // One check of ours in the place of theirs, which take an essential claim apart from `acr_values`.
  for (const theirs of ['essential_acr', 'essential_acrs']) {
    if (login.checks.get(theirs) === undefined) throw new Error(`the provider has no check "${theirs}"`);
    login.checks.remove(theirs);
  }
  login.checks.add(
    new Check(
      'acr',
      'none of the requested levels was reached',
      'login_required',
      ({ oidc }) => {
        const demanded = levelsDemanded(oidc.params);
        const reached = oidc.session?.acr;
        const met = isReached(reached) && levelFor(reached, demanded) !== undefined;
        return demanded === undefined || met ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
      },
      signInOf,
    ),
  );
  login.checks.add(
    new Check(
      'second_factor',
      'a second factor is required',
      'login_required',
      async (ctx) => {
        const { session, account, result } = ctx.oidc;
        // A person who is not signed in is asked for everything, and one who has just signed in was asked.
        if (session?.accountId === undefined || account === undefined || result?.login !== undefined) {
          return Check.NO_NEED_TO_PROMPT;
        }
        return (await sessionSuffices(ctx)) ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
      },
      signInOf,
    ),
  );

  // Not `login_required`: who they are is known, and no password would change anything (OpenID Connect Core, 3.1.2.6).
  login.checks.add(
    new Check(
      'agreement',
      'the person has to agree to a document first',
      'interaction_required',
      async (ctx) => {
        // One who has just signed in was asked.
        if (ctx.oidc.result?.login !== undefined) return Check.NO_NEED_TO_PROMPT;
        return (await agreementDue(ctx)) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
      },
      signInOf,
    ),
  );
  addPrompts(policy);

  // Each scope where it belongs: one of a resource is none about a person, whatever its name.
  consent.details = (ctx) => ({ requested: requestedOf(ctx) });
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
  addDeviceChecks(policy);
  return policy;
}

const isReached = (acr: string | undefined): acr is Level => acr !== undefined && isLevel(acr);

/** How the session came to be, kept with the interaction: a step-up begins with it. */
const signInOf = ({ oidc: { session } }: KoaContextWithOIDC) =>
  session?.accountId === undefined
    ? {}
    : { session: { amr: session.amr ?? [], loginTs: session.loginTs ?? 0 } };

type Params = Record<string, unknown> | undefined;

/**
 * The levels of which a request demands one (`acr_values`, an essential `acr` of the `claims` parameter); undefined where
 * it leaves that open. Throws `invalid_request` for an essential claim whose values are no list.
 */
export function levelsDemanded(params: Params): readonly string[] | undefined {
  const claim = acrClaim(params?.claims);
  if (claim?.essential === true && claim.values !== undefined && !Array.isArray(claim.values)) {
    throw new errors.InvalidRequest('invalid claims.id_token.acr.values type');
  }
  return demandedLevels({ acrValues: params?.acr_values, claim });
}

/** The provider has checked the parameter by then. */
function acrClaim(claims: unknown): { essential?: unknown; values?: unknown } | undefined {
  if (typeof claims !== 'string') return undefined;
  return (JSON.parse(claims) as { id_token?: { acr?: object } | null }).id_token?.acr;
}

/** What the client of a request is told of the level that its session has reached: one that it asked for, if there is one. */
export function acrToTell(reached: string | undefined, params: Params): string | undefined {
  if (!isReached(reached)) return reached;
  return levelFor(reached, levelsDemanded(params)) ?? reached;
}
