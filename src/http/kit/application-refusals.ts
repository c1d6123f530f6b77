import type { Context, Middleware } from 'koa';
import type { ClientStore } from '../../domain/clients/store.ts';
import { type ToldRefusal, toldRefusal } from '../../oidc/events.ts';
import { ROUTES } from '../../oidc/provider.ts';
import { reasonOf } from '../../oidc/refusal-reasons.ts';
import { factsOf } from '../../oidc/refusal-request.ts';
import type { RefusalNotes } from '../../oidc/refusals.ts';
import { currentUnit } from '../../storage/unit-of-work.ts';
import { type ErrorReport, statusError, toKnownError } from './known-errors.ts';

export interface ApplicationRefusalsDependencies {
  readonly issuer: string;
  /** Gives a request a unit of work and commits it. */
  readonly unit: Middleware;
  readonly refusals: RefusalNotes;
  readonly clients: Pick<ClientStore, 'find'>;
  readonly onRefused: (refusal: ToldRefusal) => void;
  readonly report: ErrorReport;
}

/** Where applications come, by themselves or through a browser. */
const FOR_APPLICATIONS: ReadonlySet<string> = new Set(
  Object.values(ROUTES).filter((path) => path !== ROUTES.jwks && path !== ROUTES.registration),
);

const BROWSER: ReadonlySet<string> = new Set([
  ROUTES.authorization,
  ROUTES.end_session,
  ROUTES.pushed_authorization_request,
]);

/**
 * Tells of requests of applications that we refuse ourselves, before the provider has seen them or after it has answered: a method
 * that the endpoint does not know, plain http, a request that cannot be read. Each is told as what the provider refuses, within
 * the same budget. Failures of ours are reported elsewhere.
 */
export function tellRefusals(deps: ApplicationRefusalsDependencies): Middleware {
  return async (ctx, next) => {
    if (!FOR_APPLICATIONS.has(ctx.path)) return next();
    try {
      await next();
    } catch (error) {
      const { status, code } = toKnownError(error);
      await tell(ctx, { status, code }, deps);
      throw error;
    }
    if ((ctx.status === 404 || ctx.status === 405) && ctx.body == null) {
      await tell(ctx, statusError(ctx.status), deps);
    }
  };
}

async function tell(
  ctx: Context,
  { status, code }: { readonly status: number; readonly code: string },
  { issuer, unit, refusals, clients, onRefused, report }: ApplicationRefusalsDependencies,
): Promise<void> {
  if (status >= 500 || (ctx.state as { refusalTold?: boolean }).refusalTold === true) return;
  if (refusals.isSpent(ctx.ip)) return;
  const facts = factsOf(ctx, { error: code, said: '' }, issuer);
  const reason = reasonOf(facts);
  const { client_id: id } = facts.params;
  try {
    const client = typeof id === 'string' ? (await clients.find(id))?.id : undefined;
    await unit(ctx, async () =>
      refusals.note(
        currentUnit(),
        ctx.ip,
        {
          type: BROWSER.has(ctx.path) ? 'authorization.refused' : 'token.refused',
          outcome: 'failure',
          ...(client === undefined ? {} : { client }),
          details: reason,
        },
        () => onRefused(toldRefusal(ctx, reason, client)),
      ),
    );
  } catch (failure) {
    // The answer is the refusal, whether or not it could be told.
    report(failure, ctx);
  }
}
