import type { Context } from 'koa';
import { z } from 'zod';
import { isReason, MAX_REASON } from '../../../administration/actor.ts';
import { InvalidInput } from '../../../administration/admission.ts';
import { GatehouseError } from '../../../kernel/errors.ts';
import { pathText } from '../../../kernel/shape-words.ts';
import { isStorable } from '../../../kernel/text.ts';
import { parseCondition } from '../etags.ts';
import { pointerTo, readJson } from '../json.ts';
import { type InputError, InvalidRequest } from '../problems.ts';
import { EXPECTED, type Face, REASON, takenMembers, typesOf } from './face.ts';
import { pathValues, queryValues } from './query-values.ts';

/** What a request asks of an act. */
export interface Asked {
  readonly input: Record<string, unknown>;
  /** Why, in the caller's words. */
  readonly reason: string | undefined;
}

/**
 * What is asked of an act: its input out of the path, the query or the JSON body, and the edition in `If-Match`; and the reason. The
 * act itself judges the input. Throws what {@link readJson} throws, `not_found` (404) for a part of the path that can name nothing, and 400 for members
 * that there are not and for an `If-Match` that cannot be read or that the act does not check.
 */
export async function readActInput(
  ctx: Context,
  face: Face,
  params: Readonly<Record<string, string>>,
  bodyLimitBytes: number,
): Promise<Asked> {
  if (!Object.values(params).every(isStorable))
    throw new GatehouseError('not_found', { status: 404, message: 'There is nothing at this address.' });
  const query = queryValues(ctx.querystring, face.rest === 'query' ? takenMembers(face) : {});
  const rest = face.rest === 'query' ? query : await readMembers(ctx, face, bodyLimitBytes);
  const reason = reasonIn(rest, face);
  if (face.takesReason) delete rest[REASON];
  const input: Record<string, unknown> = {
    ...rest,
    ...pathValues(params, face.members),
    ...expectedBy(ctx.get('If-Match'), face),
  };
  for (const name of face.moments) input[name] = momentOf(input[name]);
  return { input, reason };
}

/** What is no moment stays as it is, and the act says so. */
const momentOf = (value: unknown): unknown =>
  typeof value === 'string' && z.iso.datetime({ offset: true }).safeParse(value).success
    ? new Date(value)
    : value;

/** The trail gets what a change takes as a reason itself, too; what is no reason there, the act refuses. Of a list it is a filter. */
function reasonIn({ [REASON]: given }: Record<string, unknown>, face: Face): string | undefined {
  if (given === undefined || face.readOnly) return undefined;
  if (typeof given === 'string' && isReason(given)) return given;
  if (!face.takesReason) return undefined;
  const detail = `expected one line of 1 to ${MAX_REASON} characters`;
  throw face.rest === 'body'
    ? invalidBody([{ pointer: pointerTo([REASON]), detail }])
    : new InvalidRequest('invalid_parameters', QUERY, [{ parameter: REASON, detail }]);
}

const QUERY = 'The query is not what this address takes.';

/** An object; where nothing is sent, one without members. */
async function readMembers(ctx: Context, face: Face, limitBytes: number): Promise<Record<string, unknown>> {
  if (isEmpty(ctx)) return {};
  const value = await readJson(ctx, limitBytes);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidBody([{ pointer: '#', detail: 'is no object; expected one' }]);
  const elsewhere = Object.keys(value).filter((name) => name === EXPECTED || face.inPath.includes(name));
  if (elsewhere.length > 0) {
    throw invalidBody(
      elsewhere.map((name) => ({
        pointer: pointerTo([name]),
        detail: name === EXPECTED ? 'is said by the header If-Match' : 'stands in the address',
      })),
    );
  }
  return value as Record<string, unknown>;
}

const isEmpty = (ctx: Context): boolean =>
  ctx.get('Transfer-Encoding') === '' && ['', '0'].includes(ctx.get('Content-Length').trim());

const invalidBody = (errors: readonly InputError[], cause?: unknown) =>
  new InvalidRequest('invalid_body', 'The body is not what this address takes.', errors, cause);

/** RFC 9110, section 13.1.1. The act compares, in its transaction and with the row held. */
function expectedBy(ifMatch: string, { expected, name }: Face): Record<string, unknown> {
  if (ifMatch.trim() === '') return {};
  const invalid = (detail: string) =>
    new InvalidRequest('invalid_precondition', 'If-Match cannot be met.', [{ header: 'If-Match', detail }]);
  // Whoever relies on it must not be told that nothing was lost.
  if (expected === undefined) throw invalid(`is not checked by ${name}`);
  const condition = parseCondition(ifMatch);
  if (condition === undefined) throw invalid('expected an entity tag in double quotes, or *');
  // That there is something, the act finds out itself.
  if (condition === '*') return {};
  const [first, ...others] = condition;
  if (others.length > 0) throw invalid('expected one entity tag');
  if (first === undefined || first.weak) throw preconditionFailed();
  if (typesOf(expected).has('string')) return { [EXPECTED]: first.tag };
  if (!/^(?:0|[1-9]\d{0,14})$/u.test(first.tag)) throw preconditionFailed();
  return { [EXPECTED]: Number(first.tag) };
}

const preconditionFailed = () =>
  new GatehouseError('precondition_failed', {
    status: 412,
    message: 'This was changed meanwhile. Read it again.',
  });

/** What an act has found wrong with its input, said of the parts of the request that it came from; undefined for other errors. */
export function refusalOf(cause: unknown, face: Face): GatehouseError | undefined {
  if (!(cause instanceof InvalidInput)) return undefined;
  const { problems } = cause;
  // What has no place of its own is said of the whole.
  const findings =
    cause.findings.length > 0 ? cause.findings : problems.map((words) => ({ path: [], words }));
  const among = (names: readonly string[]) =>
    findings.length > 0 && findings.every(({ path: [name] }) => names.includes(String(name)));
  if (among(face.inPath))
    return new GatehouseError('not_found', {
      status: 404,
      message: 'There is nothing at this address.',
      cause,
    });
  if (face.rest === 'query') {
    const errors = findings.map(({ path, words }) => ({ parameter: pathText(path), detail: words }));
    return new InvalidRequest('invalid_parameters', QUERY, errors, cause);
  }
  if (among([EXPECTED])) {
    return new GatehouseError('precondition_required', {
      status: 428,
      message: 'Say with If-Match which edition this is meant for: its ETag.',
      cause,
    });
  }
  const ofBody = findings.filter(({ path: [name] }) => name !== EXPECTED);
  return invalidBody(
    ofBody.map(({ path, words }) => ({ pointer: pointerTo(path), detail: words })),
    cause,
  );
}
