import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context, Middleware } from 'koa';
import type { Randomness } from '../../kernel/ids.ts';

/**
 * Answers that are the same for everybody, whoever asks: the whole stack makes each once, and from then on it is
 * repeated before anything is made of the request. Verifiers fetch the keys of a busy issuer more often
 * than anything else. This file owns the memory; what may be repeated, and until when, others say with {@link mayRepeat}.
 */
export interface RepeatedAnswers {
  /** Must stand outermost, where the answer has all of its headers. */
  readonly remember: Middleware;
  /** Answers from memory; false when the stack has to. */
  answer(request: IncomingMessage, response: ServerResponse): boolean;
}

interface Remembered {
  readonly edition: number;
  readonly headers: readonly string[];
  readonly body: Buffer;
}

const REPEAT = Symbol('may be repeated');

/** Says that this answer, to a GET without a query, may be repeated while the edition of what it is made from lasts. */
export function mayRepeat(ctx: Context, edition: number): void {
  (ctx.state as { [REPEAT]?: number })[REPEAT] = edition;
}

/** Different for each answer, so not repeated. */
const ID = 'X-Request-Id';

export interface RepeatedAnswersOptions {
  readonly edition: () => number;
  /** Whether the request came as everybody's should: over https where the issuer is https. */
  readonly asExpected: (request: IncomingMessage) => boolean;
  readonly random: Randomness;
}

export function createRepeatedAnswers({
  edition,
  asExpected,
  random,
}: RepeatedAnswersOptions): RepeatedAnswers {
  const answers = new Map<string, Remembered>();
  return {
    async remember(ctx, next) {
      await next();
      const made = (ctx.state as { [REPEAT]?: number })[REPEAT];
      if (made === undefined || ctx.querystring !== '' || !(ctx.body instanceof Buffer)) return;
      answers.set(ctx.path, { edition: made, headers: headersOf(ctx.res), body: ctx.body });
    },
    answer(request, response) {
      if (request.method !== 'GET') return false;
      const known = answers.get(request.url ?? '');
      if (known === undefined || known.edition !== edition() || !asExpected(request)) return false;
      response.writeHead(200, [ID, random.uuid(), ...known.headers]);
      response.end(known.body);
      return true;
    },
  };
}

/** Names and values by turns, as `writeHead` takes them. */
function headersOf(response: ServerResponse): string[] {
  return response
    .getHeaderNames()
    .filter((name) => name !== ID.toLowerCase())
    .flatMap((name) => [response.getHeader(name) ?? ''].flat().flatMap((value) => [name, String(value)]));
}
