import type { Context } from 'koa';
import { OWN_PAGES, type OwnPage } from '../../oidc/own-pages.ts';
import type { Csrf } from './csrf.ts';

/** The way from one person to the next at a workstation that people share: a button on every page where somebody is known. */
export interface SwitchPerson {
  readonly action: string;
  readonly csrfToken: string;
  /** Of our own pages, the one to come back to. */
  readonly page?: OwnPage;
}

const PURPOSE = 'switch-person';

/** Has the page of this request offer it; the browser's interaction or session is what the form is bound to. */
export function offerSwitch(ctx: Context, csrf: Csrf, binding: string, way: Omit<SwitchPerson, 'csrfToken'>) {
  ctx.state.switchPerson = { ...way, csrfToken: csrf.token(PURPOSE, binding) } satisfies SwitchPerson;
}

/** What {@link offerSwitch} has left for the page. */
export const offeredSwitch = (ctx: Context): SwitchPerson | undefined =>
  (ctx.state as { switchPerson?: SwitchPerson }).switchPerson;

/** Throws `csrf_invalid` (403) where the form is not from a page with such a button, in this browser. */
export const verifySwitch = (ctx: Context, csrf: Csrf, binding: string, token: string): void =>
  csrf.verify(ctx, PURPOSE, binding, token);

/** Which of our own pages a sign-in can come back to from a path: the nearest, and the account page from anywhere else. */
export function ownPageOf(path: string): OwnPage {
  const above = OWN_PAGES.filter((page) => path === page || path.startsWith(`${page}/`));
  return above.toSorted((one, other) => other.length - one.length)[0] ?? '/account';
}
