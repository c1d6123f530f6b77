import { type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { HttpsTarget } from '../../../kernel/anchor-target.ts';
import { type Anchor, AnchorProblem, MAX_NOTE_BYTES, problemOf } from './target.ts';

export interface HttpsOptions {
  /** From the look at the name to the end of the answer. */
  readonly timeoutSeconds: number;
  /** Whether an address may be connected to; judged are those that are. */
  readonly mayReach: (address: string) => boolean;
  /** Refuses a name with an address that may not be connected to. */
  readonly lookup: LookupFunction;
  /** The bearer token; asked for each time, because it may be renewed. */
  readonly token: () => string | undefined;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * An address that takes a checkpoint by POST as `text/plain`, and answers the newest one to GET; 204 or 404 where there is none. No
 * redirect is followed: the token, and the promise to keep what it was given, are that address's alone.
 */
export function createHttpsAnchor({ name, url }: HttpsTarget, label: string, options: HttpsOptions): Anchor {
  return {
    name,
    label,

    async *newest() {
      const { status, body } = await exchange('GET', url, undefined, options);
      if (status === 204 || status === 404) return;
      if (status !== 200) throw new AnchorProblem(answered(status));
      yield body;
    },

    async put(note) {
      const { status } = await exchange('POST', url, note, options);
      if (status < 200 || status > 299) throw new AnchorProblem(answered(status));
    },
  };
}

const answered = (status: number) =>
  `it answered ${status}${status >= 300 && status < 400 ? ', and redirects are not followed' : ''}`;

async function exchange(
  method: 'GET' | 'POST',
  text: string,
  body: string | undefined,
  { timeoutSeconds, mayReach, lookup, token }: HttpsOptions,
): Promise<Answer> {
  const url = new URL(text);
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && !mayReach(literal))
    throw new AnchorProblem('its address must not be connected to');
  const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
  const bearer = token();
  const headers = {
    accept: 'text/plain',
    'user-agent': 'Gatehouse',
    ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    ...(body === undefined
      ? {}
      : { 'content-type': 'text/plain; charset=utf-8', 'content-length': String(Buffer.byteLength(body)) }),
  };
  try {
    return await send(url, { method, headers, lookup, signal: timeout, agent: false }, body);
  } catch (error) {
    throw new AnchorProblem(timeout.aborted ? `no answer within ${timeoutSeconds} s` : problemOf(error));
  }
}

function send(url: URL, options: RequestOptions, body: string | undefined): Promise<Answer> {
  const open = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = open(url, options);
    request.on('error', reject);
    request.once('response', (response) => {
      const { statusCode: status = 0 } = response;
      if (status !== 200 || options.method === 'POST') {
        // Whatever else it says, and however long that takes, is not for us.
        request.destroy();
        resolve({ status, body: '' });
        return;
      }
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > MAX_NOTE_BYTES)
          request.destroy(new AnchorProblem('its answer is too long for a checkpoint'));
        else chunks.push(chunk);
      });
      response.once('error', reject);
      response.once('end', () => resolve({ status, body: Buffer.concat(chunks).toString('utf8') }));
    });
    request.end(body);
  });
}
