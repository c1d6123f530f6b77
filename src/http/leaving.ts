import type { Context } from 'koa';
import { epochSeconds } from '../kernel/clock.ts';
import type { Interaction, Interactions } from '../oidc/interactions.ts';
import type { Step } from '../sign-in/attempt.ts';

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

/**
 * Sends the browser on from a sign-in: back to the provider, who is told what became of it, once it is complete; otherwise to
 * the page of the next step.
 */
export async function leave(
  ctx: Context,
  interactions: Interactions,
  interaction: Interaction,
  step: Step,
): Promise<void> {
  if (step.kind === 'done') {
    const { accountId, acr, amr, provenAt } = step;
    const login = { accountId, acr, amr: [...amr], ts: epochSeconds(provenAt) };
    return seeOther(ctx, await interactions.finish(interaction, { login }));
  }
  if (step.kind === 'impossible') {
    const result = { error: step.error, error_description: 'the requested sign-in is not possible' };
    return seeOther(ctx, await interactions.finish(interaction, result));
  }
  seeOther(ctx, signInPath(interaction));
}
