import { z } from 'zod';
import { GatehouseError } from '../../kernel/errors.ts';
import { safeText } from '../safe-text.ts';
import type { Discovered } from './discovery.ts';
import { type Answer, jsonObject, send } from './http.ts';
import { type PrivateKey, proofOf } from './proofs.ts';

/** The token endpoint, as the built-in client of commands asks it. */

/** Public, and in every installation: what it gets is bound to a key, and opens what its person may do. */
export const CLIENT_ID = 'gatehouse-cli';

/** For which service the tokens are (RFC 8707). */
export const resourceOf = (issuer: string): string => `${issuer}/api/admin`;

const answered = z.object({
  access_token: z.string().min(1).max(16_384),
  // As a bearer token it would be anybody's who reads it.
  token_type: z.string().regex(/^DPoP$/i),
  expires_in: z.number().positive(),
  refresh_token: z.string().max(16_384).optional(),
  id_token: z.string().max(65_536).optional(),
  scope: z.string().optional(),
});

export interface Tokens {
  readonly accessToken: string;
  readonly expiresAt: Date;
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
  readonly scope: string | undefined;
}

/** Throws `sign_in_refused` with what the server says, and `server_answer_invalid` for tokens that are not bound to the key. */
export async function fetchTokens(
  { issuer, tokenEndpoint }: Discovered,
  key: PrivateKey,
  parameters: Readonly<Record<string, string>>,
): Promise<Tokens> {
  const form = { client_id: CLIENT_ID, resource: resourceOf(issuer), ...parameters };
  let answer = await post(tokenEndpoint, key, form);
  const nonce = answer.headers.get('dpop-nonce') ?? undefined;
  if (answer.status === 400 && nonce !== undefined && jsonObject(answer)?.error === 'use_dpop_nonce')
    answer = await post(tokenEndpoint, key, form, nonce);
  if (answer.status !== 200) throw refusal(issuer, answer);
  const parsed = answered.safeParse(jsonObject(answer));
  if (!parsed.success)
    throw new GatehouseError('server_answer_invalid', {
      status: 502,
      message: `${issuer} did not give an access token that is bound to a key of this machine.`,
    });
  const { access_token: accessToken, expires_in: seconds, refresh_token: refreshToken } = parsed.data;
  return {
    accessToken,
    expiresAt: new Date(Date.now() + seconds * 1000),
    refreshToken,
    idToken: parsed.data.id_token,
    scope: parsed.data.scope,
  };
}

async function post(
  url: URL,
  key: PrivateKey,
  form: Readonly<Record<string, string>>,
  nonce?: string,
): Promise<Answer> {
  const dpop = await proofOf(key, { method: 'POST', url, nonce });
  const headers = { dpop, 'content-type': 'application/x-www-form-urlencoded' };
  return send(url, { method: 'POST', headers, body: new URLSearchParams(form).toString() });
}

/** The server gives no token, for this reason of the protocol's. */
export class TokenRefused extends GatehouseError {
  readonly protocolError: string | undefined;

  constructor(code: string, protocolError: unknown, options: { status: number; message: string }) {
    super(code, options);
    this.protocolError = typeof protocolError === 'string' ? protocolError : undefined;
  }
}

function refusal(issuer: string, answer: Answer): TokenRefused {
  const { error, error_description: words } = jsonObject(answer) ?? {};
  const said =
    [words, error].find((each) => typeof each === 'string' && each !== '') ?? `status ${answer.status}`;
  const ended = error === 'invalid_grant';
  return new TokenRefused(ended ? 'sign_in_ended' : 'sign_in_refused', error, {
    status: answer.status,
    message: `${issuer} gives no access token: ${safeText(String(said)).slice(0, 500)}`,
  });
}

/** Ends what the server has given (RFC 7009). Throws `sign_out_refused` where it says that it has not. */
export async function revoke(
  { issuer, revocationEndpoint }: Discovered,
  key: PrivateKey,
  token: string,
): Promise<void> {
  if (revocationEndpoint === undefined) return;
  const { status } = await post(revocationEndpoint, key, { client_id: CLIENT_ID, token });
  if (status !== 200)
    throw new GatehouseError('sign_out_refused', { status, message: `${issuer} answers with ${status}.` });
}
