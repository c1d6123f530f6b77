import type { z } from 'zod';
import type { HttpFace } from '../../administration/act.ts';
import { GatehouseError, notFound } from '../../kernel/errors.ts';
import { pathMembers } from '../generated/names.ts';

/** From an act and its input to the request by which the API is asked for it. */

/** What of an act decides how it is asked for. */
export interface RemoteAct {
  readonly name: string;
  readonly readOnly: boolean;
  readonly atomic: boolean;
  readonly operatorOnly?: boolean | undefined;
  readonly http?: HttpFace | undefined;
  readonly input: z.ZodType;
  readonly result: z.ZodType;
}

export interface ActRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** An `Idempotency-Key` counts, so that it may be asked for again when an answer was lost. */
  readonly takesKey: boolean;
}

const API = '/api/admin/v1';

/** The member that says which edition a change is for: a header over HTTP (RFC 9110, section 13.1.1). */
const EXPECTED = 'expects';

/** Throws `operator_only` for what cannot be asked for from elsewhere, `not_found` for a name that no address can hold. */
export function requestFor(
  issuer: string,
  act: RemoteAct,
  input: Readonly<Record<string, unknown>>,
  reason: string | undefined,
): ActRequest {
  const { http } = act;
  if (http === undefined || act.operatorOnly || http.file !== undefined) throw operatorOnly(act.name);
  const inPath = pathMembers(http.path);
  const isAll = http.all !== undefined && inPath.every((name) => input[name] === undefined);
  const rest = without(asJson(input), [...inPath, EXPECTED]);
  // What an act takes as a reason itself is among its members.
  if (!act.readOnly && reason !== undefined && rest.reason === undefined) rest.reason = reason;
  const { method, path } = byPost(http, rest) ?? { ...http, ...(isAll ? { path: http.all } : {}) };
  const isQuery = method === 'GET' || method === 'DELETE';
  const expected = input[EXPECTED];
  return {
    method,
    url: addressOf(issuer, path, input, isQuery ? rest : {}),
    headers: {
      ...(isQuery ? {} : { 'content-type': 'application/json' }),
      ...(expected === undefined ? {} : { 'if-match': `"${String(expected)}"` }),
    },
    body: isQuery ? undefined : JSON.stringify(rest),
    takesKey: !act.readOnly && act.atomic,
  };
}

/** What is looked for about people stands in the logs of every server on the way, if it stands in an address. */
function byPost(http: HttpFace, rest: Record<string, unknown>) {
  return http.method === 'GET' && typeof rest.text === 'string'
    ? { method: 'POST', path: `${http.path}/search` }
    : undefined;
}

const operatorOnly = (name: string) =>
  new GatehouseError('operator_only', {
    status: 400,
    message: `This works on the machine of the server only, without a sign-in (${name}).`,
  });

function addressOf(
  issuer: string,
  path: string,
  input: Readonly<Record<string, unknown>>,
  query: Readonly<Record<string, unknown>>,
): URL {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => segment(input[name]));
  const url = new URL(`${issuer}${API}${filled}`);
  for (const [name, value] of Object.entries(query))
    for (const each of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(each));
  return url;
}

/** `.` and `..` would lead to another address, however they are written (URL Standard, section 4.4). */
function segment(value: unknown): string {
  const text = String(value ?? '');
  if (text === '' || text === '.' || text === '..' || !text.isWellFormed())
    throw notFound('not_found', `There is nothing of the name ${JSON.stringify(text)}.`);
  return encodeURIComponent(text);
}

const without = (value: Record<string, unknown>, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(value).filter(([name, each]) => each !== undefined && !names.includes(name)),
  );

/** Times are text. */
const asJson = (input: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(input).map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]),
  );
