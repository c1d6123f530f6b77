import { decodeJwt } from 'jose';
import type { Payload } from './artifact-store.ts';

/** What a stored authorization request says, one parameter each. */

export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** The hint's signature was checked by the provider when the request came. */
export function expectedSubject(params: Payload, details: Payload): string | undefined {
  const requested = (details.sub as { value?: unknown } | undefined)?.value;
  if (requested !== undefined) return String(requested);
  const hint = text(params.id_token_hint);
  return hint === undefined ? undefined : decodeJwt(hint).sub;
}

/** The provider makes `prompt=login` of `max_age=0`; OpenID Connect Core, section 3.1.2.1, means the same by both. */
export function maxAgeOf({ prompt, max_age: maxAge }: Payload): number | undefined {
  if (text(prompt)?.split(' ').includes('login')) return 0;
  return maxAge === undefined ? undefined : Number(maxAge);
}

/** Where the same request is made once more. */
export function authorizePath(params: Payload): string {
  const words = Object.entries(params).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const query = new URLSearchParams(words);
  return `/authorize?${query}`;
}
