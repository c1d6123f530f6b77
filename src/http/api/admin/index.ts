/**
 * The API of administration: the acts of `administration`, over HTTP. This folder owns how a request becomes the input of an act, and
 * how its answer and its refusals become a response; what there is and who may do it, the definitions of the acts say. Nothing here
 * knows a single act.
 */
import { z } from 'zod';
import { sha256 } from '../../../kernel/crypto.ts';
import { PUBLIC } from '../access.ts';
import { type ApiRoute, defineRoute } from '../route.ts';
import { type ActRouteDependencies, ADMIN_API, actRoute } from './act-route.ts';
import { type FacedAct, facesOf } from './face.ts';
import { openApiDocument } from './openapi.ts';

export interface AdminRoutesDependencies extends ActRouteDependencies {
  readonly acts: readonly FacedAct[];
  /** Of Gatehouse. */
  readonly version: string;
}

/** A route for each face of each act, and the description of all of them. */
export const adminRoutes = (deps: AdminRoutesDependencies): ApiRoute[] => [
  ...descriptionRoutes(deps),
  ...deps.acts.flatMap((act) => facesOf(act).map((face) => actRoute(act, face, deps))),
];

/** Public: it says what there is, and nothing of anybody. */
function descriptionRoutes({ acts, issuer, version }: AdminRoutesDependencies): ApiRoute[] {
  let made: { readonly text: string; readonly etag: string } | undefined;
  const make = () => {
    const text = JSON.stringify(openApiDocument(acts, { issuer, version }));
    return { text, etag: sha256(text).toString('base64url').slice(0, 16) };
  };
  const description = defineRoute({
    method: 'GET',
    path: `${ADMIN_API}/openapi.json`,
    access: PUBLIC,
    outsideUnit: true,
    output: z.string(),
    produces: 'application/json',
    async handle() {
      // When somebody asks: most processes are never asked.
      made ??= make();
      const { text, etag } = made;
      return { body: text, etag, headers: { 'Cache-Control': 'public, max-age=300' } };
    },
  });
  return [description];
}
