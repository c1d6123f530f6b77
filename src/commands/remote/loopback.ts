import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GatehouseError } from '../../kernel/errors.ts';
import { safeText } from '../safe-text.ts';

/** Where the browser brings the answer of a sign-in: a port of this machine that is open for one sign-in (RFC 8252, section 7.3). */

export interface Expected {
  readonly issuer: string;
  readonly state: string;
  readonly waitMs: number;
}

export interface Loopback {
  readonly redirectUri: string;
  /** The code. Throws `sign_in_refused`, `sign_in_mixed_up`, `sign_in_abandoned`. */
  readonly code: Promise<string>;
  close(): Promise<void>;
}

const PATH = '/callback';
/** So long an answer that is on its way may take. */
const GRACE_MS = 500;

const refused = (code: string, message: string) => new GatehouseError(code, { status: 400, message });

/** Listens on 127.0.0.1 alone, on a port that the system chooses. */
export async function openLoopback({ issuer, state, waitMs }: Expected): Promise<Loopback> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  // Whoever opened it may fail before it waits.
  promise.catch(() => undefined);
  const server = createServer({ maxHeaderSize: 16_384 }, (request, response) => {
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const params = paramsOf(request, host);
    // Any page of the browser, and any program here, can ask this port: what does not know the state is not our answer.
    if (params === undefined || !isSame(params.get('state'), state))
      return tell(response, 404, 'Nothing is here.');
    try {
      resolve(codeIn(params, issuer));
      tell(response, 200, 'You are signed in. You can close this window and go back to the terminal.');
    } catch (error) {
      reject(error);
      tell(response, 400, 'The sign-in did not succeed. The terminal says why.');
    }
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', listening);
  });
  const timer = setTimeout(
    () => reject(refused('sign_in_abandoned', 'Nobody has signed in in time. Nothing was changed.')),
    waitMs,
  );
  return {
    redirectUri: `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`,
    code: promise,
    async close() {
      clearTimeout(timer);
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      // A browser opens connections that it may never use, and they count as busy: so long, and the last answer has arrived.
      const rest = setTimeout(() => server.closeAllConnections(), GRACE_MS);
      await closed;
      clearTimeout(rest);
    },
  };
}

/** Undefined for anything but a GET of the address itself, by its own name: another one is a page that has found the port. */
function paramsOf({ method, url = '', headers }: IncomingMessage, host: string): URLSearchParams | undefined {
  const address = URL.parse(url, `http://${host}`);
  if (method !== 'GET' || headers.host !== host || address?.pathname !== PATH) return undefined;
  const names = [...address.searchParams.keys()];
  return new Set(names).size === names.length ? address.searchParams : undefined;
}

/** The server that answers has to be the one that was asked (RFC 9207, section 2.4). */
function codeIn(params: URLSearchParams, issuer: string): string {
  if (params.get('iss') !== issuer)
    throw refused(
      'sign_in_mixed_up',
      'The answer did not come from the server that was asked. Nothing was sent on.',
    );
  const error = params.get('error');
  const code = params.get('code');
  if (error === null && code !== null && code !== '') return code;
  const words = params.get('error_description') ?? error ?? 'there is no code in its answer';
  throw refused('sign_in_refused', `${issuer} has not signed you in: ${safeText(words).slice(0, 500)}`);
}

function isSame(given: string | null, expected: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function tell(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  });
  response.end(`${text}\n`);
}
