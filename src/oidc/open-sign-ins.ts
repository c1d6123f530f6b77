import type { KoaContextWithOIDC, Provider } from 'oidc-provider';

/**
 * Bounds the cookies of sign-ins in one browser. Each sign-in has cookies of its own, bound to its paths, which the library sets
 * and no other request carries; a browser that holds too many of a site drops some, the session's among them. So an index
 * at the authorization endpoint lists them, and the oldest are taken back. A browser that begins several at the same moment
 * may lose one from the index; its cookies then go with their age.
 */

/** Sign-ins that are under way, oldest first; and those that have ended, whose pages still say so. */
export interface SignInsOfBrowser {
  readonly open: readonly string[];
  readonly past: readonly string[];
}

/** How many of each keep their cookies. With everything else that we set, below 4 KB (test/flows/sign-in-cookies.test.ts). */
export const MOST_SIGN_INS = 5;

const UID = /^[\w-]{10,64}$/u;

/** From the value of the index; what is no list of ours is empty. */
export function readSignIns(value: string | undefined): SignInsOfBrowser {
  const [open = '', past = ''] = (value ?? '').split('~');
  const uids = (text: string) =>
    text
      .split('.')
      .filter((uid) => UID.test(uid))
      .slice(-MOST_SIGN_INS);
  return { open: uids(open), past: uids(past) };
}

export const writeSignIns = ({ open, past }: SignInsOfBrowser): string =>
  past.length === 0 ? open.join('.') : `${open.join('.')}~${past.join('.')}`;

/** What there is after one has ended, or begun, or both; `dropped` lose their cookies. Pure. */
export function afterSignIn(
  before: SignInsOfBrowser,
  { started, ended }: { readonly started?: string | undefined; readonly ended?: string | undefined },
): SignInsOfBrowser & { readonly dropped: readonly string[] } {
  const others = (uids: readonly string[]) => uids.filter((uid) => uid !== started && uid !== ended);
  const open = [...others(before.open), ...(started === undefined ? [] : [started])];
  const past = [...others(before.past), ...(ended === undefined ? [] : [ended])];
  return {
    open: open.slice(-MOST_SIGN_INS),
    past: past.slice(-MOST_SIGN_INS),
    dropped: [...open.slice(0, -MOST_SIGN_INS), ...past.slice(0, -MOST_SIGN_INS)],
  };
}

export interface SignInCookies {
  /** The name of the index. */
  readonly name: string;
  /** Where it is needed: the path of the endpoint at which the request's sign-in begins and ends. */
  readonly pathOf: (ctx: KoaContextWithOIDC) => string;
  readonly secure: boolean;
}

/** Keeps the index while the library begins and ends sign-ins. */
export function boundOpenSignIns(provider: Provider, { name, pathOf, secure }: SignInCookies): void {
  const changes = new WeakMap<KoaContextWithOIDC, { started?: string; ended?: string }>();
  const note = (ctx: KoaContextWithOIDC, change: { started?: string; ended?: string }) =>
    changes.set(ctx, { ...changes.get(ctx), ...change });
  const uidOf = ({ oidc }: KoaContextWithOIDC) => oidc.entities.Interaction?.uid ?? '';

  provider.on('interaction.started', (ctx) => note(ctx, { started: uidOf(ctx) }));
  provider.on('interaction.ended', (ctx) => note(ctx, { ended: uidOf(ctx) }));
  // One that ends with an error is over, too.
  const isOver = ({ oidc: { route, entities } }: KoaContextWithOIDC) =>
    (route === 'resume' || route === 'device_resume') && entities.Interaction?.result?.error !== undefined;

  const options = { signed: true, httpOnly: true, sameSite: 'lax', secure } as const;
  // Not `overwrite`: that goes by the name alone, and the library has set another cookie of the same for another path.
  const remove = (ctx: KoaContextWithOIDC, cookie: 'interaction' | 'resume', at: string) =>
    ctx.cookies.set(provider.cookieName(cookie), null, { ...options, path: at });

  provider.use(async (ctx, next) => {
    await next();
    const context = ctx as KoaContextWithOIDC;
    if (context.oidc !== undefined && isOver(context)) note(context, { ended: uidOf(context) });
    const change = changes.get(context);
    if (change === undefined) return;
    const path = pathOf(context);
    const before = readSignIns(ctx.cookies.get(name, { signed: true }));
    const { dropped, ...after } = afterSignIn(before, change);
    for (const uid of dropped) remove(context, 'interaction', `/sign-in/${uid}`);
    for (const uid of [...dropped, ...(change.ended === undefined ? [] : [change.ended])]) {
      remove(context, 'resume', `${path}/${uid}`);
    }
    ctx.cookies.set(name, writeSignIns(after), { ...options, path, overwrite: true });
  });
}
