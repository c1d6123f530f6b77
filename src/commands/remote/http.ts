import { GatehouseError } from '../../kernel/errors.ts';
import { isSafeAddress } from './issuer.ts';

/** Requests of commands: to one server, without redirects, within a time, and with an answer of bounded size. */

/** A page of a list with 200 entries is far below. */
const MOST_BYTES = 8 * 1024 * 1024;
export const TIMEOUT_MS = 60_000;

export interface Request {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Nobody knows whether the server has done it: it may be asked again only where that does no harm. */
export class AnswerLost extends GatehouseError {
  constructor(origin: string, why: string, cause: unknown) {
    super('server_unreachable', { status: 502, message: `${origin} ${why}.`, cause });
  }
}

const broken = (origin: string, what: string) =>
  new GatehouseError('server_answer_invalid', { status: 502, message: `${origin} ${what}.` });

/** Throws {@link AnswerLost}, or `server_answer_invalid` for a redirect and for what is too large. */
export async function send(url: URL, request: Request): Promise<Answer> {
  const { origin } = url;
  if (!isSafeAddress(url)) throw broken(origin, 'is not spoken to: it is not https');
  try {
    const response = await fetch(url, {
      ...request,
      headers: { accept: 'application/json', 'accept-encoding': 'identity', ...request.headers },
      // A token is for one address: where that sends it on to, it may not go.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { status, headers } = response;
    if (status >= 300 && status < 400) {
      await response.body?.cancel();
      throw broken(origin, `redirects (${status}), which is not followed`);
    }
    return { status, headers, text: await boundedText(response, origin) };
  } catch (error) {
    if (error instanceof GatehouseError) throw error;
    throw new AnswerLost(origin, reasonOf(error), error);
  }
}

async function boundedText(response: Response, origin: string): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let bytes = 0;
  const tooLarge = () => broken(origin, `answers with more than ${MOST_BYTES} bytes`);
  if (Number(response.headers.get('content-length') ?? 0) > MOST_BYTES) {
    await response.body?.cancel();
    throw tooLarge();
  }
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    // Leaving the loop ends the connection.
    if (bytes > MOST_BYTES) throw tooLarge();
    text += decoded(decoder, chunk, origin);
  }
  return text + decoded(decoder, undefined, origin);
}

function decoded(
  decoder: InstanceType<typeof TextDecoder>,
  chunk: Uint8Array | undefined,
  origin: string,
): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw broken(origin, 'answers with something that is not UTF-8');
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `did not answer within ${TIMEOUT_MS / 1000} seconds`;
  const { code } = ((error as Error).cause ?? {}) as { code?: unknown };
  return `cannot be reached (${typeof code === 'string' ? code.replace(/[^\w-]/g, '?') : 'no connection'})`;
}

/** The JSON object of an answer; undefined where it is none. */
export function jsonObject({ text }: Answer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
