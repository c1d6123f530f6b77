import type Router from '@koa/router';
import { GatehouseError } from '../../kernel/errors.ts';
import { ROUTES } from '../../oidc/provider.ts';
import { readParameters } from '../kit/form.ts';
import { seeOther } from '../kit/redirects.ts';

export interface PostedRequestDependencies {
  readonly bodyLimitBytes: number;
}

/** What a browser can carry on in an address, with room for the rest of the request line below the server's limit. */
const MAX_QUERY = 8_000;

/**
 * Authorization and sign-out requests may come by POST (OpenID Connect Core, section 3.1.2.1; RP-Initiated Logout,
 * section 2). A POST from another site carries none of our cookies, because they are `SameSite=Lax`: the person would
 * look signed out. So the same request is asked again as a GET, which the browser makes with them. Parameters travel as
 * they came, repeated ones included: the provider judges them.
 */
export function postedRequestRoutes(router: Router, { bodyLimitBytes }: PostedRequestDependencies): void {
  for (const path of [ROUTES.authorization, ROUTES.end_session]) {
    router.post(path, async (ctx) => {
      const query = (await readParameters(ctx, bodyLimitBytes)).toString();
      if (query.length > MAX_QUERY) {
        throw new GatehouseError('invalid_request', { status: 413, message: 'This request is too large.' });
      }
      seeOther(ctx, `${path}?${query}`);
    });
  }
}
