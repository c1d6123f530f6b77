import type { Context } from 'koa';
import { type Clock, epochSeconds } from '../../kernel/clock.ts';
import type { Interaction, Interactions } from '../../oidc/interactions.ts';
import { type Attempt, isByTemporaryCode } from '../../sign-in/attempt.ts';
import type { End } from '../../sign-in/next-step.ts';
import type { Answer, SignInRequest } from '../../sign-in/request.ts';
import { requestUnit } from '../../storage/unit-of-work.ts';
import { originOf } from '../kit/context.ts';
import type { DeviceCookie } from '../kit/device-cookie.ts';
import { resume, seeOther, signInPath } from '../kit/redirects.ts';

export interface SignInEdge {
  readonly interactions: Interactions;
  readonly deviceCookie: DeviceCookie;
}

/** What `sign-in` needs to know of a browser's request. */
export function signInRequest(
  ctx: Context,
  { interactions, deviceCookie }: SignInEdge,
  interaction: Interaction,
): SignInRequest {
  const { uid, client, demands, session, sessionUid, shared, expiresAt } = interaction;
  return {
    uid,
    client,
    demands,
    session,
    sessionUid,
    expiresAt,
    deviceId: shared === undefined ? deviceCookie.read(ctx) : undefined,
    shared,
    address: ctx.ip,
    userAgent: originOf(ctx).userAgent,
    unit: requestUnit(),
    finishInteraction: (step, attempt) => interactions.finish(interaction, resultOf(step, attempt)),
  };
}

function resultOf(step: End, attempt: Attempt | undefined) {
  if (step.kind === 'impossible') {
    return { error: step.error, error_description: 'the requested sign-in is not possible' };
  }
  const { accountId, acr, amr, provenAt, ending } = step;
  return {
    login: { accountId, acr, amr: [...amr], ts: epochSeconds(provenAt) },
    accessEpoch: attempt?.accessEpoch ?? 0,
    byTemporaryCode: attempt !== undefined && isByTemporaryCode(attempt),
    ...(ending.length === 0 ? {} : { ending: { sessions: [...ending] } }),
  };
}

/** Where the browser goes upon an answer; a refusal is for the page that was posted from to show. */
export function redirectToNext(
  ctx: Context,
  { deviceCookie }: Pick<SignInEdge, 'deviceCookie'>,
  interaction: Interaction,
  answer: Exclude<Answer, { kind: 'refused' }> | undefined,
): void {
  // At another step by now: the sign-in's own page knows which.
  if (answer === undefined || answer.kind === 'goes_on' || answer.kind === 'overtaken') {
    seeOther(ctx, signInPath(interaction));
  } else if (answer.kind === 'ended_elsewhere') resume(ctx, interaction);
  else {
    if (answer.deviceId !== undefined) deviceCookie.write(ctx, answer.deviceId);
    seeOther(ctx, answer.location);
  }
}

/** Tells a program, and the page, when to come back. */
export function retrySeconds(
  ctx: Context,
  retryAt: Date | undefined,
  clock: Clock,
): { retryAfterSeconds?: number } {
  if (retryAt === undefined) return {};
  const seconds = Math.max(1, Math.ceil((retryAt.getTime() - clock.now().getTime()) / 1000));
  ctx.set('Retry-After', String(seconds));
  return { retryAfterSeconds: seconds };
}
