import { z } from 'zod';

/** A JSON Schema (2020-12), as far as this folder looks into one. */
export interface JsonSchema {
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  additionalProperties?: JsonSchema | boolean;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  description?: string;
  'x-secret'?: boolean;
  [keyword: string]: unknown;
}

/** Said of a member of a result that is told once and never again: `z.string().meta(SECRET)`. */
const SECRET_MARK = 'secret';

/**
 * The JSON Schema of what an act takes (`input`) or answers (`output`). Moments are strings in JSON. A secret member is marked
 * `x-secret` and not required: the repeated answer to an `Idempotency-Key` leaves it out.
 */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const made = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      if (zodSchema._zod.def.type === 'date')
        Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
    },
  }) as JsonSchema;
  delete made.$schema;
  return markSecrets(made);
}

function markSecrets(schema: JsonSchema): JsonSchema {
  for (const inner of partsOf(schema)) markSecrets(inner);
  if (schema[SECRET_MARK] === true) {
    delete schema[SECRET_MARK];
    schema['x-secret'] = true;
  }
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (!isSecret(member)) continue;
    schema.required = (schema.required ?? []).filter((each) => each !== name);
    if (schema.required.length === 0) delete schema.required;
  }
  return schema;
}

/** The schemas that a schema is made of. */
export function partsOf(schema: JsonSchema): JsonSchema[] {
  const { properties = {}, items, anyOf = [], oneOf = [], allOf = [], additionalProperties } = schema;
  return [
    ...Object.values(properties),
    ...(items === undefined ? [] : [items]),
    ...anyOf,
    ...oneOf,
    ...allOf,
    ...(typeof additionalProperties === 'object' ? [additionalProperties] : []),
  ];
}

const isSecret = (schema: JsonSchema): boolean =>
  schema['x-secret'] === true || [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].some(isSecret);

/** Whether an answer may hold secrets. */
export const hasSecrets = (schema: JsonSchema): boolean =>
  isSecret(schema) || partsOf(schema).some(hasSecrets);

/** The JSON value without its secrets, and where they were, as JSON Pointers (RFC 6901). */
export function withoutSecrets(schema: JsonSchema, value: unknown): { value: unknown; omitted: string[] } {
  const omitted: string[] = [];
  const strip = (within: JsonSchema, part: unknown, pointer: string): unknown => {
    if (typeof part !== 'object' || part === null) return part;
    const options = [within, ...(within.anyOf ?? []), ...(within.oneOf ?? []), ...(within.allOf ?? [])];
    if (Array.isArray(part)) {
      const items = options.find((each) => each.items !== undefined)?.items ?? {};
      return part.map((item, index) => strip(items, item, `${pointer}/${index}`));
    }
    const kept: Record<string, unknown> = {};
    for (const [name, inner] of Object.entries(part)) {
      const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      const members = options.flatMap((each) => membersAt(each, name));
      if (members.some(isSecret)) {
        if (inner !== null) omitted.push(at);
        else kept[name] = null;
      } else kept[name] = strip({ anyOf: members }, inner, at);
    }
    return kept;
  };
  return { value: strip(schema, value, ''), omitted };
}

function membersAt(schema: JsonSchema, name: string): JsonSchema[] {
  const { properties = {}, additionalProperties } = schema;
  const own = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
  const nested = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return [...(typeof own === 'object' ? [own] : []), ...nested.flatMap((each) => membersAt(each, name))];
}
