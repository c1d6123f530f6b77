import type { Context, Middleware } from 'koa';
import { GatehouseError } from '../kernel/errors.ts';
import type { ActiveProvider } from './active-provider.ts';
import { DEVICE_PATH } from './device-endpoints.ts';
import { ROUTES } from './provider.ts';

const RESUMING = new RegExp(`^(?:${ROUTES.authorization}|${DEVICE_PATH})/([\\w-]+)$`);

/** Below it the library takes whatever is there for the id of an interaction. */
const RESUMING_AT = new RegExp(`^(?:${ROUTES.authorization}|${DEVICE_PATH})/`);

/** The interaction to which the request returns, if it does. */
export const resumedBy = ({ path }: Pick<Context, 'path'>): string | undefined => RESUMING.exec(path)?.[1];

/**
 * Whether the address is spelt as discovery has it. The library finds its endpoints in capital letters, too, and what has to stand
 * before one (a limit, this guard) goes by its path.
 */
export const isSpelt = ({ path }: Pick<Context, 'path'>): boolean =>
  RESUMING.test(path) || (path === path.toLowerCase() && !RESUMING_AT.test(path));

/** How a browser says that another site has sent it here (W3C Fetch Metadata); `none` is a person, by hand. */
const ELSEWHERE: ReadonlySet<string> = new Set(['same-site', 'cross-site']);

/**
 * Refuses to make a session of a sign-in that is complete for a browser that another site has sent here. The cookies of a
 * sign-in are bound to its path, so they cannot carry `__Host-`, and a hostile neighbour on a sibling domain can plant those
 * of a sign-in of its own: without this, it would sign people in as somebody else (login CSRF; OWASP ASVS 7.6.2). Our own
 * pages come from this origin. Where a session is carried over in one chain of redirects from an application, the session's
 * cookie, which nobody can plant, has the same person. A browser without these headers is let through.
 */
export function guardResume(active: ActiveProvider): Middleware {
  return async (ctx, next) => {
    const uid = resumedBy(ctx);
    if (uid !== undefined && ELSEWHERE.has(ctx.get('Sec-Fetch-Site')))
      await refuseStrangers(ctx, uid, active);
    await next();
  };
}

async function refuseStrangers(ctx: Context, uid: string, { current }: ActiveProvider): Promise<void> {
  // The library goes by the cookie, whose path a neighbour chooses, and not by the address.
  const planted = ctx.cookies.get(current.cookieName('resume'), { signed: true });
  const interaction = await current.Interaction.find(planted ?? uid);
  const signedIn = (interaction?.result as { login?: { accountId?: string } } | undefined)?.login?.accountId;
  if (signedIn === undefined) return;
  const session = await current.Session.get(ctx);
  if (session.accountId === signedIn) return;
  throw new GatehouseError('foreign_interaction', {
    status: 400,
    message: 'This sign-in was started in another browser, or its cookie is gone.',
  });
}
