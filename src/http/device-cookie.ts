import type { Context } from 'koa';
import { COOKIE_AGE_MS, isDeviceId } from '../domain/devices/policy.ts';

/**
 * The cookie by which a browser is known again. It is no session and proves nothing about who sits there; it is signed so
 * that what others made up is not looked for.
 */
export interface DeviceCookie {
  /** The browser's id; undefined where there is none of ours. */
  read(ctx: Context): string | undefined;
  /** Keeps the id for another year. */
  write(ctx: Context, id: string): void;
}

export function createDeviceCookie({ https }: { https: boolean }): DeviceCookie {
  // For the whole site, so it can carry the prefix (RFC 6265bis, section 4.1.3.2).
  const name = `${https ? '__Host-' : ''}gatehouse_device`;
  return {
    read(ctx) {
      const id = ctx.cookies.get(name, { signed: true });
      return id !== undefined && isDeviceId(id) ? id : undefined;
    },
    write(ctx, id) {
      ctx.cookies.set(name, id, {
        signed: true,
        httpOnly: true,
        sameSite: 'lax',
        secure: https,
        path: '/',
        maxAge: COOKIE_AGE_MS,
        overwrite: true,
      });
    },
  };
}
