import type { Context } from 'koa';
import { z } from 'zod';
import { addSeconds, type Clock } from '../../kernel/clock.ts';
import { type Keyring, seal, unseal } from '../../kernel/crypto.ts';
import type { Randomness } from '../../kernel/ids.ts';

/**
 * Carries new recovery codes over the redirect from the form that made them to the page that shows them, once. Nothing
 * that could be read again is kept at rest: the database has hashes, and the browser has the codes sealed, for minutes.
 */
export interface CodesCookie {
  /** For the page at `path`. */
  write(ctx: Context, path: string, accountId: string, codes: readonly string[]): void;
  /** The codes, which are gone from the browser then; undefined when there are none, or not this person's. */
  take(ctx: Context, path: string, accountId: string): readonly string[] | undefined;
}

const LIFETIME_SECONDS = 900;

const content = z.object({ codes: z.array(z.string()), until: z.iso.datetime() });

export function createCodesCookie({
  https,
  keyring,
  random,
  clock,
}: {
  https: boolean;
  keyring: Keyring;
  random: Randomness;
  clock: Clock;
}): CodesCookie {
  // Not for the whole site, so without the prefix that says so (RFC 6265bis, section 4.1.3).
  const name = `${https ? '__Secure-' : ''}gatehouse_codes`;
  const contextOf = (accountId: string) => `recovery-codes-shown:${accountId}`;
  const options = (path: string) => ({
    signed: true,
    httpOnly: true,
    sameSite: 'lax' as const,
    secure: https,
    path,
    overwrite: true,
  });

  return {
    write(ctx, path, accountId, codes) {
      const until = addSeconds(clock.now(), LIFETIME_SECONDS).toISOString();
      const value = seal(keyring, random, contextOf(accountId), JSON.stringify({ codes, until }));
      ctx.cookies.set(name, value, { ...options(path), maxAge: LIFETIME_SECONDS * 1000 });
    },

    take(ctx, path, accountId) {
      const value = ctx.cookies.get(name, { signed: true });
      // A HEAD request shows nothing.
      if (value === undefined || ctx.method !== 'GET') return undefined;
      ctx.cookies.set(name, '', { ...options(path), expires: new Date(0) });
      try {
        const opened = unseal(keyring, contextOf(accountId), value).toString();
        const { codes, until } = content.parse(JSON.parse(opened));
        return new Date(until) > clock.now() ? codes : undefined;
      } catch {
        return undefined;
      }
    },
  };
}
