import type { Context } from 'koa';
import { GatehouseError } from '../../kernel/errors.ts';
import { namesIn } from '../../kernel/json.ts';
import { JsonMistake, parseJsonText } from '../../kernel/json-text.ts';
import { isStorableJson } from '../../kernel/text.ts';
import { readBody } from '../kit/body.ts';
import { InvalidRequest } from './problems.ts';

/** JSON in the body of a request, read strictly: where two readers can disagree, one of them can be deceived (RFC 8725, 2.6). */

const MEDIA_TYPE = 'application/json';
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Assigned to an object, it replaces the object's prototype. No input of ours has that name. */
export const PROTOTYPE = '__proto__';

/** A JSON Pointer as a URI fragment (RFC 6901, section 6), long names cut. */
export function pointerTo(path: readonly PropertyKey[]): string {
  const token = (key: PropertyKey) =>
    encodeURIComponent(String(key).slice(0, 80).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'));
  return `#${path.map((key) => `/${token(key)}`).join('')}`;
}

/**
 * The JSON value in the body, at most so many bytes of it. Throws 415 for another content type, charset or encoding, 413, and
 * `invalid_json` (400) for what is no JSON in UTF-8, is nested too deeply, names something twice in an object, or holds what
 * cannot be stored.
 */
export async function readJson(ctx: Context, limitBytes: number): Promise<unknown> {
  refuseOtherTypes(ctx);
  const text = decode(
    await readBody(ctx, limitBytes, (failure, cause) =>
      failure === 'too_large'
        ? new GatehouseError('content_too_large', {
            status: 413,
            message: `The body has more than ${limitBytes} bytes.`,
            cause,
          })
        : invalidJson('The body could not be read.', '#', 'did not arrive as it was announced', cause),
    ),
  );
  const value = parse(text);
  for (const { path, again } of namesIn(text)) {
    if (again) throw invalidJson('A name stands twice in one object.', pointerTo(path), 'stands there twice');
    if (path.at(-1) === PROTOTYPE)
      throw invalidJson(
        'The body has a name that is not accepted.',
        pointerTo(path),
        'is no name of anything',
      );
  }
  if (!isStorableJson(value))
    throw invalidJson('The body holds an invalid character.', '#', 'has U+0000 or half of a surrogate pair');
  return value;
}

function refuseOtherTypes(ctx: Context): void {
  const [type = '', ...parameters] = ctx
    .get('Content-Type')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  const charset = parameters.find((each) => each.startsWith('charset='))?.slice('charset='.length);
  const encoding = ctx.get('Content-Encoding').trim().toLowerCase();
  if (type === MEDIA_TYPE && isUtf8(charset) && (encoding === '' || encoding === 'identity')) return;
  // RFC 9110, section 15.5.16: what would have been taken.
  ctx.set('Accept', MEDIA_TYPE);
  throw new GatehouseError('unsupported_media_type', {
    status: 415,
    message: `This address takes ${MEDIA_TYPE} in UTF-8, not compressed.`,
  });
}

const isUtf8 = (charset: string | undefined) => charset === undefined || /^"?utf-?8"?$/.test(charset);

function decode(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw invalidJson('The body is not UTF-8.', '#', 'has bytes that are no UTF-8', cause);
  }
}

function parse(text: string): unknown {
  try {
    return parseJsonText(text);
  } catch (cause) {
    if (!(cause instanceof JsonMistake)) throw cause;
    throw invalidJson('The body is no JSON.', '#', cause.message, cause);
  }
}

const invalidJson = (message: string, pointer: string, detail: string, cause?: unknown) =>
  new InvalidRequest('invalid_json', message, [{ pointer, detail }], cause);
