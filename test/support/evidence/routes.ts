import { ADMIN_ROUTE_CAUSES } from './causes-admin.ts';
import { ROUTE_CAUSES } from './causes-routes.ts';

/** A word of a pattern is itself, a parameter (`:uid`) is anything; those with more words come first. */
const PATTERNS = Object.keys({ ...ROUTE_CAUSES, ...ADMIN_ROUTE_CAUSES })
  .sort((one, other) => words(one) - words(other))
  .map((route) => ({ route, matches: new RegExp(`^${route.replaceAll(/:\w+/gu, '[^/]+')}$`, 'u') }));

function words(route: string): number {
  return route.split('/').filter((word) => word.startsWith(':')).length;
}

/** The route of a request: method and pattern of its path; where none is known, method and path as they are. */
export function patternOf(method: string, url: string): string {
  const request = `${method === 'HEAD' ? 'GET' : method} ${url.split('?')[0]}`;
  return PATTERNS.find(({ matches }) => matches.test(request))?.route ?? request;
}
