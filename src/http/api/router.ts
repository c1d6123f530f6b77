import type { Context, Middleware } from 'koa';
import { badRequest } from '../../kernel/errors.ts';
import { type ErrorReport, statusError } from '../kit/known-errors.ts';
import { answerPreflight } from './cross-origin.ts';
import { renderProblems } from './problems.ts';
import type { ApiRoute, RouteDependencies } from './route.ts';

export interface ApiRouterDependencies extends RouteDependencies {
  /** Opens the request's unit of work and commits it before the answer leaves. */
  readonly unit: Middleware;
  readonly report: ErrorReport;
}

/**
 * The edge for programs. Everything below the first part of one of its paths is its own: JSON and problems, never a page, a cookie
 * or a form's token. What is not its own goes on to whoever is behind it.
 *
 * `Accept` is not judged (RFC 9110, section 12.5.1, leaves that open): there is one representation of everything, and a refusal
 * would tell a client less than the answer.
 */
export interface ApiRouter {
  /** Stands before everything that may refuse a request of these addresses: renders what is thrown there as a problem. */
  readonly problems: Middleware;
  readonly answer: Middleware;
}

/** Throws where two routes are the same, or one is written wrongly. */
export function createApiRouter(routes: readonly ApiRoute[], deps: ApiRouterDependencies): ApiRouter {
  const paths = compile(routes);
  const render = renderProblems(deps.report);
  const ofPath = (path: string) => paths.get(path.split('/', 2)[1] ?? '');
  return {
    problems: (ctx, next) => (ofPath(ctx.path) === undefined ? next() : render(ctx, next)),
    answer: (ctx, next) => {
      const candidates = ofPath(ctx.path);
      return candidates === undefined ? next() : dispatch(ctx, candidates, deps);
    },
  };
}

/** An address and what answers at it, by method. */
interface ApiPath {
  /** A word, or `:` and the name of a parameter. */
  readonly segments: readonly string[];
  readonly methods: Map<string, ApiRoute>;
}

const PATH = /^\/[a-z][a-z0-9-]*(?:\/(?:[a-z][a-z0-9-]*(?:\.[a-z]+)?|:[a-z][A-Za-z0-9]*))*$/u;

/** The paths by their first part; of those that could both fit, the one with a word comes before the one with a parameter. */
function compile(routes: readonly ApiRoute[]): Map<string, ApiPath[]> {
  const byPath = new Map<string, ApiPath>();
  for (const route of routes) {
    const { path, method } = route;
    if (!PATH.test(path)) throw new Error(`${path} is no path of a route`);
    const shape = path.replace(/:[^/]+/gu, ':');
    const known = byPath.get(shape) ?? { segments: path.slice(1).split('/'), methods: new Map() };
    if (known.segments.join('/') !== path.slice(1))
      throw new Error(`${path} names its parameters differently elsewhere`);
    if (known.methods.has(method)) throw new Error(`${method} ${path} is declared twice`);
    known.methods.set(method, route);
    byPath.set(shape, known);
  }
  // '~' sorts behind every character of a word.
  const rank = ({ segments }: ApiPath) =>
    segments.map((each) => (each.startsWith(':') ? '~' : each)).join('/');
  const sorted = [...byPath.values()].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  return Map.groupBy(sorted, ({ segments }) => segments[0] as string);
}

async function dispatch(
  ctx: Context,
  candidates: readonly ApiPath[],
  deps: ApiRouterDependencies,
): Promise<void> {
  ctx.set('Cache-Control', 'no-store');
  const parts = ctx.path.slice(1).split('/');
  const found = candidates.find(({ segments }) => fits(segments, parts));
  if (found === undefined) throw statusError(404);
  const { methods, segments } = found;
  if (ctx.method === 'OPTIONS') return describeOptions(ctx, methods);
  const route = methods.get(ctx.method === 'HEAD' ? 'GET' : ctx.method);
  if (route === undefined) {
    ctx.set('Allow', allowed(methods));
    throw statusError(405);
  }
  const params = paramsOf(segments, parts);
  if (route.outsideUnit) return route.answer(ctx, params, deps);
  await deps.unit(ctx, () => route.answer(ctx, params, deps));
}

const fits = (segments: readonly string[], parts: readonly string[]): boolean =>
  segments.length === parts.length &&
  segments.every((segment, index) =>
    segment.startsWith(':') ? parts[index] !== '' : segment === parts[index],
  );

function paramsOf(segments: readonly string[], parts: readonly string[]): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    if (segment.startsWith(':')) params[segment.slice(1)] = decoded(parts[index] ?? '');
  }
  return params;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw badRequest('bad_request', 'The address is malformed.', cause);
  }
}

/** RFC 9110, section 9.3.7, and the preflight of a page of another origin. */
function describeOptions(ctx: Context, methods: ApiPath['methods']): void {
  ctx.status = 204;
  ctx.set('Allow', allowed(methods));
  const open = [...methods.values()].filter(({ crossOrigin }) => crossOrigin);
  if (open.length > 0)
    answerPreflight(
      ctx,
      open.map(({ method }) => method),
    );
}

const allowed = (methods: ApiPath['methods']): string =>
  [...methods.keys()]
    .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    .concat('OPTIONS')
    .join(', ');
