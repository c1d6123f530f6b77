import type Router from '@koa/router';
import type { Context } from 'koa';
import { GatehouseError } from '../../kernel/errors.ts';
import type { StatusLists } from '../../oidc/status-lists.ts';
import { parseList, STATUS_LISTS_PATH } from '../../oidc/status-reference.ts';

/**
 * The lists on which services look whether a token was taken back (Token Status List, section 8.1), and the list of these lists
 * (section 9). Public and the same for everybody: nobody learns from them whose a token is.
 */
export function statusListRoutes(router: Router, { statusLists }: { statusLists: StatusLists }): void {
  const share = (ctx: Context) => {
    ctx.set('Access-Control-Allow-Origin', '*');
    ctx.set('Cache-Control', `public, max-age=${statusLists.ttlSeconds}`);
  };

  router.get(STATUS_LISTS_PATH, async (ctx) => {
    ctx.body = { status_lists: await statusLists.uris() };
    share(ctx);
  });

  router.get(`${STATUS_LISTS_PATH}/:list`, async (ctx) => {
    if (ctx.query.time !== undefined) throw withoutHistory();
    const list = parseList(String(ctx.params.list));
    const signed = list === undefined ? undefined : await statusLists.find(list);
    if (signed === undefined) return;
    ctx.body = signed.token;
    ctx.type = 'application/statuslist+jwt';
    ctx.set('ETag', `"${signed.tag}"`);
    share(ctx);
    if (isKnown(ctx.get('If-None-Match'), signed.tag)) ctx.status = 304;
  });
}

/**
 * RFC 9110, section 13.1.2. Koa's own `fresh` never confirms a copy to a request with `Cache-Control: no-cache`, which every
 * `fetch` adds that is given a condition by hand.
 */
const isKnown = (condition: string, tag: string): boolean =>
  condition.split(',').some((each) => each.trim().replace(/^W\//u, '') === `"${tag}"`);

/** Section 8.4 lets a service ask for the past; it would tell anybody for how long somebody's tokens were good. */
const withoutHistory = () =>
  new GatehouseError('not_implemented', { status: 501, message: 'Only the present state is told.' });
