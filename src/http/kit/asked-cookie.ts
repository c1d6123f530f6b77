import type { Context } from 'koa';
import { z } from 'zod';
import { addSeconds, type Clock } from '../../kernel/clock.ts';
import { type Keyring, seal, unseal } from '../../kernel/crypto.ts';
import type { Randomness } from '../../kernel/ids.ts';

/**
 * What somebody who is not signed in has typed into a form that asks for a mail, for the page that says that it is on its way: it
 * can send it once more. Sealed, for this browser's form cookie (`binding`) and one form, for minutes; it says nothing of whether
 * there is an account.
 */
export interface AskedCookie {
  /** For the pages at `path` and below. Too much text is not kept: then nothing is offered. */
  write(ctx: Context, path: string, binding: string, typed: Typed): void;
  /** What was typed; undefined where there is none, it is too old, or of another browser. */
  read(ctx: Context, path: string, binding: string): Typed | undefined;
}

type Typed = Readonly<Record<string, string>>;

const LIFETIME_SECONDS = 1_800;
/** Browsers keep 4,096 bytes of a cookie at least, and nobody's address and name are as long. */
const MOST_CHARACTERS = 1_000;

const content = z.object({ typed: z.record(z.string(), z.string()), until: z.iso.datetime() });

export function createAskedCookie({
  https,
  keyring,
  random,
  clock,
}: {
  https: boolean;
  keyring: Keyring;
  random: Randomness;
  clock: Clock;
}): AskedCookie {
  // Not for the whole site, so without the prefix that says so (RFC 6265bis, section 4.1.3).
  const name = `${https ? '__Secure-' : ''}gatehouse_asked`;
  const contextOf = (path: string, binding: string) => `asked:${path}:${binding}`;

  return {
    write(ctx, path, binding, typed) {
      const until = addSeconds(clock.now(), LIFETIME_SECONDS).toISOString();
      const text = JSON.stringify({ typed, until });
      const kept = text.length <= MOST_CHARACTERS;
      const value = kept ? seal(keyring, random, contextOf(path, binding), text) : '';
      ctx.cookies.set(name, value, {
        signed: true,
        httpOnly: true,
        sameSite: 'lax',
        secure: https,
        path,
        overwrite: true,
        ...(kept ? { maxAge: LIFETIME_SECONDS * 1000 } : { expires: new Date(0) }),
      });
    },

    read(ctx, path, binding) {
      const value = ctx.cookies.get(name, { signed: true });
      if (value === undefined || binding === '') return undefined;
      try {
        const { typed, until } = content.parse(
          JSON.parse(unseal(keyring, contextOf(path, binding), value).toString()),
        );
        return new Date(until) > clock.now() ? typed : undefined;
      } catch {
        return undefined;
      }
    },
  };
}
