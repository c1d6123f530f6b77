import type { Context } from 'koa';
import type { z } from 'zod';
import type { Origin } from '../../domain/audit/events.ts';
import { addPendingEvent } from '../../domain/audit/pending-events.ts';
import type { Claim } from '../../domain/rate-limits/policy.ts';
import type { RateLimits } from '../../domain/rate-limits/store.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import { currentUnit } from '../../storage/unit-of-work.ts';
import { originOf } from '../kit/context.ts';
import { enforceLimits } from '../kit/limits.ts';
import type { Access, AuditedCaller } from './access.ts';
import { allowOrigin } from './cross-origin.ts';
import { isUnchanged, type Precondition, readPrecondition } from './etags.ts';
import { readInput, readParams, readQuery } from './inputs.ts';
import { AccessRefused } from './problems.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What a route is declared with. The schemas are all that it is given, and all that it gives. */
export interface RouteDefinition<
  Caller,
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Output extends z.ZodType,
> {
  /** GET answers HEAD as well. */
  readonly method: Method;
  /** `/people/:id`: each part is a word or the name of one of `params`. */
  readonly path: string;
  readonly access: Access<Caller>;
  /** A part that does not fit is an address at which there is nothing. */
  readonly params?: Params;
  readonly query?: Query;
  /** JSON. Without a schema, what is sent is not read. */
  readonly body?: Body;
  /** Everything that the answer holds; what it does not name does not leave. Without it the answer is 204. */
  readonly output?: Output;
  /** The media type of an answer that is text and no JSON. */
  readonly produces?: string;
  /** The budgets from which a request takes a point. */
  readonly limits?: (caller: Caller, origin: Origin) => readonly Claim[];
  /** The change has to say which edition it is for (`If-Match`), and `handle` has to check it. */
  readonly needsPrecondition?: true;
  /** Pages of other origins may call it, if `access` lets them. */
  readonly crossOrigin?: true;
  /** What is refused, in the form that a specification asks for; without it, as a problem (RFC 9457). */
  readonly refusal?: (error: GatehouseError) => RouteReply<unknown>;
  /** It changes nothing and its access reads nothing, so it costs no unit of work. */
  readonly outsideUnit?: true;
  handle(
    request: RouteRequest<Caller, z.output<Params>, z.output<Query>, z.output<Body>>,
  ): Promise<RouteReply<z.input<Output>>>;
}

export interface RouteRequest<Caller, Params, Query, Body> {
  readonly caller: Caller;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** Where it came from, for the audit trail. */
  readonly origin: Origin;
  readonly precondition: Precondition;
}

export interface RouteReply<Body> {
  /** 200 without it, and 204 without a body. */
  readonly status?: number;
  readonly body?: Body;
  /** The tag of the edition; a reader that has it is told 304. */
  readonly etag?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RouteDependencies {
  readonly rateLimits: Pick<RateLimits, 'take'>;
  /** The largest body that is read, in bytes. */
  readonly bodyLimitBytes: number;
}

/** A route as the router has it: what a description of the API says of it, and how it answers. */
export interface ApiRoute {
  readonly method: Method;
  readonly path: string;
  readonly access: Pick<Access<never>, 'kind' | 'scope'>;
  readonly schemas: {
    readonly params?: z.ZodType | undefined;
    readonly query?: z.ZodType | undefined;
    readonly body?: z.ZodType | undefined;
    readonly output?: z.ZodType | undefined;
  };
  readonly outsideUnit: boolean;
  readonly crossOrigin: boolean;
  /** `params` as they stand in the address, decoded. */
  answer(ctx: Context, params: Readonly<Record<string, string>>, deps: RouteDependencies): Promise<void>;
}

/** Declares a route. A call is first authenticated, then counted by the limits, and only then validated. */
export function defineRoute<
  Caller,
  Params extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
  Output extends z.ZodType = z.ZodUndefined,
>(definition: RouteDefinition<Caller, Params, Query, Body, Output>): ApiRoute {
  const { method, path, access, params, query, body, output } = definition;
  const crossOrigin = definition.crossOrigin === true;
  return {
    method,
    path,
    access,
    schemas: { params, query, body, output },
    outsideUnit: definition.outsideUnit === true,
    crossOrigin,
    async answer(ctx, given, deps) {
      const { refusal } = definition;
      if (refusal === undefined) return answer(ctx, given, deps);
      await answer(ctx, given, deps).catch((error) => {
        if (!(error instanceof GatehouseError) || error.status >= 500) throw error;
        if (error instanceof AccessRefused) ctx.set('WWW-Authenticate', error.challenge);
        if (error.retryAfter !== undefined) ctx.set('Retry-After', String(error.retryAfter));
        sendReply(ctx, refusal(error));
      });
    },
  };

  async function answer(
    ctx: Context,
    given: Readonly<Record<string, string>>,
    { rateLimits, bodyLimitBytes }: RouteDependencies,
  ): Promise<void> {
    if (crossOrigin) allowOrigin(ctx);
    const caller = await access.authenticate(ctx);
    const origin = originOf(ctx);
    const claims = definition.limits?.(caller, origin) ?? [];
    if (claims.length > 0) await takeFrom(ctx, rateLimits, claims, access.audited?.(caller));
    access.admit?.(ctx, caller);
    const request = {
      caller,
      origin,
      params: (params && readParams(params, given)) as z.output<Params>,
      precondition: readPrecondition(ctx.get('If-Match'), definition.needsPrecondition === true),
      query: (query && readQuery(ctx, query)) as z.output<Query>,
      body: (body && (await readInput(ctx, body, bodyLimitBytes))) as z.output<Body>,
    };
    const reply = await definition.handle(request).catch((error: unknown) => {
      throw access.refusal?.(ctx, error) ?? error;
    });
    if (definition.needsPrecondition && !request.precondition.checked)
      throw new Error(`${method} ${path} has not checked the edition that the change is for`);
    sendReply(ctx, { ...reply, body: output?.parse(reply.body) }, definition.produces);
  }
}

/** Takes a point from each budget. Throws 429, and writes down with which request the budget ran out: not every one that is refused. */
export async function takeFrom(
  ctx: Context,
  rateLimits: RouteDependencies['rateLimits'],
  claims: readonly Claim[],
  who: AuditedCaller | undefined,
): Promise<void> {
  const decision = await rateLimits.take(claims);
  const unit = currentUnit();
  if (decision.first && decision.refusedBy !== undefined && unit !== undefined) {
    addPendingEvent(unit, {
      type: 'rate_limit.exceeded',
      outcome: 'failure',
      ...who,
      details: { limit: decision.refusedBy.limit.name },
    });
    await unit.commit();
  }
  enforceLimits(ctx, decision);
}

/** Answers, or says that the reader has the edition already. */
export function sendReply(
  ctx: Context,
  { status, body, etag, headers }: RouteReply<unknown>,
  produces?: string,
): void {
  if (body === undefined) ctx.status = status ?? 204;
  else {
    ctx.status = status ?? 200;
    ctx.body = typeof body === 'string' ? body : JSON.stringify(body);
    ctx.type = produces ?? 'application/json';
  }
  if (headers !== undefined) ctx.set({ ...headers });
  if (etag === undefined) return;
  ctx.set('ETag', `"${etag}"`);
  if ((ctx.method === 'GET' || ctx.method === 'HEAD') && isUnchanged(ctx.get('If-None-Match'), etag))
    ctx.status = 304;
}
