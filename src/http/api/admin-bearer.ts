import type { Context } from 'koa';
import { type Actor, auditedBy } from '../../administration/actor.ts';
import type { AdminScope } from '../../domain/clients/admin-scopes.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import type { AdminAccess, AdminTokenHolder } from '../../oidc/admin-access.ts';
import { PROOF_ALGORITHMS, type PresentedProof, ProofRefused } from '../../oidc/dpop-proofs.ts';
import { originOf } from '../kit/context.ts';
import { type Access, challenge, credentials, type Scheme } from './access.ts';
import { AccessRefused } from './problems.ts';

export interface AdminBearerDependencies {
  readonly issuer: string;
  readonly adminAccess: AdminAccess;
}

/** Who calls the administration API: a person by an application of theirs, or a program by itself. */
export type ApiActor = Extract<Actor, { kind: 'person' | 'client' }>;

/** An error that says at which level, and how lately, the person has to show who they are (RFC 9470, section 3). */
interface StepUp {
  readonly acrValues?: readonly string[] | undefined;
  readonly maxAge?: number | undefined;
}

const STEP_UP = 'insufficient_user_authentication';

/**
 * Makes the access of the routes of the administration API: an access token for it which has the scope of the act, as a bearer token
 * or bound to a key (DPoP, RFC 9449). A refusal of the act for want of a stronger or later sign-in is answered with the challenge of
 * RFC 9470, so that the application can ask for it.
 */
export function createAdminBearer({ issuer, adminAccess }: AdminBearerDependencies) {
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

  function missing(scope: AdminScope): AccessRefused {
    const offers = (['Bearer', 'DPoP'] as const).map((scheme) =>
      challenge(scheme, { realm: issuer, scope, ...algs(scheme) }),
    );
    const message = 'An access token is needed.';
    return new AccessRefused('invalid_token', { status: 401, message, challenge: offers.join(', ') });
  }

  async function holderIn(ctx: Context, scope: AdminScope): Promise<AdminTokenHolder> {
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
      const holder = await adminAccess.find(token, proof);
      if (holder !== undefined) return holder;
    } catch (error) {
      if (!(error instanceof ProofRefused)) throw error;
      throw refused(scheme, 401, 'invalid_dpop_proof', error.message);
    }
    const message = 'The access token is not valid, or not for this API, or not with this scheme.';
    throw refused(scheme, 401, 'invalid_token', message, { scope });
  }

  return {
    /** Throws {@link AccessRefused}: 401, or 403 where the token, or what its client may still have, lacks the scope. */
    scope: (scope: AdminScope): Access<ApiActor> => ({
      kind: 'bearer',
      scope,
      async authenticate(ctx) {
        const holder = await holderIn(ctx, scope);
        if (!holder.scopes.includes(scope)) {
          const message = 'The access token does not have the scope for this.';
          throw refused(schemeOf(ctx), 403, 'insufficient_scope', message, { scope });
        }
        return actorOf(holder, ctx);
      },
      audited(actor) {
        const { actor: by } = auditedBy(actor);
        if (actor.kind === 'client') return { actor: by, client: actor.clientId };
        const { accountId: account, clientId: client } = actor;
        return { actor: by, account, ...(client === undefined ? {} : { client }) };
      },
      refusal(ctx, error) {
        if (!(error instanceof GatehouseError) || error.code !== STEP_UP) return undefined;
        const { acrValues, maxAge } = error as GatehouseError & StepUp;
        return refused(schemeOf(ctx), 401, STEP_UP, error.safeMessage, {
          acr_values: acrValues?.join(' '),
          max_age: maxAge,
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

function actorOf({ clientId, scopes, person }: AdminTokenHolder, ctx: Context): ApiActor {
  const origin = originOf(ctx);
  return person === undefined
    ? { kind: 'client', clientId, scopes, origin }
    : { kind: 'person', ...person, clientId, scopes, origin };
}
