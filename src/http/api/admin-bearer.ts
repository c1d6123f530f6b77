import type { Context } from 'koa';
import { auditedBy, type ClientActor, type PersonActor } from '../../administration/actor.ts';
import { ProofNeeded } from '../../administration/admission.ts';
import type { AdminTokenHolder, AdminTokens } from '../../oidc/admin-tokens.ts';
import { PROOF_ALGORITHMS, type PresentedProof, ProofRefused } from '../../oidc/dpop-proofs.ts';
import { originOf } from '../kit/context.ts';
import { type Access, challenge, credentials, type Scheme } from './access.ts';
import { AccessRefused } from './problems.ts';

export interface AdminBearerDependencies {
  readonly issuer: string;
  readonly adminTokens: AdminTokens;
}

/** Who calls the administration API: a person by an application of theirs, or a program by itself. */
export interface AdminCaller {
  readonly actor: PersonActor | ClientActor;
}

/**
 * Makes the access of the routes of the administration API: an access token for it which has the scope of the act, as a bearer token
 * or bound to a key (DPoP, RFC 9449). A refusal of the act for want of a stronger or later sign-in is answered with the challenge of
 * RFC 9470, so that the application can ask for it.
 */
export function createAdminBearer({ issuer, adminTokens }: AdminBearerDependencies) {
  const refused = (scheme: Scheme, status: number, error: string, message: string, more: Parameters = {}) =>
    new AccessRefused(error, {
      status,
      message,
      challenge: challenge(scheme, {
        realm: issuer,
        error,
        error_description: message,
        ...more,
        ...algs(scheme),
      }),
    });

  function missing(scope: string): AccessRefused {
    const offers = (['Bearer', 'DPoP'] as const).map((scheme) =>
      challenge(scheme, { realm: issuer, scope, ...algs(scheme) }),
    );
    const message = 'An access token is needed.';
    return new AccessRefused('invalid_token', { status: 401, message, challenge: offers.join(', ') });
  }

  async function holderIn(ctx: Context, scope: string): Promise<AdminTokenHolder> {
    if (new URLSearchParams(ctx.querystring).has('access_token'))
      throw refused(
        'Bearer',
        400,
        'invalid_request',
        'An access token belongs into the header Authorization.',
      );
    const given = credentials(ctx);
    if (given === undefined) throw missing(scope);
    const { scheme, token } = given;
    const proof = scheme === 'DPoP' ? proofOf(ctx, issuer) : undefined;
    try {
      const holder = await adminTokens.find(token, proof);
      if (holder !== undefined) return holder;
    } catch (error) {
      if (!(error instanceof ProofRefused)) throw error;
      throw refused(scheme, 401, 'invalid_dpop_proof', error.message);
    }
    const message = 'The access token is not valid, or not for this API, or not with this scheme.';
    throw refused(scheme, 401, 'invalid_token', message, { scope });
  }

  return {
    /**
     * Throws {@link AccessRefused}: 401, or 403 where the token, or what its client may still have, lacks the scope. That is asked once
     * the call was counted: whoever calls without the scope again and again spends their budget.
     */
    scope: (scope: string): Access<AdminCaller> => ({
      kind: 'bearer',
      scope,
      async authenticate(ctx) {
        return { actor: actorOf(await holderIn(ctx, scope), ctx) };
      },
      admit(ctx, { actor }) {
        if (actor.scopes.some((held) => held === scope)) return;
        const message = 'The access token does not have the scope for this.';
        throw refused(schemeOf(ctx), 403, 'insufficient_scope', message, { scope });
      },
      audited({ actor }) {
        const { actor: by } = auditedBy(actor);
        if (actor.kind === 'client') return { actor: by, client: actor.clientId };
        const { accountId: account, clientId: client } = actor;
        return { actor: by, account, ...(client === undefined ? {} : { client }) };
      },
      refusal(ctx, error) {
        if (!(error instanceof ProofNeeded)) return undefined;
        return refused(schemeOf(ctx), error.status, error.code, error.safeMessage, {
          acr_values: error.acrValues.join(' '),
          max_age: error.maxAge,
        });
      },
    }),
  };
}

type Parameters = Readonly<Record<string, string | number | undefined>>;

const algs = (scheme: Scheme) => (scheme === 'DPoP' ? { algs: PROOF_ALGORITHMS.join(' ') } : {});

const schemeOf = (ctx: Context): Scheme => credentials(ctx)?.scheme ?? 'Bearer';

/** An absent header is a proof that does not hold. */
const proofOf = (ctx: Context, issuer: string): PresentedProof => ({
  proof: ctx.get('DPoP'),
  method: ctx.method,
  uri: `${issuer}${ctx.path}`,
});

function actorOf({ clientId, scopes, person }: AdminTokenHolder, ctx: Context): AdminCaller['actor'] {
  const origin = originOf(ctx);
  return person === undefined
    ? { kind: 'client', clientId, scopes, origin }
    : { kind: 'person', ...person, clientId, scopes, origin };
}
