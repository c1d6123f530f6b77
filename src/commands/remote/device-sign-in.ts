import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { DEVICE_GRANT } from '../../domain/clients/kinds.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import type { Terminal } from '../environment.ts';
import { safeText } from '../safe-text.ts';
import { type Discovered, discover } from './discovery.ts';
import { AnswerLost, jsonObject, send } from './http.ts';
import type { Login } from './logins.ts';
import { generateKey } from './proofs.ts';
import { loginOf, type SignInRequest, scopesOf } from './sign-in.ts';
import { CLIENT_ID, fetchTokens, resourceOf, TokenRefused, type Tokens } from './tokens.ts';

export interface DeviceSurroundings {
  readonly terminal: Pick<Terminal, 'warn'>;
  /** Waits for so many seconds. */
  readonly wait?: (seconds: number) => Promise<unknown>;
}

/** What the server answers to a device (RFC 8628, section 3.2). */
const answered = z.object({
  device_code: z.string().min(1).max(1024),
  user_code: z.string().min(1).max(64),
  verification_uri: z.url().max(1024),
  expires_in: z.number().positive(),
  interval: z.number().positive().max(60).default(5),
});

type Codes = z.output<typeof answered>;

/**
 * Signs a person in where there is no browser: they open an address on any other machine, and enter a code there (RFC 8628). The
 * tokens are bound to a key that is made for them (RFC 9449). Throws `device_sign_in_off` where the server does not have it,
 * `sign_in_denied` where its person would not, and `sign_in_expired` where nobody has answered in time.
 */
export async function signInByDevice(
  request: SignInRequest,
  { terminal, wait = (seconds) => delay(seconds * 1000) }: DeviceSurroundings,
): Promise<Login> {
  const { issuer } = request;
  const server = await discover(issuer);
  const key = await generateKey();
  const codes = await askForCodes(server, request);
  terminal.warn(
    `Open this address in a browser, on any machine:\n\n  ${safeText(codes.verification_uri)}\n\n` +
      `and enter this code there:\n\n  ${safeText(codes.user_code)}\n`,
  );
  const grant = { grant_type: DEVICE_GRANT, device_code: codes.device_code };
  const tokens = await pollFor(codes, issuer, wait, () => fetchTokens(server, key, grant));
  return { ...loginOf(request, key, tokens), device: true };
}

async function askForCodes(server: Discovered, request: SignInRequest): Promise<Codes> {
  const { issuer, deviceAuthorizationEndpoint: url } = server;
  if (url === undefined) {
    throw new GatehouseError('device_sign_in_off', {
      status: 400,
      message: `${issuer} does not sign devices in: DEVICE_SIGN_IN is not on there. With a browser on this machine: gatehouse login ${issuer}`,
    });
  }
  const { acrValues, maxAge } = request;
  const form = new URLSearchParams({
    client_id: CLIENT_ID,
    scope: scopesOf(request).join(' '),
    resource: resourceOf(issuer),
    ...(acrValues === undefined ? {} : { acr_values: acrValues }),
    ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await send(url, { method: 'POST', headers, body: form.toString() });
  const body = jsonObject(answer);
  if (answer.status !== 200) {
    const said = body?.error_description ?? body?.error ?? `status ${answer.status}`;
    throw new GatehouseError('sign_in_refused', {
      status: answer.status,
      message: `${issuer} gives no code: ${safeText(String(said)).slice(0, 500)}`,
    });
  }
  const codes = answered.safeParse(body);
  // Whoever has somebody enter a code elsewhere has them sign in elsewhere.
  if (codes.success && new URL(codes.data.verification_uri).origin === new URL(issuer).origin)
    return codes.data;
  throw new GatehouseError('server_answer_invalid', {
    status: 502,
    message: `${issuer} gives no code that commands can use.`,
  });
}

/** Seconds by which a device has to ask less often from then on (RFC 8628, section 3.5). */
const SLOWER = 5;

/** Asks until there is an answer, no more often than the server says. */
async function pollFor(
  { expires_in: lasts, interval }: Codes,
  issuer: string,
  wait: (seconds: number) => Promise<unknown>,
  ask: () => Promise<Tokens>,
): Promise<Tokens> {
  const end = Date.now() + lasts * 1000;
  let pause = interval;
  while (Date.now() < end) {
    await wait(pause);
    try {
      return await ask();
    } catch (error) {
      if (!goesOn(error, issuer)) throw error;
      if (!(error instanceof TokenRefused && error.protocolError === 'authorization_pending'))
        pause += SLOWER;
    }
  }
  throw expired(issuer);
}

/** Whether it is worth asking once more. Throws what people are told where their answer is there. */
function goesOn(error: unknown, issuer: string): boolean {
  if (error instanceof AnswerLost) return true;
  const said = error instanceof TokenRefused ? error.protocolError : undefined;
  if (said === 'access_denied')
    throw new GatehouseError('sign_in_denied', {
      status: 403,
      message: 'The sign-in was denied in the browser.',
      cause: error,
    });
  if (said === 'expired_token') throw expired(issuer, error);
  return ['authorization_pending', 'slow_down', 'temporarily_unavailable'].includes(String(said));
}

const expired = (issuer: string, cause?: unknown) =>
  new GatehouseError('sign_in_expired', {
    status: 400,
    message: `The code was not confirmed in time. Once more: gatehouse login ${issuer} --device`,
    cause,
  });
