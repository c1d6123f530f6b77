import { inflateSync } from 'node:zlib';
import { createRemoteJWKSet, decodeJwt, type JWTPayload, jwtVerify } from 'jose';
import type { TestServer } from './server.ts';

/** Where a token's status stands, as the token says it. */
export interface Reference {
  readonly idx: number;
  readonly uri: string;
}

export const referenceOf = (token: string): Reference =>
  (decodeJwt(token).status as { status_list: Reference }).status_list;

/** A list as a service of another maker would read it: verified with the published keys, unpacked, looked at bit by bit. */
export async function readList(issuer: string, uri: string, response?: Response) {
  const answer = response ?? (await fetch(uri));
  if (answer.status !== 200) throw new Error(`no list: ${answer.status} ${await answer.text()}`);
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  const options = { typ: 'statuslist+jwt', subject: uri, requiredClaims: ['iat', 'exp', 'ttl'] };
  const { payload, protectedHeader } = await jwtVerify(await answer.text(), keys, options);
  const { lst, bits } = payload.status_list as { lst: string; bits: number };
  if (bits !== 1) throw new Error(`${bits} bits`);
  const bytes = inflateSync(Buffer.from(lst, 'base64url'));
  const isSet = (index: number) => (Number(bytes[Math.floor(index / 8)]) & (2 ** (index % 8))) !== 0;
  const count = bytes.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
  return { payload: payload as JWTPayload & { ttl: number }, protectedHeader, bytes, lst, isSet, count };
}

/** Whether the list says by now that each of the tokens was taken back. */
export async function revokedOnList(server: TestServer, ...tokens: string[]): Promise<boolean[]> {
  const uris = [...new Set(tokens.map((token) => referenceOf(token).uri))];
  const lists = new Map(
    await Promise.all(uris.map(async (uri) => [uri, await readList(server.issuer, uri)] as const)),
  );
  return tokens.map((token) => {
    const { idx, uri } = referenceOf(token);
    return lists.get(uri)?.isSet(idx) === true;
  });
}
