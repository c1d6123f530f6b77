import { createHash, randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import { ADMIN_SCOPES } from '../../domain/clients/admin-scopes.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import type { Terminal } from '../environment.ts';
import { openInBrowser } from './browser.ts';
import { type Discovered, discover } from './discovery.ts';
import type { Login } from './logins.ts';
import { openLoopback } from './loopback.ts';
import { generateKey, type PrivateKey, thumbprintOf } from './proofs.ts';
import { CLIENT_ID, fetchTokens, resourceOf, type Tokens } from './tokens.ts';

/** What a sign-in has to prove beyond the usual (RFC 9470). */
export interface Demand {
  readonly acrValues?: string | undefined;
  /** Seconds since the person last proved who they are. */
  readonly maxAge?: number | undefined;
}

export interface SignInRequest extends Demand {
  readonly issuer: string;
  /** Of administration; without them all. */
  readonly scopes?: readonly string[] | undefined;
}

export interface SignInSurroundings {
  readonly terminal: Terminal;
  /** Opens the address in a browser, where there is one. */
  readonly open?: (address: string) => void;
  readonly waitMs?: number;
}

/** As long as a server waits for a sign-in. */
const WAIT_MS = 10 * 60_000;

/**
 * Signs a person in by their browser: authorization code with PKCE (RFC 7636) over a port of this machine (RFC 8252), bound to a key
 * that is made for it (RFC 9449). The address is printed, and opened where there is a browser.
 */
export async function signIn(
  request: SignInRequest,
  { terminal, open = openInBrowser(terminal), waitMs = WAIT_MS }: SignInSurroundings,
): Promise<Login> {
  const { issuer } = request;
  const server = await discover(issuer);
  const key = await generateKey();
  const secret = () => randomBytes(32).toString('base64url');
  const [state, nonce, verifier] = [secret(), secret(), secret()];
  const loopback = await openLoopback({ issuer, state, waitMs });
  try {
    const { redirectUri } = loopback;
    const jkt = await thumbprintOf(key);
    const address = addressOf(server, request, { state, nonce, verifier, redirectUri, jkt });
    terminal.warn(`Sign in with your browser on this machine:\n\n  ${address}\n`);
    open(address);
    const code = await loopback.code;
    const grant = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    };
    return loginOf(request, key, await fetchTokens(server, key, grant), nonce);
  } finally {
    await loopback.close();
  }
}

/** What is kept of a sign-in. `nonce` is what its request said, where it could say one. */
export function loginOf(request: SignInRequest, key: PrivateKey, tokens: Tokens, nonce?: string): Login {
  const { issuer } = request;
  const { accessToken, expiresAt, refreshToken, idToken, scope } = tokens;
  return {
    issuer,
    sub: subjectOf(idToken, { issuer, nonce }),
    scope: scope ?? scopesOf(request).join(' '),
    accessToken,
    expiresAt: expiresAt.toISOString(),
    ...(refreshToken === undefined ? {} : { refreshToken }),
    key,
  };
}

export const scopesOf = ({ scopes }: SignInRequest): string[] => ['openid', ...(scopes ?? ADMIN_SCOPES)];

interface Secrets {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly redirectUri: string;
  readonly jkt: string;
}

function addressOf(
  { issuer, authorizationEndpoint }: Discovered,
  request: SignInRequest,
  { state, nonce, verifier, redirectUri, jkt }: Secrets,
): string {
  const url = new URL(authorizationEndpoint);
  const { acrValues, maxAge } = request;
  const parameters = {
    client_id: CLIENT_ID,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: scopesOf(request).join(' '),
    resource: resourceOf(issuer),
    state,
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    dpop_jkt: jkt,
    ...(acrValues === undefined ? {} : { acr_values: acrValues }),
    ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

const claims = z.object({
  iss: z.string(),
  sub: z.string().min(1).max(255),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: z.number(),
  nonce: z.string().optional(),
});

/**
 * Who has signed in. The ID token came from the token endpoint itself, whose certificate was verified: that stands for its signature
 * (OpenID Connect Core 1.0, section 3.1.3.7, item 6).
 */
function subjectOf(
  idToken: string | undefined,
  { issuer, nonce }: { issuer: string; nonce: string | undefined },
): string {
  const parsed = claims.safeParse(payloadOf(idToken));
  const { iss, aud, exp, sub, nonce: told } = parsed.data ?? {};
  const isOurs =
    iss === issuer && [aud].flat().includes(CLIENT_ID) && told === nonce && (exp ?? 0) * 1000 > Date.now();
  if (isOurs && sub !== undefined) return sub;
  throw new GatehouseError('server_answer_invalid', {
    status: 502,
    message: `${issuer} does not say who has signed in.`,
  });
}

function payloadOf(idToken: string | undefined): unknown {
  try {
    return decodeJwt(idToken ?? '');
  } catch {
    return undefined;
  }
}
