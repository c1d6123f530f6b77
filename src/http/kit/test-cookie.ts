import type { Context } from 'koa';

/**
 * What a browser keeps of the test sign-in that it has begun: to whom its answer is shown. One at a time, the last that was begun. It is
 * no session.
 */
export interface TestCookie {
  /** Undefined where the browser has begun none. */
  read(ctx: Context): string | undefined;
  write(ctx: Context, token: string, seconds: number): void;
  clear(ctx: Context): void;
}

/** Of a token that we have made (`newToken`). */
const TOKEN = /^[\w-]{43}$/u;

export function createTestCookie({ https }: { readonly https: boolean }): TestCookie {
  const name = `${https ? '__Host-' : ''}gatehouse_test_sign_in`;
  const options = {
    signed: true,
    httpOnly: true,
    sameSite: 'lax',
    secure: https,
    path: '/',
    overwrite: true,
  } as const;
  return {
    read(ctx) {
      const token = ctx.cookies.get(name, { signed: true });
      return token !== undefined && TOKEN.test(token) ? token : undefined;
    },
    write: (ctx, token, seconds) => void ctx.cookies.set(name, token, { ...options, maxAge: seconds * 1000 }),
    clear: (ctx) => void ctx.cookies.set(name, '', { ...options, expires: new Date(0) }),
  };
}
