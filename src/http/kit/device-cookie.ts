import type { Context } from 'koa';
import { COOKIE_AGE_MS, isDeviceId } from '../../domain/devices/policy.ts';
import type { CookieKeys } from '../../oidc/cookies.ts';

/**
 * The cookie by which a browser is known again. It is no session and proves nothing about the person who uses it; it is signed so
 * that what others made up is not looked for.
 */
export interface DeviceCookie {
  /**
   * The browser's id; undefined where there is none of ours. One that was signed with an older key of `COOKIE_KEYS` is kept
   * for another year under the current one.
   */
  read(ctx: Context): string | undefined;
  /** Keeps the id for another year. */
  write(ctx: Context, id: string): void;
}

export function createDeviceCookie({
  https,
  keys,
}: {
  https: boolean;
  /** The keys that the application signs with; here `index` says which of them made a signature. */
  keys: CookieKeys;
}): DeviceCookie {
  // For the whole site, so it can carry the prefix (RFC 6265bis, section 4.1.3.2).
  const name = `${https ? '__Host-' : ''}gatehouse_device`;
  const write = (ctx: Context, id: string) =>
    void ctx.cookies.set(name, id, {
      signed: true,
      httpOnly: true,
      sameSite: 'lax',
      secure: https,
      path: '/',
      maxAge: COOKIE_AGE_MS,
      overwrite: true,
    });
  return {
    write,
    read(ctx) {
      const id = ctx.cookies.get(name, { signed: true });
      if (id === undefined || !isDeviceId(id)) return undefined;
      const signature = ctx.cookies.get(`${name}.sig`, { signed: false }) ?? '';
      if (keys.index(`${name}=${id}`, signature) > 0) write(ctx, id);
      return id;
    },
  };
}
