import { isDeepStrictEqual } from 'node:util';

/**
 * Whether a JSON value is what a JSON Schema (2020-12) says: the keywords that our documents have. An unknown keyword throws, so that
 * nothing passes because nobody looked. Not the library that has made the schemas.
 */

type Schema = Record<string, unknown>;

/** Keywords that say nothing about a value. */
const NOTES = new Set(['description', 'title', 'default', 'examples', 'deprecated', 'x-secret', '$schema']);

const FORMATS: Record<string, RegExp> = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/u,
  uuid: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu,
  date: /^\d{4}-\d\d-\d\d$/u,
};
const ANY_FORMAT = new Set(['uri', 'email', 'ipv4', 'ipv6']);

/** What is wrong with `value`, a line each; none where nothing is. `root`: the document that `$ref` points into. */
export function findings(schema: unknown, value: unknown, root: unknown, at = '#'): string[] {
  if (schema === true) return [];
  if (schema === false) return [`${at} is not allowed`];
  const found: string[] = [];
  const rules = schema as Schema;
  for (const [keyword, rule] of Object.entries(rules)) {
    if (NOTES.has(keyword)) continue;
    const check = CHECKS[keyword];
    if (check === undefined) throw new Error(`${at}: the keyword ${keyword} is not known here`);
    found.push(...check(rule as never, value, { at, root, rules }));
  }
  return found;
}

interface Place {
  readonly at: string;
  readonly root: unknown;
  readonly rules: Schema;
}

type Check = (rule: never, value: unknown, place: Place) => string[];

const unless = (holds: boolean, words: string) => (holds ? [] : [words]);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

const CHECKS: Record<string, Check> = {
  $ref: (rule: string, value, { at, root }) => findings(resolve(rule, root), value, root, at),
  type: (rule: string | string[], value, { at }) =>
    unless(
      [rule].flat().some((type) => isOfType(type, value)),
      `${at} is no ${[rule].flat().join(' or ')}`,
    ),
  enum: (rule: unknown[], value, { at }) =>
    unless(
      rule.some((each) => isDeepStrictEqual(each, value)),
      `${at} is none of ${JSON.stringify(rule)}`,
    ),
  const: (rule: unknown, value, { at }) => unless(isDeepStrictEqual(rule, value), `${at} is not ${rule}`),
  properties: (rule: Record<string, unknown>, value, { at, root }) =>
    isObject(value)
      ? Object.entries(rule).flatMap(([name, schema]) =>
          Object.hasOwn(value, name) ? findings(schema, value[name], root, `${at}/${name}`) : [],
        )
      : [],
  required: (rule: string[], value, { at }) =>
    isObject(value)
      ? rule.filter((name) => !Object.hasOwn(value, name)).map((name) => `${at}/${name} is missing`)
      : [],
  additionalProperties: (rule: unknown, value, { at, root, rules }) =>
    isObject(value)
      ? Object.entries(value)
          .filter(([name]) => !Object.hasOwn((rules.properties ?? {}) as object, name))
          .flatMap(([name, inner]) => findings(rule, inner, root, `${at}/${name}`))
      : [],
  propertyNames: (rule: unknown, value, { at, root }) =>
    isObject(value) ? Object.keys(value).flatMap((name) => findings(rule, name, root, `${at}(${name})`)) : [],
  items: (rule: unknown, value, { at, root }) =>
    Array.isArray(value) ? value.flatMap((each, index) => findings(rule, each, root, `${at}/${index}`)) : [],
  minItems: (rule: number, value, { at }) =>
    unless(!Array.isArray(value) || value.length >= rule, `${at} has too few entries`),
  maxItems: (rule: number, value, { at }) =>
    unless(!Array.isArray(value) || value.length <= rule, `${at} has too many entries`),
  anyOf: (rule: unknown[], value, { at, root }) => {
    const each = rule.map((schema) => findings(schema, value, root, at));
    return each.some((lines) => lines.length === 0) ? [] : [`${at} is none of: ${each.flat().join(', ')}`];
  },
  oneOf: (rule: unknown[], value, { at, root }) => {
    const fitting = rule.filter((schema) => findings(schema, value, root, at).length === 0);
    return unless(fitting.length === 1, `${at} is ${fitting.length} of ${rule.length}`);
  },
  allOf: (rule: unknown[], value, { at, root }) =>
    rule.flatMap((schema) => findings(schema, value, root, at)),
  not: (rule: unknown, value, { at, root }) =>
    unless(findings(rule, value, root, at).length > 0, `${at} is not allowed`),
  minLength: (rule: number, value, { at }) =>
    unless(typeof value !== 'string' || [...value].length >= rule, `${at} is too short`),
  maxLength: (rule: number, value, { at }) =>
    unless(typeof value !== 'string' || [...value].length <= rule, `${at} is too long`),
  minimum: (rule: number, value, { at }) =>
    unless(typeof value !== 'number' || value >= rule, `${at} is too small`),
  maximum: (rule: number, value, { at }) =>
    unless(typeof value !== 'number' || value <= rule, `${at} is too large`),
  exclusiveMinimum: (rule: number, value, { at }) =>
    unless(typeof value !== 'number' || value > rule, `${at} is too small`),
  pattern: (rule: string, value, { at }) =>
    unless(typeof value !== 'string' || new RegExp(rule, 'u').test(value), `${at} does not match ${rule}`),
  format: (rule: string, value, { at }) => {
    if (ANY_FORMAT.has(rule)) return [];
    const form = FORMATS[rule];
    if (form === undefined) throw new Error(`${at}: the format ${rule} is not known here`);
    return unless(typeof value !== 'string' || form.test(value), `${at} is no ${rule}`);
  },
};

/** What a reference into the same document points to (RFC 6901). */
export function resolve(reference: string, root: unknown): unknown {
  let value = root;
  for (const token of reference.replace(/^#\/?/u, '').split('/')) {
    const name = decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~');
    if (!isObject(value) || !Object.hasOwn(value, name)) throw new Error(`${reference} points to nothing`);
    value = value[name];
  }
  return value;
}
