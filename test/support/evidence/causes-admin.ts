import { ACTS } from '../../../src/administration/index.ts';
import { routePath } from '../../../src/http/api/admin/act-route.ts';
import { facesOf } from '../../../src/http/api/admin/face.ts';
import { ACT_CAUSES, type Causes } from './causes.ts';

/** What each route of the API of administration may write: what its act may. */
export const ADMIN_ROUTE_CAUSES: Readonly<Record<string, Causes>> = Object.fromEntries(
  ACTS.flatMap((act) =>
    facesOf(act).flatMap((face) => {
      const causes = ACT_CAUSES[act.name];
      return causes === undefined ? [] : [[`${face.method} ${routePath(face)}`, causes]];
    }),
  ),
);
