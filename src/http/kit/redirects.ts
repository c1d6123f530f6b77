import type { Context } from 'koa';
import type { Interaction } from '../../oidc/interactions.ts';

/** 303, so that no browser sends the password on to where it is redirected (RFC 9700, section 4.12). */
export function seeOther(ctx: Context, location: string): void {
  ctx.status = 303;
  ctx.redirect(location);
}

/** The pages of one sign-in. */
export const signInPath = ({ uid }: Interaction): string => `/sign-in/${uid}`;

/** This browser continues where the request does that ended the sign-in, e.g. the other of a double submit. */
export const resume = (ctx: Context, { library }: Interaction): void =>
  seeOther(ctx, new URL(library.returnTo).pathname);
