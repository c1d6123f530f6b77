import type { Context } from 'koa';
import { type Actor, nameOfReader } from '../../../administration/actor.ts';
import { ApprovalNeeded } from '../../../administration/four-eyes.ts';
import type { TransactionPart } from '../../../administration/taking-part.ts';
import type { IdempotencyKeys } from '../../../domain/idempotency-keys/store.ts';
import { type Limits, networkOf } from '../../../domain/rate-limits/policy.ts';
import { GatehouseError } from '../../../kernel/errors.ts';
import { originOf } from '../../kit/context.ts';
import type { Access } from '../access.ts';
import type { AdminCaller } from '../admin-bearer.ts';
import { type ApiRoute, type RouteDependencies, sendReply, takeFrom } from '../route.ts';
import { type Face, type FacedAct, SINK, VERSION } from './face.ts';
import { sendFile } from './files.ts';
import { once, readIdempotencyKey } from './idempotency.ts';
import { readActInput, refusalOf } from './inputs.ts';

/** Makes the access of routes that are called with a token of administration which has the scope. */
export type AdminAccess = (scope: string) => Access<AdminCaller>;

/** Does an act, with what takes part in its transaction. */
export type PerformsActs = (
  act: FacedAct,
  actor: Actor,
  input: unknown,
  part?: TransactionPart,
) => Promise<unknown>;

export interface ActRouteDependencies {
  readonly issuer: string;
  readonly adminAccess: AdminAccess;
  readonly perform: PerformsActs;
  readonly idempotencyKeys: Pick<IdempotencyKeys, 'begin' | 'keep' | 'find'>;
  readonly limits: Pick<Limits, 'adminPerCaller' | 'adminFailuresPerAddress'>;
}

/** Where the API of administration is. */
export const ADMIN_API = '/api/admin/v1';

/** The path as the router has it: `/api/admin/v1/people/:person`. */
export const routePath = ({ path }: Pick<Face, 'path'>): string =>
  `${ADMIN_API}${path.replaceAll(/\{([^}]+)\}/gu, ':$1')}`;

/**
 * The route of one face of an act. A call is first authenticated, then counted by the limits, and only then read; whether the caller
 * may do it, and whether its input is right, the act judges itself.
 */
export function actRoute(act: FacedAct, face: Face, deps: ActRouteDependencies): ApiRoute {
  const access = deps.adminAccess(act.scope);
  return {
    method: face.method,
    path: routePath(face),
    access,
    schemas: { output: act.result },
    outsideUnit: false,
    crossOrigin: false,
    async answer(ctx, params, { rateLimits, bodyLimitBytes }) {
      const caller = await authenticated(ctx, access, deps, rateLimits);
      const { adminPerCaller: limit } = deps.limits;
      const reader = nameOfReader(caller.actor);
      await takeFrom(ctx, rateLimits, [{ limit, key: reader }], access.audited?.(caller));
      access.admit?.(ctx, caller);
      const mostBytes = Math.max(bodyLimitBytes, face.mostBytes ?? 0);
      const { input, reason } = await readActInput(ctx, face, params, mostBytes);
      const key = readIdempotencyKey(ctx, face);
      const actor = { ...caller.actor, reason };
      const perform = (more: object, part?: TransactionPart) =>
        deps.perform(act, actor, { ...input, ...more }, part).catch((error: unknown) => {
          throw refusalOf(error, face) ?? access.refusal?.(ctx, error) ?? error;
        });
      if (face.file !== undefined) return sendFile(ctx, face.file, (sink) => perform({ [SINK]: sink }));
      const answer = async () => {
        if (key === undefined) return reply(ctx, face, face.status, await perform({}));
        const request = { actor: reader, act: face.name, key, content: canonical({ input, reason }) };
        const work = (part: TransactionPart) => perform({}, part);
        const { status, body, replayed } = await once(deps.idempotencyKeys, request, face, work);
        if (replayed) ctx.set('Idempotency-Replayed', 'true');
        reply(ctx, face, status, body);
      };
      await answer().catch((error: unknown) => answerWaiting(ctx, error));
    },
  };
}

/** Failures take from the budget of the address that they come from. */
async function authenticated(
  ctx: Context,
  access: Access<AdminCaller>,
  { limits: { adminFailuresPerAddress: limit } }: ActRouteDependencies,
  rateLimits: RouteDependencies['rateLimits'],
): Promise<AdminCaller> {
  try {
    return await access.authenticate(ctx);
  } catch (error) {
    if (!(error instanceof GatehouseError) || error.status !== 401) throw error;
    const key = networkOf(String(originOf(ctx).ip));
    await takeFrom(ctx, rateLimits, [{ limit, key }], undefined);
    throw error;
  }
}

/** What was asked for waits for a second person: accepted, and not done (RFC 9110, section 15.3.3). Rethrows anything else. */
function answerWaiting(ctx: Context, error: unknown): void {
  if (!(error instanceof ApprovalNeeded)) throw error;
  const { status, approval, expiresAt } = error;
  sendReply(ctx, { status, body: { approval, expiresAt } });
}

function reply(ctx: Context, face: Face, status: number, body: unknown): void {
  const version = face.hasVersion ? (body as Record<string, unknown>)[VERSION] : undefined;
  const etag = typeof version === 'string' || typeof version === 'number' ? { etag: String(version) } : {};
  sendReply(ctx, { status, body, ...etag });
}

/** The same text for inputs that differ only in the order of members. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
