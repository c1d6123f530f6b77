import type { Client } from '../domain/clients/store.ts';
import type { TestRequest } from '../domain/clients/test-sign-ins.ts';
import { wordsOf } from './requested-scopes.ts';

/** The authorization request of a test, as we push it to ourselves. Pure. */

/** What the request says beside what binds it to the browser. */
export function parametersOf(
  client: Client,
  { scope, resource, acrValues, prompt, maxAge, claims }: TestRequest & { readonly scope: string },
  sub: string,
): Record<string, unknown> {
  const modes = client.metadata.response_modes as readonly string[] | undefined;
  // Asks for this person (OpenID Connect Core, section 5.5.1): nobody else's sign-in is an answer.
  const wanted = wordsOf(scope).includes('openid') ? { ...claims, id_token: ofPerson(claims, sub) } : claims;
  return {
    client_id: client.id,
    response_type: 'code',
    // How the answer comes to us changes nothing of what it says.
    ...(modes === undefined || modes.includes('query') ? {} : { response_mode: 'form_post' }),
    scope,
    ...(resource === undefined ? {} : { resource: [...resource] }),
    ...(acrValues === undefined ? {} : { acr_values: acrValues.join(' ') }),
    ...(prompt === undefined ? {} : { prompt }),
    ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
    ...(wanted === undefined ? {} : { claims: wanted }),
  };
}

function ofPerson(claims: TestRequest['claims'], sub: string): unknown {
  const asked = claims?.id_token ?? {};
  // What is no object is refused by the protocol, which is what is to be seen.
  return typeof asked === 'object' && !Array.isArray(asked) ? { ...asked, sub: { value: sub } } : asked;
}

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What the library keeps of a request that was pushed without a signature. */
export const requestObject = (
  parameters: Readonly<Record<string, unknown>>,
  issuer: string,
  { now, seconds }: { readonly now: number; readonly seconds: number },
): string =>
  `${encoded({ alg: 'none' })}.${encoded({
    ...parameters,
    iss: parameters.client_id,
    aud: issuer,
    iat: now,
    nbf: now,
    exp: now + seconds,
  })}.`;
