import { isStorable } from '../../../kernel/text.ts';
import { PROTOTYPE } from '../json.ts';
import { InvalidRequest } from '../problems.ts';
import { typesOf } from './face.ts';
import type { JsonSchema } from './json-schema.ts';

/**
 * The members of an input that stand in a query, in the types that they have: everything in an address is text. A list is a parameter
 * that comes again for each entry. What cannot be read as its type stays text, of which the act says that it does not fit. Throws
 * `invalid_parameters` (400) for one that there is not, and one that comes twice and is no list.
 */
export function queryValues(
  querystring: string,
  members: Readonly<Record<string, JsonSchema>>,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, texts] of grouped(querystring)) {
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    if (member === undefined) throw invalid(name, 'is unknown');
    const list = listed(member);
    if (list !== undefined) values[name] = texts.map((text) => typedValue(text, list));
    else if (texts.length === 1) values[name] = typedValue(texts[0] ?? '', member);
    else throw invalid(name, 'is given more than once; expected one value');
  }
  return values;
}

/** The parts of a path, in the types that they have. */
export const pathValues = (
  params: Readonly<Record<string, string>>,
  members: Readonly<Record<string, JsonSchema>>,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(params).map(([name, text]) => [name, typedValue(text, members[name] ?? {})]),
  );

const invalid = (name: string, detail: string) =>
  new InvalidRequest('invalid_parameters', 'The query is not what this address takes.', [
    { parameter: name.slice(0, 80).replace(/\p{C}/gu, '?'), detail },
  ]);

function grouped(querystring: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(querystring)) {
    if (name === PROTOTYPE || !isStorable(name) || !isStorable(value))
      throw invalid(name.toWellFormed(), 'is no parameter of anything');
    const known = found.get(name);
    if (known === undefined) found.set(name, [value]);
    else known.push(value);
  }
  return found;
}

/** The schema of the entries, where a member is a list. */
const listed = (schema: JsonSchema): JsonSchema | undefined =>
  schema.items ?? [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].find(({ items }) => items)?.items;

const NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/u;
const WHOLE = /^-?[1-9]\d{15}$/u;

/** A number as JSON has it, as far as it can be told exactly. */
const isNumber = (text: string) =>
  NUMBER.test(text) || (WHOLE.test(text) && Number.isSafeInteger(Number(text)));

function typedValue(text: string, schema: JsonSchema): unknown {
  const types = typesOf(schema);
  if (types.has('string')) return text;
  if ((types.has('number') || types.has('integer')) && isNumber(text)) return Number(text);
  if (types.has('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  if (types.has('null') && text === 'null') return null;
  return text;
}
