/**
 * The edge for programs: what is asked and answered in JSON, with tokens and without cookies. This folder owns how a route is
 * declared (`route.ts`), who may call it, and the form of every answer, errors included (RFC 9457). It leaves what a token is
 * good for to `oidc`, and what is done to whoever declares the route.
 */
import type { StatusLists } from '../../oidc/status-lists.ts';
import { type AdminRoutesDependencies, adminRoutes } from './admin/index.ts';
import { type ClientRegistrationRouteDependencies, clientRegistrationRoutes } from './client-registration.ts';
import type { ApiRoute } from './route.ts';
import { type ApiRouter, type ApiRouterDependencies, createApiRouter } from './router.ts';
import { type SessionRouteDependencies, sessionRoutes } from './session.ts';
import { statusListRoutes } from './status-lists.ts';

export interface ApiDependencies
  extends ApiRouterDependencies,
    SessionRouteDependencies,
    Omit<AdminRoutesDependencies, 'limits'>,
    Omit<ClientRegistrationRouteDependencies, 'limits'> {
  readonly limits: AdminRoutesDependencies['limits'] & ClientRegistrationRouteDependencies['limits'];
  readonly statusLists: StatusLists;
}

/** Every route of it. */
export const apiRoutes = (deps: ApiDependencies): ApiRoute[] => [
  ...sessionRoutes(deps),
  ...statusListRoutes(deps),
  ...adminRoutes(deps),
  ...clientRegistrationRoutes(deps),
];

export const createApi = (deps: ApiDependencies): ApiRouter => createApiRouter(apiRoutes(deps), deps);
