import { z } from 'zod';
import { GatehouseError } from '../../kernel/errors.ts';
import type { StatusLists } from '../../oidc/status-lists.ts';
import { parseList, STATUS_LISTS_PATH } from '../../oidc/status-reference.ts';
import { statusError } from '../kit/known-errors.ts';
import { PUBLIC } from './access.ts';
import { type ApiRoute, defineRoute } from './route.ts';

const listParams = z.object({
  list: z.string().transform(parseList).pipe(z.number()),
});

/**
 * The lists on which services look whether a token was taken back (Token Status List, section 8.1), and the list of these lists
 * (section 9). Public and the same for everybody: nobody learns from them whose a token is.
 */
export function statusListRoutes({ statusLists }: { readonly statusLists: StatusLists }): ApiRoute[] {
  const headers = {
    'Access-Control-Allow-Origin': '*',
    'Cache-Control': `public, max-age=${statusLists.ttlSeconds}`,
  };
  return [
    defineRoute({
      method: 'GET',
      path: STATUS_LISTS_PATH,
      access: PUBLIC,
      outsideUnit: true,
      output: z.object({ status_lists: z.array(z.string()) }),
      handle: async () => ({ body: { status_lists: await statusLists.uris() }, headers }),
    }),
    defineRoute({
      method: 'GET',
      path: `${STATUS_LISTS_PATH}/:list`,
      access: PUBLIC,
      outsideUnit: true,
      params: listParams,
      query: z.object({ time: z.unknown().optional() }),
      output: z.string(),
      produces: 'application/statuslist+jwt',
      async handle({ params, query }) {
        if (query.time !== undefined) throw withoutHistory();
        const signed = await statusLists.find(params.list);
        if (signed === undefined) throw statusError(404);
        return { body: signed.token, etag: signed.tag, headers };
      },
    }),
  ];
}

/** Section 8.4 lets a service ask for the past; it would tell anybody for how long somebody's tokens were good. */
const withoutHistory = () =>
  new GatehouseError('not_implemented', { status: 501, message: 'Only the present state is told.' });
