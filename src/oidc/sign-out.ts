import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { isFirstParty } from './client-traits.ts';

/**
 * Sign-outs that applications ask for (OpenID Connect RP-Initiated Logout 1.0), as far as the library leaves them to us: when the
 * person is not asked, and where a browser goes whose question was answered already.
 */

/** What decides whether a person is asked. */
export interface SignOutRequest {
  readonly method: string;
  readonly header: (name: string) => string;
  readonly firstParty: boolean;
  readonly clientId: string | undefined;
  /** The claims of the hint, which was verified but for its expiry; undefined where there is none. */
  readonly hint: { readonly sub?: unknown; readonly sid?: unknown } | undefined;
  /** What clients know the person of the session by (`sub`); undefined where nobody is signed in. */
  readonly subject: string | undefined;
  /** The clients of the session, each with its `sid`. */
  readonly authorizations: Readonly<Record<string, { readonly sid?: string | undefined }>> | undefined;
}

/**
 * Whether a person is signed out without being asked: RP-Initiated Logout, section 2, asks to confirm only where the request
 * does not show that it is theirs. It does where an application of the organisation itself shows an ID token of this very
 * session, in which it still is, and the browser says that the person is being led here, in the foreground (W3C Fetch Metadata):
 * no picture, frame, script or prefetch of another page signs anybody out. A browser that does not say so is asked. Pure.
 */
export function leavesUnasked(request: SignOutRequest): boolean {
  const { method, header, firstParty, clientId, hint, subject, authorizations } = request;
  const isLedHere =
    method === 'GET' &&
    header('Sec-Fetch-Mode') === 'navigate' &&
    header('Sec-Fetch-Dest') === 'document' &&
    header('Sec-Purpose') === '' &&
    header('Purpose') === '';
  if (!isLedHere || !firstParty || clientId === undefined || hint === undefined) return false;
  if (authorizations === undefined || !Object.hasOwn(authorizations, clientId)) return false;
  const sid = authorizations[clientId]?.sid;
  return subject !== undefined && hint.sub === subject && sid !== undefined && hint.sid === sid;
}

/** The same of the request that the library is answering. `subjectOf` says what clients know an account by. */
export async function isUnasked(
  ctx: KoaContextWithOIDC,
  subjectOf: (ctx: KoaContextWithOIDC, accountId: string) => Promise<string>,
): Promise<boolean> {
  const { client, session, entities } = ctx.oidc;
  const accountId = session?.accountId;
  return leavesUnasked({
    method: ctx.method,
    header: (name) => ctx.get(name),
    firstParty: isFirstParty(client),
    clientId: client?.clientId,
    hint: (entities.IdTokenHint as { payload?: Record<string, unknown> } | undefined)?.payload,
    subject: accountId === undefined ? undefined : await subjectOf(ctx, accountId),
    authorizations: session?.authorizations as SignOutRequest['authorizations'],
  });
}

/**
 * Ends the session of the request, as the library does once the person has confirmed, and sends the browser on: to the
 * client's address where it gave one, which the library has compared with the registered ones, with its `state`.
 */
export async function signOutNow(
  ctx: KoaContextWithOIDC,
  cookie: NonNullable<Parameters<KoaContextWithOIDC['cookies']['set']>[2]>,
): Promise<void> {
  const { provider, session, params } = ctx.oidc;
  if (session === undefined) throw new Error('a sign-out without a session');
  await session.destroy();
  ctx.cookies.set(provider.cookieName('session'), null, cookie);
  const back = params?.post_logout_redirect_uri;
  const url = new URL(typeof back === 'string' ? back : ctx.oidc.urlFor('end_session_success'));
  if (typeof back === 'string' && typeof params?.state === 'string')
    url.searchParams.set('state', params.state);
  provider.emit('end_session.success', ctx);
  ctx.status = 303;
  ctx.redirect(url.href);
}

/**
 * What the form of a sign-out carries beside the library's own fields: where the browser goes when it is submitted once more
 * after it has done its work, which is all that a second click means.
 */
export const AGAIN_FIELD = 'again';

/** The same request, which finds out what is left to be done. */
export function signOutAgain({ oidc }: KoaContextWithOIDC): string {
  const params = Object.entries(oidc.params ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return `${new URL(oidc.urlFor('end_session')).pathname}?${new URLSearchParams([...params, [AGAIN, '1']])}`;
}

/** Marks a request that was made anew: its page waits for a click, or one without cookies would go round for ever. */
const AGAIN = 'again';
export const isAgain = (ctx: KoaContextWithOIDC): boolean => ctx.query[AGAIN] !== undefined;

/** Paths of ours, and of no others, wherever the form came from. */
const WAYS = /^\/(?:logout\?[\w.~%+&=*-]*|authorize\/[\w-]+)$/u;

/** Where a form leads that was submitted already; undefined where it does not say, or leads elsewhere than to a way of ours. */
export function wayAgain({ oidc }: KoaContextWithOIDC): string | undefined {
  const way = (oidc.body as Record<string, unknown> | undefined)?.[AGAIN_FIELD];
  return typeof way === 'string' && WAYS.test(way) ? way : undefined;
}

/**
 * What a refused confirmation means where it is no mistake: the form was submitted before. Whoever is not signed in any more goes
 * where the first click leads; whoever has said that they stay signed in, to their own page. Undefined where it is one: the
 * form was open while another page asked the same, or is forged. Undefined as well where a fault of ours has refused it, or nobody
 * could say whose session it is: then nobody is told that they are signed out.
 */
export function afterSecondClick(ctx: KoaContextWithOIDC, error: Error): string | undefined {
  const { session, body } = ctx.oidc;
  if (!(error instanceof errors.InvalidRequest) || session === undefined) return undefined;
  if (session.accountId === undefined) {
    return wayAgain(ctx) ?? new URL(ctx.oidc.urlFor('end_session_success')).pathname;
  }
  const declines = (body as Record<string, unknown> | undefined)?.logout === undefined;
  return declines && session.state === undefined ? '/account' : undefined;
}
