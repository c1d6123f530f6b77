import type { Context } from 'koa';
import { newToken, type Randomness } from '../../kernel/ids.ts';

/**
 * What the forms of people who are not signed in are bound to: a random value that only their browser holds, from the first
 * such form until it is closed. It says nothing about anybody.
 */
export interface FormCookie {
  /** The browser's value; a new one where it has none. */
  ensure(ctx: Context): string;
  /** The browser's value; an empty text, to which no form is bound, where it has none. */
  read(ctx: Context): string;
}

export function createFormCookie({ https, random }: { https: boolean; random: Randomness }): FormCookie {
  const name = `${https ? '__Host-' : ''}gatehouse_form`;
  const read = (ctx: Context) => ctx.cookies.get(name, { signed: true }) ?? '';
  return {
    read,
    ensure(ctx) {
      const known = read(ctx);
      if (known !== '') return known;
      const value = newToken(random);
      ctx.cookies.set(name, value, {
        signed: true,
        httpOnly: true,
        sameSite: 'lax',
        secure: https,
        path: '/',
        overwrite: true,
      });
      return value;
    },
  };
}
